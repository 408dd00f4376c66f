"""Readers open and ask the published file while it is replaced again and again at full speed: each sees one whole publication."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.store.publication.publish import publish
from pipeline.store.warehouse import Warehouse
from tests.queries.test_reader_matrix import reader
from tests.small_home import make_home

HERE = Path(__file__).resolve().parent
NUMBER = "UPDATE {} SET {} = $number"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose runs are ingested and published."""
    made = make_home(tmp_path / "home", "first")
    ingest(made)
    return made


def publish_number(home: Home, warehouse: Warehouse, number: int) -> None:
    """Writes the number into the runs and into the measurements, and publishes."""
    for table, column in (("runs_history", "params"), ("points", "value")):
        warehouse.connection.execute(NUMBER.format(table, column), {"number": 1e12 + number})
    warehouse.connection.execute("DELETE FROM publications")
    assert publish(home, warehouse)


def readers(home: Home, python: str, count: int, stop: Path) -> list[subprocess.Popen[str]]:
    """Readers at work, each a process of its own."""
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [python, str(HERE / "busy_reader.py"), str(home.published_db), str(stop)]
    return [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=alone) for _ in range(count)]


def read_while_publishing(home: Home, pythons: list[str], each: int, publishes: int) -> list[dict[str, object]]:
    """What `each` readers with every one of these Pythons saw during so many publications."""
    stop = home.root / "stop"
    with Warehouse(home) as warehouse:
        publish_number(home, warehouse, 0)
        running = [process for python in pythons for process in readers(home, python, each, stop)]
        for number in range(1, publishes + 1):
            publish_number(home, warehouse, number)
        stop.touch()
    return [json.loads(process.communicate(timeout=120)[0]) for process in running]


def wrong(found: list[dict[str, object]], publishes: int) -> list[dict[str, object]]:
    """Readers that met an error or a torn read, or whose last visit did not see the last publication."""
    return [one for one in found if one["errors"] or list(one["seen"])[-1:] != [1e12 + publishes]]  # type: ignore[call-overload]


def test_readers_of_a_file_that_is_replaced_meanwhile_see_one_whole_publication_each_time(home: Home) -> None:
    found = read_while_publishing(home, [sys.executable], 2, 5)
    assert wrong(found, 5) == []


@pytest.mark.slow
def test_twenty_readers_of_the_oldest_and_the_current_duckdb_meet_no_error_in_two_hundred_publications(
    home: Home, tmp_path: Path
) -> None:
    oldest = str(reader(tmp_path / "oldest", "1.2.2"))
    found = read_while_publishing(home, [oldest, sys.executable], 10, 200)
    assert wrong(found, 200) == []
    assert {one["version"] for one in found} >= {"1.2.2"}
    print(f"{sum(int(str(one['reads'])) for one in found)} reads")
