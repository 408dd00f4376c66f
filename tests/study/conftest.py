"""A store of its own for each test, and a home to drop files into."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.home import Home
from pipeline.store.warehouse import Warehouse
from tests.ingest.conftest import box

__all__ = ["box", "store"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Warehouse(Home.open(tmp_path)) as warehouse:
        yield warehouse.connection
