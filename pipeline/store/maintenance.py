"""Keeping the store small and safe: draws of long-replaced fits go, the file is compacted, and a backup is kept."""

import time

import duckdb

from pipeline.home import Home
from pipeline.store.backups import backup
from pipeline.store.compaction import archive
from pipeline.store.warehouse import now


def compact(home: Home, connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Removes old archived draws, moves many measurements to the history, and keeps a backup of the store; says what was done."""
    oldest = time.time() - home.config.retention.draws_days * 86400
    draws = home.root / "draws"
    old = [path for path in draws.glob("*.parquet") if path.stat().st_mtime < oldest] if draws.is_dir() else []
    for path in old:
        path.unlink()
    moved = archive(connection, home)
    kept = backup(home, connection, f"{now():%Y%m%d-%H%M%S}")
    return {
        "draw files removed": len(old),
        "measurements moved to the history": moved,
        "bytes of work.duckdb": home.work_db.stat().st_size,
        "bytes of backup": kept.stat().st_size,
    }
