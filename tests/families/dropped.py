"""Logs as people have them, dropped into an empty home with a study of a few lines, refitted and published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.cli.plan_text import plan_text
from pipeline.home import Home
from tests.small_home import own_home, refit_undrawn

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
public = pytest.mark.skipif(not SHARED.is_dir(), reason="the public runs are not beside the checkout")
MOST_LINES = 10


def published(root: Path, study: str, **logs: pl.DataFrame) -> Home:
    """A home whose inbox holds the logs as CSV (`lab_runs` is lab.runs.csv), refitted with the study."""
    home = own_home(root)
    folder = home.inbox / "lab"
    folder.mkdir()
    for name, frame in logs.items():
        frame.write_csv(folder / f"{name.replace('_', '.')}.csv")
    return refitted(home, study)


def linked(root: Path, study: str, *folders: str) -> Home:
    """A home that watches folders of the public runs in place, refitted with the study."""
    home = own_home(root)
    watched = "".join(f"{folder} = '{SHARED / folder}'\n" for folder in folders)
    (home.root / "config.toml").write_text(f"shipped = false\n[watch]\n{watched}", encoding="utf-8")
    return refitted(Home.open(home.root), study)


def refitted(home: Home, *studies: str) -> Home:
    """The home after its studies, each of at most ten lines, were fitted."""
    for place, text in enumerate(studies):
        lines = [line for line in text.splitlines() if line.strip()]
        assert len(lines) <= MOST_LINES, "a study of at most ten lines"
        (home.studies / f"s{place}.toml").write_text(text, encoding="utf-8")
    report = refit_undrawn(home)
    assert not report.errors, report.errors
    assert not report.failed, report.failed
    return home


def rows(home: Home, query: str) -> list[dict[str, Any]]:
    """The answer of a query on the published file."""
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        answer = connection.execute(query)
        names = [column[0] for column in answer.description or []]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def printed(home: Home, study: str) -> str:
    """What `lawbook plan STUDY` prints, on one line."""
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return " ".join(plan_text(connection, study, home).split())


def query(name: str) -> str:
    """The text of sql/queries/NAME.sql."""
    return (ROOT / "sql" / "queries" / f"{name}.sql").read_text(encoding="utf-8")
