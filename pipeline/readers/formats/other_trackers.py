"""Exports of Neptune, Comet, Aim and ClearML: one value of one series a row, which become a history a run.

docs/formats.md names the program that writes each form.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from pipeline.errors import ReaderError
from pipeline.readers.csv_rows import CsvRows
from pipeline.readers.ends import ended_text
from pipeline.readers.histories import history_records
from pipeline.readers.names import RUN_COLUMNS, frame, logged_number, run_columns
from pipeline.readers.reader import Reader, Tables
from pipeline.readers.restarts import Restarts
from pipeline.readers.shape import parquet_schema

NEPTUNE_COLUMNS = {"project_id", "run_id", "attribute_path", "attribute_type", "step", "timestamp", "float_value"}
NEPTUNE_SETTINGS = ("float", "int", "string", "bool", "datetime")
NEPTUNE_ASIDE = ("sys/", "monitoring/", "source_code/")
AIM_COLUMNS = {"run.hash", "metric.name", "step", "value"}
CONTEXT = "metric.context."
CLEARML = re.compile(rb'\A\s*\{\s*"[^"]+"\s*:\s*\{\s*"[^"]+"\s*:\s*\{\s*"(?:name|x|y)"\s*:')
METADATA, PARAMETERS = "metadata.json", "parameters.json"
COMET_METRICS = ("metrics.jsonl", "metrics_summary.jsonl")
BESIDE_COMET = (METADATA, PARAMETERS, "metrics_summary.jsonl", "others.jsonl", "system_details.json")
"""What `cometx download` writes beside the metrics of an experiment: all of one file, or a folder of one file each."""


class Value(NamedTuple):
    """One logged value of one series of a run; `time` only orders them."""

    number: int
    run_id: str
    name: str
    step: Any
    value: Any
    time: float | None = None


def _records(values: Iterable[Value]) -> tuple[list[dict[str, Any]], Sequence[Mapping[str, Any]]]:
    """The rows that stand and those that were logged again: values of one step are one row, in the order of their times.

    A series without steps has its order as step.
    """
    found = Restarts(purge=False)
    for run_id, rows in _rows_by_run(values).items():
        for record in history_records(rows):
            found.add({"run_id": run_id, **record})
    return found.standing, found.replaced


def _rows_by_run(values: Iterable[Value]) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    rows: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    newest: dict[tuple[str, Any], dict[str, Any]] = {}
    count: dict[tuple[str, str], int] = {}
    for value in sorted(values, key=lambda one: one.time or 0.0):
        place = count[value.run_id, value.name] = count.get((value.run_id, value.name), -1) + 1
        step = place if value.step is None else _whole(value.step)
        row = newest.get((value.run_id, step))
        if row is None or value.name in row:
            row = newest[value.run_id, step] = {"_step": step}
            rows.setdefault(value.run_id, []).append((value.number, row))
        row[value.name] = logged_number(value.value)
    return rows


def _whole(step: Any) -> Any:
    try:
        return int(number) if (number := float(step)).is_integer() else number
    except (TypeError, ValueError):
        return step


def _number(text: Any) -> Any:
    """A value that an export spells; an empty cell of a logged value is how pandas writes that it is no number."""
    if text is None or (isinstance(text, str) and not text.strip()):
        return float("nan")
    try:
        return float(text)
    except (TypeError, ValueError):
        return logged_number(text)


def _settings(given: Mapping[str, Any], separator: str) -> dict[str, Any]:
    """Columns of a run from nested names: the last part where that names a column, else the whole name."""
    named: dict[str, Any] = {}
    for name, value in given.items():
        last = name.rpartition(separator)[2]
        named[last if last.lower() in RUN_COLUMNS and last not in named else name] = value
    return run_columns(named)


def _parquet(path: Path, head: bytes, columns: set[str]) -> bool:
    return path.suffix.lower() == ".parquet" and head[:4] == b"PAR1" and columns <= set(parquet_schema(path))


def _read_neptune(path: Path, _run: str) -> Tables:
    """A part of a run: an attribute a row; series have steps and times, other attributes are its settings and how it ended."""
    rows = pl.read_parquet(path, glob=False).to_dicts()
    values = (
        Value(
            n, str(r["run_id"]), r["attribute_path"], r["step"], r["float_value"], r["timestamp"] and r["timestamp"].timestamp()
        )
        for n, r in enumerate(rows, 1)
        if r["attribute_type"] == "float_series" and r["float_value"] is not None
    )
    stands, replaced = _records(values)
    said: dict[str, dict[str, Any]] = {}
    for row in rows:
        own = said.setdefault(str(row["run_id"]), {})
        if row["attribute_type"] in NEPTUNE_SETTINGS:
            own[row["attribute_path"]] = row.get(f"{row['attribute_type']}_value")
    runs = [_neptune_run(run_id, own) for run_id, own in said.items() if own]
    return Tables(runs=frame(runs), measurements=frame(stands), replaced=frame(replaced))


def _neptune_run(run_id: str, said: Mapping[str, Any]) -> dict[str, Any]:
    ended = "failed" if said.get("sys/failed") else "finished"
    status = "running" if str(said.get("sys/state", "")).lower() in ("active", "running") else ended
    begun = said.get("sys/creation_time")
    own = {"run_id": run_id, "name": said.get("sys/name"), "status": status, "started_at": begun.isoformat() if begun else None}
    return _settings({name: value for name, value in said.items() if not name.startswith(NEPTUNE_ASIDE)}, "/") | own


def _is_comet(path: Path, head: bytes) -> bool:
    first = head[:4096]
    return path.suffix.lower() in (".jsonl", ".json") and b'"metricName"' in first and b'"metricValue"' in first


def _read_comet(path: Path, run: str) -> Tables:
    """A value a line or an element of a list; the run's name, end and settings from the files beside it."""
    metadata, parameters = (_beside(path, name) for name in (METADATA, PARAMETERS))
    told = metadata if isinstance(metadata, dict) else {}
    run_id = str(told.get("experimentKey") or run)
    values = [
        Value(n, run_id, str(row["metricName"]), row.get("step"), _number(row.get("metricValue")), _number(row.get("timestamp")))
        for n, row in _comet_rows(path)
    ]
    stands, replaced = _records(values)
    settings = {item["name"]: item.get("valueCurrent") for item in parameters or () if isinstance(item, dict) and "name" in item}
    ended = "failed" if told.get("hasCrashed") else "finished"
    own = {"run_id": run_id, "name": told.get("experimentName"), "status": "running" if told.get("running", not told) else ended}
    return Tables(runs=frame([_settings(settings, "/") | own]), measurements=frame(stands), replaced=frame(replaced))


