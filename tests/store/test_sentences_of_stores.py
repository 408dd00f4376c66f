"""Errors of the store and of the published file: each names the file and what to do, and what it says to do works."""

import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from pipeline.cli.published_commands import published
from pipeline.errors import LockedError, WarehouseError
from pipeline.laws import laws
from pipeline.store import statements
from pipeline.store.fit_state import load_fit
from pipeline.store.warehouse import Warehouse
from tests.small_home import own_home

HOLDER = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another program has that database open for writing."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield
        other.communicate()


def test_a_published_file_that_is_held_for_writing_opens_when_it_is_closed_there(tmp_path: Path) -> None:
    home = own_home(tmp_path)
    with held(home.published_db), pytest.raises(LockedError, match=r"open for writing in another program; close it there"):
        published(home)
    published(home).close()


def test_a_published_file_that_is_no_database_is_published_anew(tmp_path: Path) -> None:
    home = own_home(tmp_path)
    home.published_db.write_text("no database" * 1000)
    with pytest.raises(WarehouseError, match=r"does not open: .*; `lawbook refit` publishes it anew"):
        published(home)


def test_a_store_that_another_program_holds_opens_when_it_is_closed_there(tmp_path: Path) -> None:
    home = own_home(tmp_path)
    with held(home.work_db), pytest.raises(LockedError, match=r"is open in another program; close it there"):
        Warehouse(home, wait=0).__enter__()
    with Warehouse(home, wait=0):
        pass


def test_a_store_that_is_no_database_sends_to_the_doctor(tmp_path: Path) -> None:
    home = own_home(tmp_path)
    home.work_db.write_text("no database" * 1000)
    with pytest.raises(WarehouseError, match=r"cannot open .*work\.duckdb: .*; `lawbook doctor` says what to do"):
        Warehouse(home, wait=0).__enter__()


def unlike_a_fit() -> Iterator[bytes]:
    """Archives that can be read and hold no fit: parts are missing, of another form, or unknown."""
    for said in ("{}", "[]", '{"certificate": 1}', '{"unknown": true}'):
        buffer = io.BytesIO()
        np.savez(buffer, json=np.frombuffer(said.encode(), dtype=np.uint8))
        yield buffer.getvalue()


@pytest.mark.parametrize("state", [b"", b"x", b"PK\x03\x04cut", *unlike_a_fit()])
def test_bytes_that_are_no_fit_name_their_law(state: bytes) -> None:
    law = laws["chinchilla"]
    with pytest.raises(WarehouseError, match=r"fit of law chinchilla cannot be read .*; remove its study's row and refit"):
        load_fit(state, law)


def test_two_statements_of_one_name_are_told_apart_by_renaming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "select_all.sql").write_text("SELECT 1")
    monkeypatch.setattr(statements, "SQL", tmp_path)
    find = statements.statement_files.__wrapped__
    with pytest.raises(WarehouseError, match=r"select_all\.sql stands in two folders; rename one of them"):
        find()
    (tmp_path / "b" / "select_all.sql").rename(tmp_path / "b" / "select_one.sql")
    assert sorted(find()) == ["select_all", "select_one"]
