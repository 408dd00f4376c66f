"""Weights & Biases: the runs table, a chart, a history, and the folder of one run."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipeline.errors import ReaderError
from pipeline.readers.csv_rows import CsvRows
from pipeline.readers.histories import PRIVATE, as_number, history_records
from pipeline.readers.json_lines import json_lines
from pipeline.readers.names import (
    RUN_COLUMNS,
    STATES,
    frame,
    logged_number,
    metric_column,
    metric_columns,
    multiple,
    run_columns,
    run_names,
    times,
    unit_of,
)
from pipeline.readers.plain_yaml import read_yaml
from pipeline.readers.reader import COPY, Reader, Tables
from pipeline.readers.restarts import standing
from pipeline.readers.shape import parquet_schema

RUN_FOLDER = re.compile(r"(offline-)?run-\d+_\d+-(?P<id>.+)")
OWN = {"ID": "run_id", "Name": "name", "State": "status", "Created": "started_at"}
TABLE_COLUMNS = {"name", "state", "created", "runtime"}
RUNTIME = "runtime"
"""W&B's wall clock of a run in seconds: a column of a table, and with an underscore in a summary."""
ASIDE = ("notes", "user", "lr")
GROUP = re.compile(r"(?P<key>\w[\w./-]*): \S")
"""How W&B names a series over runs that are grouped by KEY."""
SERIES = re.compile(r"\S.* - \S.*")
"""A series of a chart: `RUN - METRIC`."""
TIMES = ("time", "runtime", "timestamp", "wall")


def _header(head: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(head.decode("utf-8-sig", errors="replace"))), [])


def _rows(rows: CsvRows) -> list[tuple[int, Mapping[str, str]]]:
    try:
        return list(rows)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReaderError(f"not a CSV file in UTF-8: {error}", place=str(rows.path), fix="export it again") from error


def _is_table(path: Path, head: bytes) -> bool:
    return path.suffix.lower() == ".csv" and {name.lower() for name in _header(head)} >= TABLE_COLUMNS


def _read_table(path: Path, _run: str) -> Tables:
    """One row a run. Columns with a slash are metrics of its summary; two runs of one name are told apart by their creation."""
    file = CsvRows(path)
    rows = [(number, {_own(name): value for name, value in row.items()}) for number, row in _rows(file)]
    names = [row.get("Name") for _, row in rows]
    metrics = metric_columns(name for name in (rows[0][1] if rows else ()) if name and "/" in name)
    records = [{"row_number": n, **_table_row(row, names.count(row.get("Name")) > 1, metrics)} for n, row in rows]
    return Tables(runs=frame(records), quarantined=frame(file.refused))


def _own(name: str) -> str:
    """W&B's own columns as its interface spells them, however the export does."""
    return next((own for own in OWN if own.lower() == name.lower()), name)


def _table_row(row: Mapping[str, str], doubled: bool, metrics: Mapping[str, str]) -> dict[str, Any]:
    name, created, state = row.get("Name", ""), row.get("Created"), row.get("State", "")
    record: dict[str, Any] = {
        "run_id": row.get("ID") or (f"{name}/{created}" if doubled else name),
        "name": name,
        "status": STATES.get(state.lower(), state),
        "started_at": created,
    }
    record |= run_columns({name: value for name, value in row.items() if _is_config(name)})
    record |= device_hours(record, next((value for name, value in row.items() if str(name).lower() == RUNTIME), None))
    return record | {metrics[k]: logged_number(v) if v else None for k, v in row.items() if k in metrics}


def device_hours(run: Mapping[str, Any], seconds: Any) -> dict[str, float]:
    """accelerator_hours from W&B's runtime in seconds and the devices of the configuration; nothing where either is not known."""
    try:
        hours = float(seconds) * float(run["accelerator_count"]) / 3600
    except (KeyError, TypeError, ValueError):
        return {}
    return {"accelerator_hours": hours} if hours > 0 and "accelerator_hours" not in run else {}


def _is_config(name: str | None) -> bool:
    return bool(name) and "/" not in str(name) and _own(str(name)) not in OWN and str(name).lower() not in ASIDE


def _table_columns(path: Path) -> Mapping[str, str]:
    with path.open("rb") as file:
        names = _header(file.readline())
    metrics = metric_columns(name for name in names if "/" in name)
    own = {name: OWN[_own(name)] for name in names if _own(name) in OWN}
    own |= {} if "run_id" in own.values() else {name: "run_id" for name in names if _own(name) == "Name"}
    return {**own, **run_names(name for name in names if _is_config(name)), **metrics}


def _is_chart(path: Path, head: bytes) -> bool:
    names = _header(head) if path.suffix.lower() == ".csv" else []
    if len(names) >= 4 and any(f"{name}__MIN" in names and f"{name}__MAX" in names for name in names):
        return True
    return len(names) >= 2 and _axis(multiple(names[0])[0]) is not None and all(SERIES.fullmatch(name) for name in names[1:])


def _read_chart(path: Path, _run: str) -> Tables:
    """The x axis, then for each run `RUN - METRIC`, with __MIN and __MAX or without them: they add nothing."""
    file = CsvRows(path)
    rows, records = _rows(file), []
    named, factor = multiple(next(iter(rows[0][1]), "") if rows else "Step")
    axis = _known_axis(path, named)
    _refuse_groups(path, [row for _, row in rows])
    unit = unit_of(named) if axis == "data_seen" else None
    for number, row in rows:
        (_, at), *cells = row.items()
        steps = {name.removesuffix(" - _step"): value for name, value in cells if name.endswith(" - _step") and value}
        for name, value in cells:
            run, _, metric = name.rpartition(" - ")
            if run and value and metric not in PRIVATE and not name.endswith(("__MIN", "__MAX")):
                place = {"step": steps.get(run), axis: times(at, factor), **({"data_unit": unit} if unit else {})}
                records.append({"row_number": number, "run_id": run, **place, metric_column(metric): logged_number(value)})
    return Tables(measurements=frame(records), quarantined=frame(file.refused))