def _comet_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        text = ended_text(path)
        rows = json.loads(text) if path.suffix.lower() == ".json" else [json.loads(line) for line in text.splitlines() if line]
        yield from ((number, dict(row)) for number, row in enumerate(rows, 1))
    except (ValueError, TypeError) as error:
        raise ReaderError(f"not whole JSON of Comet's metrics: {error}", place=str(path), fix="export it again") from error


def _comet_files(path: Path) -> Sequence[Path]:
    folders = (path.parent, path.parent.parent) if path.parent.name == "metrics" else (path.parent,)
    return tuple(file for folder in folders for name in (METADATA, PARAMETERS) if (file := folder / name).is_file())


def _beside(path: Path, name: str) -> Any:
    for file in (file for file in _comet_files(path) if file.name == name):
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ReaderError(f"read with {path.name}, no whole JSON: {error}", place=str(file), fix="export it again") from error
    return None


def _is_aim(path: Path, head: bytes) -> bool:
    if path.suffix.lower() != ".csv":
        return _parquet(path, head, AIM_COLUMNS)
    return set(head.split(b"\n", 1)[0].decode("utf-8", errors="replace").strip().split(",")) >= AIM_COLUMNS


def _read_aim(path: Path, _run: str) -> Tables:
    """The data frame of a query: a value a row, with its context (the subset is its split) and the settings of its run."""
    file = CsvRows(path)
    csv = path.suffix.lower() == ".csv"
    rows = list(file) if csv else list(enumerate(pl.read_parquet(path, glob=False).to_dicts(), 1))
    values = [
        Value(n, str(row["run.hash"]), _aim_name(row), row.get("step"), _number(row.get("value")))
        for n, row in rows
        if row["run.hash"]
    ]
    stands, replaced = _records(values)
    runs: dict[str, dict[str, Any]] = {}
    for _, row in rows:
        own = {
            name.removeprefix("run."): v for name, v in row.items() if name and name.startswith("run.") and v not in (None, "")
        }
        runs.setdefault(str(row["run.hash"]), own)
    shown = [_settings(own, ".") | {"run_id": run_id, "status": "running"} for run_id, own in runs.items() if run_id]
    return Tables(
        runs=frame(shown), measurements=frame(stands), replaced=frame(replaced), quarantined=frame(file.refused) if csv else None
    )


def _aim_name(row: Mapping[str, Any]) -> str:
    context = {
        name.removeprefix(CONTEXT): v for name, v in row.items() if name and name.startswith(CONTEXT) and v not in (None, "")
    }
    subset = context.pop("subset", "")
    return "/".join(str(part) for part in (subset, *context.values(), row["metric.name"]) if part)


def _is_clearml(path: Path, head: bytes) -> bool:
    return path.suffix.lower() == ".json" and CLEARML.match(head) is not None and b'"x"' in head and b'"y"' in head


def _read_clearml(path: Path, run: str) -> Tables:
    """What `Task.get_reported_scalars()` returns: titles, their series, and of each its iterations `x` and values `y`."""
    try:
        scalars = json.loads(path.read_text(encoding="utf-8"))
        series = [(title, name, one["x"], one["y"]) for title, every in scalars.items() for name, one in every.items()]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ReaderError(f"not whole scalars of ClearML: {error}", place=str(path), fix="export them again") from error
    values = [
        Value(0, run, title if title == name else f"{title}/{name}", step, _number(value))
        for title, name, steps, logged in series
        for step, value in zip(steps, logged, strict=True)
    ]
    stands, replaced = _records(value._replace(number=number) for number, value in enumerate(values, 1))
    return Tables(measurements=frame(stands), replaced=frame(replaced))


ASKED = 40
READERS = (
    Reader(
        "neptune export",
        lambda path, head: _parquet(path, head, NEPTUNE_COLUMNS),
        _read_neptune,
        says="an attribute a row: series are metrics, others its settings; parts of a run are one run",
        names_runs=True,
    ),
    Reader(
        "comet metrics",
        _is_comet,
        _read_comet,
        _comet_files,
        "a value a line; the run's settings and end from metadata.json and parameters.json",
        same_in_all="*",
        inside="metrics",
    ),
    Reader(
        "aim data frame", _is_aim, _read_aim, says="a value a row; the run is run.hash, its split the subset", names_runs=True
    ),
    Reader("clearml scalars", _is_clearml, _read_clearml, says="titles and series with x and y; the run is the file's name"),
)
