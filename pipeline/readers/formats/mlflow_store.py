"""MLflow's stores on disk: the SQLite file, and a run's folder of a file store.

They are read as they are and not through MLflow's client, which would upgrade the tables of a store and refuses file stores.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from pipeline.errors import ReaderError
from pipeline.readers.ends import ended_text
from pipeline.readers.formats.mlflow_runs import Logged, run_record, steps_of
from pipeline.readers.names import frame
from pipeline.readers.reader import COPY, Reader, Tables
from pipeline.readers.sqlite import companions, has_tables, opened
from pipeline.store.statements import sql

TABLES = {
    "runs": {"run_uuid", "name", "status", "start_time", "end_time", "lifecycle_stage", "experiment_id"},
    "metrics": {"key", "value", "step", "run_uuid", "is_nan"},
    "params": {"key", "value", "run_uuid"},
    "tags": {"key", "value", "run_uuid"},
    "experiments": {"experiment_id", "name"},
}
KINDS = ("metrics", "params", "tags")


def _is_store(path: Path, head: bytes) -> bool:
    return has_tables(path, head, TABLES)


def _read_store(path: Path, _run: str) -> Tables:
    """All runs of the store that are not deleted, with every logged value."""
    with opened(path) as connection:
        params, tags = _pairs(connection, "select_mlflow_params"), _pairs(connection, "select_mlflow_tags")
        runs = [
            run_record(
                row["run_uuid"],
                row["name"],
                row["status"],
                (row["start_time"], row["end_time"]),
                params.get(row["run_uuid"], {}),
                tags.get(row["run_uuid"], {}),
                row["experiment"],
            )
            for row in connection.execute(sql("select_mlflow_runs"))
        ]
        points, replaced = steps_of(_stored(row) for row in connection.execute(sql("select_mlflow_metrics")))
    return Tables(runs=frame(runs), measurements=frame(points), replaced=frame(replaced))


def _pairs(connection: sqlite3.Connection, statement: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in connection.execute(sql(statement)):
        found.setdefault(row["run_uuid"], {})[row["key"]] = row["value"]
    return found


def _stored(row: sqlite3.Row) -> Logged:
    return row["run_uuid"], row["key"], float("nan") if row["is_nan"] else row["value"], row["step"], row["timestamp"]


def _is_run_folder(path: Path, head: bytes) -> bool:
    return path.name == "meta.yaml" and b"lifecycle_stage:" in head and (b"run_id:" in head or b"run_uuid:" in head)


def run_files(path: Path) -> Sequence[Path]:
    """The files of a run beside its meta.yaml; links that lead out of its folder are none."""
    home = path.parent.resolve()
    found = (file for kind in KINDS for file in (path.parent / kind).rglob("*"))
    return sorted(file for file in found if file.is_file() and file.resolve().is_relative_to(home))


def _read_run_folder(path: Path, _run: str) -> Tables:
    """One run of a file store: meta.yaml, a file a parameter and tag, and a file a metric with 'time value step' lines."""
    try:
        meta = dict(yaml.safe_load(path.read_text(encoding="utf-8")))
        run_id = str(meta.get("run_id") or meta["run_uuid"])
    except (UnicodeDecodeError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        raise ReaderError(f"not the meta.yaml of an MLflow run: {error}", place=str(path), fix=COPY) from error
    if meta.get("lifecycle_stage") == "deleted":
        raise ReaderError(f"the run {run_id} is deleted", place=str(path), fix="restore it in MLflow to have it read")
    params, tags = (dict(_texts(path, kind)) for kind in ("params", "tags"))
    times = (meta.get("start_time"), meta.get("end_time"))
    run = run_record(run_id, meta.get("run_name"), meta.get("status"), times, params, tags, _experiment(path))
    points, replaced = steps_of(_points(path, run_id))
    return Tables(runs=frame([run]), measurements=frame(points), replaced=frame(replaced))


def _texts(path: Path, kind: str) -> Iterator[tuple[str, str]]:
    folder = path.parent / kind
    for file in run_files(path):
        if file.is_relative_to(folder):
            text = ended_text(file) if kind == "metrics" else file.read_text(encoding="utf-8", errors="replace")
            yield file.relative_to(folder).as_posix(), text


def _points(path: Path, run_id: str) -> Iterator[Logged]:
    for key, text in _texts(path, "metrics"):
        for number, line in enumerate(text.splitlines(), 1):
            try:
                moment, value, step = [*line.split(), "0"][:3]
                yield run_id, key, float(value), int(step), int(moment)
            except ValueError as error:
                raise ReaderError(
                    f"line {number} is not 'time value step': {line[:80]!r}", place=str(path.parent / "metrics" / key), fix=COPY
                ) from error


def _experiment(path: Path) -> str | None:
    beside = path.parent.parent / "meta.yaml"
    if not beside.resolve().is_relative_to(path.parent.parent.resolve()):
        return None  # a link that leads elsewhere
    try:
        return str(dict(yaml.safe_load(beside.read_text(encoding="utf-8"))).get("name")) if beside.is_file() else None
    except (OSError, UnicodeDecodeError, ValueError, TypeError, yaml.YAMLError):
        return None  # the run is whole without the name of its experiment


ASKED = 100
READERS = (
    Reader(
        "mlflow store",
        _is_store,
        _read_store,
        companions,
        "SQLite tables of MLflow: every run that is not deleted",
        names_runs=True,
    ),
    Reader(
        "mlflow run folder",
        _is_run_folder,
        _read_run_folder,
        run_files,
        "meta.yaml with the folders metrics, params, tags",
        names_runs=True,
    ),
)