def _refuse_groups(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Raises ReaderError where each series is the mean over a group, which W&B names `KEY: VALUE`: no run had its values."""
    series = [name for name in (rows[0] if rows else ()) if f"{name}__MIN" in rows[0]]
    keys = {found["key"] if (found := GROUP.match(name)) else None for name in series}
    apart = any(row[name] and len({row[name + end] for end in ("__MIN", "__MAX")}) > 1 for row in rows for name in series)
    if keys == {"Group"} or (len(keys) == 1 and None not in keys and apart):
        said = f"{series[0].rpartition(' - ')[0]!r} is a group: its values are means over runs, and no run's own"
        raise ReaderError(said, place=str(path), fix="ungroup the runs in W&B and export the chart again")


def _axis(name: str) -> str | None:
    """The column that the x axis is; None where it is none that says where on the curve a value lies."""
    last = re.split(r"[/.]", name)[-1].strip().lower()
    column = RUN_COLUMNS.get(last.replace(" ", "_"), "")
    if column in ("data_seen", "flops"):
        return column
    steps = re.search(r"\b(step|global_step|trainer_global_step|iter\w*)\b|step$", last)
    return "step" if steps and not _is_time(last) else None


def _is_time(name: str) -> bool:
    return any(word in name.lower() for word in TIMES)


def _known_axis(path: Path, name: str) -> str:
    """The column that the x axis is. Raises ReaderError where it is none."""
    if (axis := _axis(name)) is not None:
        return axis
    kind = "time" if _is_time(re.split(r"[/.]", name)[-1]) else "neither step, tokens, samples nor FLOP"
    fix = "export it over Step, tokens or samples"
    raise ReaderError(f"the x axis {name!r} of the chart is {kind}", place=str(path), fix=fix)


def _is_history(path: Path, head: bytes) -> bool:
    if path.suffix.lower() == ".parquet":
        return head[:4] == b"PAR1" and {"_step", "_timestamp"} <= set(parquet_schema(path))
    if path.suffix.lower() == ".csv":
        return "_step" in _header(head) and not _is_chart(path, head)
    return path.suffix.lower() in (".jsonl", ".ndjson") and b'"_step"' in head.split(b"\n", 1)[0]


def _read_history(path: Path, run: str) -> Tables:
    """The history of one run. Where a resumed run goes back in the trainer's steps, if not in W&B's, what it logs stands."""
    file = CsvRows(path)
    if path.suffix.lower() == ".csv":
        rows = [
            (number, {name: as_number(value) for name, value in row.items() if name and value}) for number, row in _rows(file)
        ]
    else:
        columns = path.suffix.lower() == ".parquet"
        rows = list(enumerate(pl.read_parquet(path, glob=False).to_dicts() if columns else json_lines(path), 1))
    stands, replaced = standing({"run_id": run, **record} for record in history_records(rows))
    return Tables(measurements=frame(stands), replaced=frame(replaced), quarantined=frame(file.refused))


def _config_of(path: Path) -> Path | None:
    found = [folder / "config.yaml" for folder in (path.parent, path.parent.parent)]
    return next((item for item in found if item.is_file()), None)


def _config_files(path: Path) -> Sequence[Path]:
    found = _config_of(path)
    return (found,) if found else ()


def _read_folder(path: Path, run: str) -> Tables:
    """wandb-summary.json with config.yaml: one run with its last values; W&B ends the folder's name with the run's id."""
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
        config_path = _config_of(path)
        config = read_yaml(config_path) if config_path else {}
    except (ValueError, yaml.YAMLError) as error:
        raise ReaderError(f"the summary or config.yaml cannot be read: {error}", place=str(path), fix=COPY) from error
    plain = {k: v.get("value") if isinstance(v, dict) else v for k, v in config.items() if not k.startswith("_")}
    name = run.rsplit("/", 1)[-1]
    found = RUN_FOLDER.fullmatch(name)
    row = {"run_id": found["id"] if found else run, "name": name, **run_columns(plain)}
    row |= device_hours(row, summary.get(f"_{RUNTIME}") if isinstance(summary, dict) else None)
    return Tables(runs=frame([row | last_values(summary)]))


def last_values(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The last losses and `a/b` values of a summary, and what it says of data and FLOP; it stands at the end, so at no step."""
    (record,) = history_records([(1, summary)])
    return {name: value for name, value in record.items() if _is_last(name)}


def _is_last(column: str) -> bool:
    metric, _, where = column.removeprefix("metric:").partition("@")
    return column in ("data_seen", "data_unit", "flops") or (column.startswith("metric:") and (where != "/" or "loss" in metric))


ASKED = 10
READERS = (
    Reader(
        "wandb runs table",
        _is_table,
        _read_table,
        says="one run a row; columns with a slash are metrics, others its configuration",
        columns=_table_columns,
        names_runs=True,
    ),
    Reader(
        "wandb chart",
        _is_chart,
        _read_chart,
        says="one step a row; a column RUN - METRIC a run, with __MIN and __MAX left out",
        names_runs=True,
    ),
    Reader(
        "wandb history",
        _is_history,
        _read_history,
        says="one step a row; numeric columns are metrics; the run is the file's name",
    ),
    Reader(
        "wandb run folder",
        lambda path, _head: path.name == "wandb-summary.json",
        _read_folder,
        _config_files,
        "one run: its summary, and its configuration from config.yaml",
        same_in_all="*",
        inside="files",
    ),
)
