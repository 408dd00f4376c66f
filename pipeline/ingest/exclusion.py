"""What a person says of a run by hand: that no law is fitted to it, or that it is finished though its log never says so."""

import duckdb
import polars as pl

from pipeline.errors import LawbookError
from pipeline.home import Home
from pipeline.store.statements import sql
from pipeline.store.warehouse import Warehouse, insert_frame, now

LISTED = '`lawbook sql "FROM runs SELECT namespace, run_id, status"` lists them'


def exclude(home: Home, run: str, reason: str) -> tuple[str, str]:
    """Excludes the run that `run` names (run_key, run_id or namespace/run_id); returns its key and its name.

    Raises LawbookError where no run or more than one has that name.
    """
    if not reason.strip():
        raise LawbookError("--reason is empty", fix="say why, it is shown beside the run")
    with Warehouse(home) as warehouse:
        connection = warehouse.connection
        key, name = _named(connection, run)
        connection.execute(sql("delete_exclusion"), {"run_key": key})
        row = {"run_key": key, "reason": reason, "excluded_at": now()}
        insert_frame(connection, "exclusions", pl.DataFrame([row]))
    return key, name


def finish(home: Home, run: str) -> tuple[str, str]:
    """Says of a running run that it is finished, for its log cannot: llm.c, TensorBoard, charts; returns its key and its name.

    Raises LawbookError where no run or more than one has that name, or where it is not running.
    """
    with Warehouse(home) as warehouse:
        connection = warehouse.connection
        key, name = _named(connection, run)
        status = connection.execute(sql("select_run_status"), {"run_key": key}).fetchall()[0][0]
        if status not in ("running", "planned"):
            raise LawbookError(f"{name} is {status}", fix="only a run that is running can be said to be finished")
        insert_frame(connection, "finishes", pl.DataFrame([{"run_key": key, "finished_at": now()}]))
    return key, name


def finish_like(home: Home, pattern: str) -> list[str]:
    """Says of every running run whose name matches a pattern (`lab/*`) that it is finished; returns their names.

    Raises LawbookError where no running run matches.
    """
    with Warehouse(home) as warehouse:
        found = warehouse.connection.execute(sql("select_running_like"), {"pattern": pattern}).fetchall()
        if not found:
            raise LawbookError(f"no running run is called like {pattern!r}", fix=LISTED)
        rows = [{"run_key": key, "finished_at": now()} for key, _ in found]
        insert_frame(warehouse.connection, "finishes", pl.DataFrame(rows))
    return [name for _, name in found]


def _named(connection: duckdb.DuckDBPyConnection, run: str) -> tuple[str, str]:
    found = connection.execute(sql("select_runs_named"), {"name": run}).fetchall()
    if len(found) != 1:
        names = ", ".join(name for _, name in found[:5])
        if found:
            raise LawbookError(f"{run!r} names several runs: {names}", fix="give namespace/run_id")
        raise LawbookError(f"no run is called {run!r}", fix=LISTED)
    return found[0][0], found[0][1]
