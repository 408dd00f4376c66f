"""Keeping the store small and safe: draws of long-replaced fits go, the file is compacted, and a backup is kept."""

import time

import duckdb

from pipeline.backups import backup
from pipeline.home import Home
from pipeline.warehouse import now


def compact(home: Home, connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Removes archived draws older than `retention.draws_days` and keeps a backup of the store; says what was done."""
    oldest = time.time() - home.config.retention.draws_days * 86400
    archive = home.root / "draws"
    old = [path for path in archive.glob("*.parquet") if path.stat().st_mtime < oldest] if archive.is_dir() else []
    for path in old:
        path.unlink()
    kept = backup(home, connection, f"{now():%Y%m%d-%H%M%S}")
    return {
        "draw files removed": len(old),
        "bytes of work.duckdb": home.work_db.stat().st_size,
        "bytes of backup": kept.stat().st_size,
    }
