"""Copies of work.duckdb that can take its place: one before each migration, and one a night."""

import shutil
from pathlib import Path

import duckdb

from pipeline.home import Home
from pipeline.store.statements import sql


def backup(home: Home, connection: duckdb.DuckDBPyConnection, label: str) -> Path:
    """Writes the store's log into its file and copies it to work.LABEL.backup in one step; the oldest beyond the retention go."""
    connection.execute(sql("checkpoint"))
    target = home.work_db.with_suffix(f".{label}.backup")
    unfinished = target.with_suffix(".backup.tmp")
    for left in home.root.glob("work.*.backup.tmp"):  # of a backup that was killed
        left.unlink()
    shutil.copy2(home.work_db, unfinished)
    unfinished.replace(target)
    target.touch()
    others = [path for path in backups(home) if path != target]  # by name: a clock that was set back makes the new one the oldest
    for old in others[: len(others) + 1 - home.config.retention.backups]:
        old.unlink()
    return target


def backups(home: Home) -> list[Path]:
    """The backups that are kept, oldest first."""
    return sorted(home.root.glob("work.*.backup"), key=lambda path: path.stat().st_mtime_ns)
