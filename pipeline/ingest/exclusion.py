"""Excluding a run by hand: it stays visible with the reason and is fitted by no law."""

import polars as pl

from pipeline.errors import LawbookError
from pipeline.home import Home
from pipeline.store.statements import sql
from pipeline.store.warehouse import Warehouse, insert_frame, now


def exclude(home: Home, run: str, reason: str) -> tuple[str, str]:
    """Excludes the run that `run` names (run_key, run_id or namespace/run_id); returns its key and its name.

    Raises LawbookError where no run or more than one has that name.
    """
    if not reason.strip():
        raise LawbookError("--reason is empty; say why, it is shown beside the run")
    with Warehouse(home) as warehouse:
        connection = warehouse.connection
        found = connection.execute(sql("select_runs_named"), {"name": run}).fetchall()
        if len(found) != 1:
            names = ", ".join(name for _, name in found[:5])
            if found:
                raise LawbookError(f"{run!r} names several runs: {names}; give namespace/run_id")
            raise LawbookError(f'no run is called {run!r}; `lawbook sql "FROM runs SELECT namespace, run_id"` lists them')
        key, name = found[0]
        connection.execute(sql("delete_exclusion"), {"run_key": key})
        row = {"run_key": key, "reason": reason, "excluded_at": now()}
        insert_frame(connection, "exclusions", pl.DataFrame([row]))
    return key, name
