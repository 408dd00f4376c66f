"""The published book says of each law what it is not for, and where its paper's runs lay."""

from pathlib import Path

import duckdb
import pytest

from pipeline.laws import laws
from pipeline.store.publication.publish import publish
from pipeline.store.warehouse import Warehouse
from tests.small_home import own_home


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, dict[str, list[float]]]]:
    home = own_home(Path(tmp_path_factory.mktemp("book")) / "home")
    with Warehouse(home) as warehouse:
        publish(home, warehouse)
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        rows = connection.execute("SELECT law, avoid, valid_range FROM laws").fetchall()
    return {law: (avoid, ranges) for law, avoid, ranges in rows}


def test_every_law_says_what_it_is_not_for(book) -> None:
    assert {law: avoid for law, (avoid, _) in book.items()} == {law.name: law.avoid for law in laws.values()}


def test_the_ranges_of_the_papers_are_maps_that_sql_can_read(book) -> None:
    declared = {law.name: {column: list(ends) for column, ends in law.valid_range.items()} for law in laws.values()}
    assert {law: ranges for law, (_, ranges) in book.items()} == declared
    assert any(declared.values())
