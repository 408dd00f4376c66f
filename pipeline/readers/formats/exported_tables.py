"""Tables that people export by hand: a scalar that TensorBoard's page downloads, and the data frame of MLflow's search_runs."""

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ReaderError
from pipeline.readers.csv_rows import CsvRows
from pipeline.readers.formats.mlflow_runs import run_record
from pipeline.readers.histories import as_number, history_records
from pipeline.readers.names import frame, logged_number, metric_column
from pipeline.readers.reader import Reader, Tables, plain_name
from pipeline.readers.restarts import Restarts

SCALAR = {"Wall time", "Step", "Value"}
SCALAR_NAME = re.compile(r"(?:run-)?(?P<run>.*?)-tag-(?P<tag>.+)")
SEARCHED = {"run_id", "experiment_id", "status", "start_time", "end_time"}
METRIC, PARAMETER, TAG = "metrics.", "params.", "tags."
ENDS = ("data_seen", "data_unit", "flops")


def _header(path: Path, head: bytes) -> set[str]:
    text = head.decode("utf-8-sig", errors="replace") if path.suffix.lower() == ".csv" else ""
    return {name.strip() for name in next(csv.reader(io.StringIO(text)), [])}


def _read_scalar(path: Path, _run: str) -> Tables:
    """One scalar of one run; only the file's name says which, as TensorBoard writes it: run-RUN-tag-TAG.csv."""
    named = SCALAR_NAME.fullmatch(plain_name(path.name))
    if named is None:
        raise ReaderError(
            "a scalar of TensorBoard, and its name does not say of what", place=str(path), fix="name it run-RUN-tag-METRIC.csv"
        )
    run = named["run"].strip(".") or path.parent.name
    file, column = CsvRows(path), metric_column(named["tag"])
    records = [
        {"row_number": number, "run_id": run, "step": row.get("Step"), column: logged_number(row.get("Value"))}
        for number, row in file
    ]
    found = Restarts(purge=False)
    for record in records:
        found.add(record)
    return Tables(measurements=frame(found.standing), replaced=frame(found.replaced), quarantined=frame(file.refused))


def _read_searched(path: Path, _run: str) -> Tables:
    """A run a row: `metrics.NAME` its last values, `params.NAME` its configuration, `tags.NAME`."""
    file = CsvRows(path)
    rows = list(file)
    runs = [{"row_number": number, **_searched_run(row)} for number, row in rows]
    return Tables(runs=frame(runs), quarantined=frame(file.refused))


def _searched_run(row: Mapping[str, str]) -> dict[str, Any]:
    """A run with its last values, of which those that count data or FLOP say where it ended."""
    of = {
        prefix: {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix) and value}
        for prefix in (METRIC, PARAMETER, TAG)
    }
    record = run_record(row["run_id"], None, row["status"], (None, None), of[PARAMETER], of[TAG], row.get("experiment_id"))
    record |= {"started_at": row.get("start_time") or None, "finished_at": row.get("end_time") or None}
    (last,) = history_records([(1, {name: as_number(value) for name, value in of[METRIC].items()})])
    return record | {name: value for name, value in last.items() if name.startswith("metric:") or name in ENDS}


ASKED = 120
READERS = (
    Reader(
        "tensorboard scalar",
        lambda path, head: _header(path, head) == SCALAR,
        _read_scalar,
        says="a step a row; run and metric are in the file's name: run-RUN-tag-METRIC.csv",
        names_runs=True,
    ),
    Reader(
        "mlflow runs table",
        lambda path, head: _header(path, head) >= SEARCHED,
        _read_searched,
        says="a run a row: metrics.NAME, params.NAME and tags.NAME",
        names_runs=True,
    ),
)
