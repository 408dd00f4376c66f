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
from pipeline.readers.names import STATES, frame, metric_column, run_columns, run_names
from pipeline.readers.reader import Reader, Tables

PRIVATE = ("_step", "_runtime", "_timestamp", "_wandb")
PLACES = {
    "lr": "lr",
    "learning_rate": "lr",
    "tokens_seen": "data_seen",
    "flops": "flops",
}  # where a row stands, not what it measured
RUN_FOLDER = re.compile(r"(offline-)?run-\d+_\d+-(?P<id>.+)")
OWN = {"ID": "run_id", "Name": "name", "State": "status", "Created": "started_at"}
TABLE_COLUMNS = {"name", "state", "created", "runtime"}


def _header(head: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(head.decode("utf-8-sig", errors="replace"))), [])


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReaderError(f"{path}: not a CSV file in UTF-8: {error}; export it again") from error


def _is_table(path: Path, head: bytes) -> bool:
    return path.suffix.lower() == ".csv" and {name.lower() for name in _header(head)} >= TABLE_COLUMNS


def _read_table(path: Path, _run: str) -> Tables:
    """One row a run. Columns with a slash are metrics of its summary; two runs of one name are told apart by their creation."""
    rows, names = _rows(path), [row.get("Name") for row in _rows(path)]
    return Tables(runs=frame([_table_row(row, names.count(row.get("Name")) > 1) for row in rows]))


def _table_row(row: dict[str, str], doubled: bool) -> dict[str, Any]:
    identity = row.get("ID") or (f"{row['Name']}/{row['Created']}" if doubled else row["Name"])
    config = {name: value for name, value in row.items() if _is_config(name)}
    record = {
        "run_id": identity,
        "name": row["Name"],
        "status": STATES.get(row["State"].lower(), row["State"]),
        "started_at": row["Created"],
    }
    record |= run_columns(config)
    return record | {metric_column(k): v or None for k, v in row.items() if k and "/" in k}


def _is_config(name: str | None) -> bool:
    return bool(name) and "/" not in str(name) and name not in (*OWN, "Notes", "User", "lr")


def _table_columns(path: Path) -> Mapping[str, str]:
    with path.open("rb") as file:
        names = _header(file.readline())
    metrics = {name: metric_column(name) for name in names if "/" in name}
    own = {name: column for name, column in OWN.items() if name in names} | ({} if "ID" in names else {"Name": "run_id"})
    return {**own, **run_names(name for name in names if _is_config(name)), **metrics}


def _is_chart(path: Path, head: bytes) -> bool:
    names = _header(head) if path.suffix.lower() == ".csv" else []
    return len(names) >= 4 and any(f"{name}__MIN" in names and f"{name}__MAX" in names for name in names)


def _read_chart(path: Path, _run: str) -> Tables:
    """Step, then for each run `RUN - METRIC` with its __MIN and __MAX, which add nothing."""
    records = []
    for row in _rows(path):
        step_name = next(iter(row))
        for name, value in row.items():
            if name and " - " in name and not name.endswith(("__MIN", "__MAX")) and value not in ("", None):
                run, _, metric = name.rpartition(" - ")
                place = "step" if "step" in step_name.lower() else f"at_{step_name}"
                records.append({"run_id": run, place: row[step_name], metric_column(metric): value})
    return Tables(measurements=frame(records))


def _is_history(path: Path, head: bytes) -> bool:
    if path.suffix.lower() == ".parquet":
        return head[:4] == b"PAR1" and {"_step", "_timestamp"} <= set(pl.read_parquet_schema(path))
    if path.suffix.lower() == ".csv":
        return "_step" in _header(head) and not _is_chart(path, head)
    return path.suffix.lower() in (".jsonl", ".ndjson") and b'"_step"' in head.split(b"\n", 1)[0]


def _read_history(path: Path, run: str) -> Tables:
    """The history of one run."""
    read = {".parquet": lambda at: pl.read_parquet(at).to_dicts(), ".csv": _csv_rows}.get(path.suffix.lower(), _json_lines)
    records = []
    for row in read(path):
        places = {PLACES[name]: value for name, value in row.items() if name in PLACES}
        values = _metrics({name: value for name, value in row.items() if name not in PLACES})
        records.append({"run_id": run, "step": row.get("_step"), **places, **values})
    return Tables(measurements=frame(records))


def _csv_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a history that pandas wrote: numbers as numbers, nothing and text left as they are."""
    return [{name: _number(value) for name, value in row.items() if name and value} for row in _rows(path)]


def _number(text: str) -> float | str:
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return text


def _json_lines(path: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        try:
            rows.append(dict(json.loads(line)))
        except (ValueError, TypeError) as error:
            raise ReaderError(f"{path}: line {number} is no JSON object: {error}") from error
    return rows


def _metrics(row: dict[str, Any]) -> dict[str, Any]:
    return {
        metric_column(k): v for k, v in row.items() if k not in PRIVATE and isinstance(v, int | float) and not isinstance(v, bool)
    }


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
        config = yaml.safe_load(config_path.read_text(encoding="utf-8")) if config_path else {}
    except (ValueError, yaml.YAMLError) as error:
        raise ReaderError(f"{path}: the summary or config.yaml cannot be read: {error}") from error
    plain = {k: v.get("value") if isinstance(v, dict) else v for k, v in (config or {}).items() if not k.startswith("_")}
    name = run.rsplit("/", 1)[-1]
    found = RUN_FOLDER.fullmatch(name)
    row = {"run_id": found["id"] if found else run, "name": name, **run_columns(plain)}
    last = {key: value for key, value in _metrics(summary).items() if "/" in key.split("@")[1][1:] or "loss" in key}
    return Tables(runs=frame([row | last]))


WANDB = (
    Reader(
        "wandb runs table",
        _is_table,
        _read_table,
        says="one run a row; columns with a slash are metrics, others its configuration",
        columns=_table_columns,
    ),
    Reader("wandb chart", _is_chart, _read_chart, says="one step a row; a column a run, with __MIN and __MAX left out"),
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
