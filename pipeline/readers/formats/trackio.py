"""trackio: the SQLite file of a project."""

from pathlib import Path
from typing import Any

from pipeline.readers.histories import history_records
from pipeline.readers.names import frame, run_columns
from pipeline.readers.reader import Reader, Tables
from pipeline.readers.restarts import standing
from pipeline.readers.sqlite import columns, companions, has_tables, json_object, opened
from pipeline.store.statements import sql

METRICS = {"metrics": {"id", "run_name", "step", "metrics", "timestamp"}}


def _is_project(path: Path, head: bytes) -> bool:
    return has_tables(path, head, METRICS)


def _read_project(path: Path, project: str) -> Tables:
    """A run a name within the project, a row a logging event; runs are running, for trackio keeps no status."""
    runs: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    refused: list[dict[str, Any]] = []
    with opened(path) as connection:
        for place, row in enumerate(connection.execute(sql("select_trackio_metrics")), 1):
            number = row["id"] if isinstance(row["id"], int) else place  # a damaged store holds anything anywhere
            if (values := _object(row["metrics"], f"metrics of id {row['id']}", number, refused)) is not None:
                runs.setdefault(f"{project}/{row['run_name']}", []).append((number, {**values, "_step": row["step"]}))
        known = columns(connection).get("configs", set()) >= {"run_name", "config"}
        configs = {f"{project}/{row[0]}": row[1] for row in connection.execute(sql("select_trackio_configs"))} if known else {}
    records = [{"run_id": name, **record} for name, rows in runs.items() for record in history_records(rows)]
    stands, replaced = standing(record for record in records if any(column.startswith("metric:") for column in record))
    names = dict.fromkeys([*configs, *(record["run_id"] for record in stands)])
    return Tables(
        runs=frame([_run(name, configs.get(name), refused) for name in names]),
        measurements=frame(stands),
        replaced=frame(replaced),
        quarantined=frame(refused),
    )


def _object(text: object, what: str, number: int, refused: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The JSON object that a cell holds; a damaged one costs itself alone and is refused by name."""
    try:
        return json_object(text)
    except ValueError as error:
        detail = f"{what}: {error}"[:500]
        refused.append({"row_number": number, "reason": "unreadable", "detail": detail, "raw": str(text)[:500]})
        return None


def _run(name: str, config: str | None, refused: list[dict[str, Any]]) -> dict[str, Any]:
    found = (_object(config, f"configuration of run {name!r}", 0, refused) if config else None) or {}
    return {**run_columns({k: v for k, v in found.items() if not k.startswith("_")}), "run_id": name, "status": "running"}


ASKED = 110
READERS = (Reader("trackio", _is_project, _read_project, companions, "SQLite of a trackio project: a row a logging event"),)
