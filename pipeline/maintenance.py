"""Keeping the store small: draws of long-replaced fits go, and the file is compacted."""

import time

import duckdb

from pipeline.home import Home
from pipeline.statements import sql


def compact(home: Home, connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Removes archived draws older than `retention.draws_days` and writes the store's log into its file; says what was done."""
    oldest = time.time() - home.config.retention.draws_days * 86400
    archive = home.root / "draws"
    old = [path for path in archive.glob("*.parquet") if path.stat().st_mtime < oldest] if archive.is_dir() else []
    for path in old:
        path.unlink()
    connection.execute(sql("checkpoint"))
    return {"draw files removed": len(old), "bytes of work.duckdb": home.work_db.stat().st_size}
