"""A column that was renamed: published by both names for one release, and read from what older programs have written."""

import io
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from pipeline.fitting.evidence.certificate import Certificate
from pipeline.home import Home
from pipeline.laws import laws
from pipeline.schema import TABLES, Table
from pipeline.store.fit_rows import refusal_certificate
from pipeline.store.fit_state import load_fit
from pipeline.store.history import state_folder
from pipeline.store.publication.publish import publish
from pipeline.store.warehouse import Warehouse, insert_frame
from tests.operations.test_migrations import NUMBERS, unpack
from tests.small_home import own_home

RENAMED = [table for table in TABLES.values() if table.renamed]
NAMED = pytest.mark.parametrize("table", RENAMED, ids=lambda table: table.name)


def one_row(table: Table) -> pl.DataFrame:
    """A row that has something in each column that was renamed."""
    return pl.DataFrame(
        {name: [place if table[name].type in NUMBERS else "said"] for place, (_, name) in enumerate(table.renamed)}
    )


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = own_home(tmp_path_factory.mktemp("home"))
    with Warehouse(home) as warehouse:
        for table in RENAMED:
            insert_frame(warehouse.connection, table.name, one_row(table))
        publish(home, warehouse)
    return home


@NAMED
def test_the_published_table_and_its_parquet_file_have_both_names(filled: Home, table: Table) -> None:
    both = ", ".join(f'"{was}", "{name}"' for was, name in table.renamed)
    wanted = [tuple(value for value in one_row(table).row(0) for _ in range(2))]
    with duckdb.connect(str(filled.published_db), read_only=True) as connection:
        for place in (table.name, f"'{filled.published_dir / table.name}.parquet'"):
            assert connection.execute(f"SELECT {both} FROM {place}").fetchall() == wanted


@NAMED
def test_the_old_name_says_the_new_one_in_its_comment(filled: Home, table: Table) -> None:
    asked = "SELECT comment FROM duckdb_columns() WHERE table_name = ? AND column_name = ?"
    with duckdb.connect(str(filled.published_db), read_only=True) as connection:
        for was, name in table.renamed:
            assert connection.execute(asked, [table.name, was]).fetchall() == [(f"Old name of {name}, until the next release",)]


@NAMED
def test_the_store_itself_has_the_new_name_alone(table: Table) -> None:
    assert not {was for was, _ in table.renamed} & set(table.names)


@NAMED
def test_a_history_that_an_older_program_wrote_fills_a_new_store(tmp_path: Path, table: Table) -> None:
    home = own_home(tmp_path)
    folder = state_folder(home, 1)
    folder.mkdir(parents=True)
    one_row(table).rename({name: was for was, name in table.renamed}).write_parquet(folder / f"{table.name}.parquet")
    with Warehouse(home) as warehouse:
        names = ", ".join(f'"{name}"' for _, name in table.renamed)
        assert warehouse.connection.execute(f"SELECT {names} FROM {table.name}").fetchall() == one_row(table).rows()


def test_a_fit_that_an_older_program_stored_is_read_with_the_fix_of_its_certificate(tmp_path: Path) -> None:
    unpack(5, tmp_path / "v5.duckdb")
    asked = "SELECT state FROM fit_states JOIN fits USING (fit_id) WHERE law = 'chinchilla' LIMIT 1"
    with duckdb.connect(str(tmp_path / "v5.duckdb"), read_only=True) as connection:
        [(state,)] = connection.execute(asked).fetchall()
    with np.load(io.BytesIO(state)) as packed:
        assert b'"cure"' in packed["json"].tobytes()
    assert isinstance(load_fit(state, laws["chinchilla"]).certificate.fix, str)


def test_certificates_have_their_fix_by_both_names_in_python_and_json() -> None:
    found = Certificate()
    found.lower("weak", "three runs", "add runs")
    assert found.cure == found.fix == "add runs"
    for text in (found.to_json(), refusal_certificate("three runs", "add runs")):
        stored = pl.select(pl.lit(text).str.json_decode(pl.Struct({"fix": pl.String, "cure": pl.String}))).item()
        assert stored == {"fix": "add runs", "cure": "add runs"}
