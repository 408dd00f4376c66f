"""trackio: the SQLite file of a project."""

from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import ReaderError
from pipeline.readers.names import frame, logged_number, metric_column, run_columns
from pipeline.readers.reader import COPY, Reader, Tables
from pipeline.readers.sqlite import columns, companions, has_tables, json_object, opened
from pipeline.store.statements import sql

METRICS = {"metrics": {"id", "run_name", "step", "metrics", "timestamp"}}


def _is_project(path: Path, head: bytes) -> bool:
    return has_tables(path, head, METRICS)


def _read_project(path: Path, project: str) -> Tables:
    """A run a name within the project, a row a logging event; runs are running, for trackio keeps no status."""
    points: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    with opened(path) as connection:
        for place, row in enumerate(connection.execute(sql("select_trackio_metrics")), 1):
            number = row["id"] if isinstance(row["id"], int) else place  # a damaged store holds anything anywhere
            try:
                values = _numbers(json_object(row["metrics"]))
            except ValueError as error:
                detail = f"metrics of id {row['id']}: {error}"[:500]
                refused.append({"row_number": number, "reason": "unreadable", "detail": detail, "raw": str(row["metrics"])[:500]})
                continue
            if values:
                points.append({"row_number": number, "run_id": f"{project}/{row['run_name']}", "step": row["step"], **values})
        known = columns(connection).get("configs", set()) >= {"run_name", "config"}
        configs = {f"{project}/{row[0]}": row[1] for row in connection.execute(sql("select_trackio_configs"))} if known else {}
    names = dict.fromkeys([*configs, *(item["run_id"] for item in points)])
    return Tables(
        runs=frame([_run(path, name, configs.get(name)) for name in names]),
        measurements=frame(points),
        quarantined=pl.DataFrame(refused) if refused else None,
    )


def _numbers(record: dict[str, object]) -> dict[str, Any]:
    plain = {key: logged_number(value) for key, value in record.items()}
    return {metric_column(k): v for k, v in plain.items() if isinstance(v, int | float) and not isinstance(v, bool)}


def _run(path: Path, name: str, config: str | None) -> dict[str, Any]:
    try:
        found = json_object(config) if config else {}
    except ValueError as error:
        raise ReaderError(f"the configuration of run {name!r} is damaged: {error}", place=str(path), fix=COPY) from error
    return {**run_columns({k: v for k, v in found.items() if not k.startswith("_")}), "run_id": name, "status": "running"}


TRACKIO = (Reader("trackio", _is_project, _read_project, companions, "SQLite of a trackio project: a row a logging event"),)
