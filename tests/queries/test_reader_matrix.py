"""The published file is read by every DuckDB from 1.2 on: tables, views, analysts' queries, macros of all laws."""

import json
import os
import subprocess
import venv
from pathlib import Path

import duckdb
import pytest

from pipeline.home import Home
from tests.queries.old_reader import failures

HERE = Path(__file__).resolve().parent
QUERIES = HERE.parents[1] / "sql" / "queries"
RELEASES = ("1.2.2", "1.3.2", "1.4.4")
"""The last of each minor release since the oldest that is promised; the current one is the environment's own."""


def reader(folder: Path, release: str) -> Path:
    """The Python of a new environment that holds this DuckDB alone."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"duckdb=={release}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        pytest.skip(f"no wheel of duckdb {release} can be installed here: {done.stderr.strip().splitlines()[-1:]}")
    return python


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES)
def test_the_published_file_answers_everything_under_an_older_reader(published: Home, tmp_path: Path, release: str) -> None:
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(reader(tmp_path / "reader", release)), str(HERE / "old_reader.py"), str(published.published_db), str(QUERIES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=alone, timeout=120)
    assert json.loads(done.stdout) == {"version": release, "failures": {}}


def test_the_published_file_answers_everything_under_the_current_reader(published: Home) -> None:
    assert failures(str(published.published_db), QUERIES) == {}


def test_no_query_names_arguments_of_a_scalar_macro(published: Home) -> None:
    """DuckDB knows them from 1.4 on: what would fail for an older reader is seen without one."""
    with duckdb.connect(str(published.published_db), read_only=True) as connection:
        laws = [name for (name,) in connection.execute("SELECT law FROM laws").fetchall()]
        examples = [text for (text,) in connection.execute("SELECT example_sql FROM laws").fetchall()]
    texts = {path.name: path.read_text(encoding="utf-8") for path in QUERIES.glob("*.sql")} | dict(enumerate(examples))
    calls = [(name, law) for name, text in texts.items() for law in laws if f"{law}(" in text and ":=" in text]
    assert calls == []
