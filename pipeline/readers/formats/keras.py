"""What Keras' CSVLogger writes: a row an epoch, `epoch` and then the sorted names of what was logged.

Values of training are means over the epoch while the weights change; those that begin with `val_` are measured at its end.
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ReaderError
from pipeline.readers.csv_rows import CsvRows
from pipeline.readers.names import frame, logged_number, metric_column
from pipeline.readers.reader import COPY, Reader, Tables
from pipeline.readers.restarts import number, standing

RATES = ("learning_rate", "lr")
MISSING = "NA"
"""What it writes where an epoch has no value of a name: one without a validation."""
OTHERS = ("step", "global_step", "iter", "iteration")
"""Columns that say the place of a row themselves: not its files."""


def _is_keras(path: Path, head: bytes) -> bool:
    if path.suffix.lower() not in (".csv", ".log", ".txt"):
        return False
    lines = head.decode("utf-8-sig", errors="replace").splitlines()
    names = next(csv.reader(lines[:1]), []) if len(lines) > 1 else []
    logged = names[1:]
    return names[:1] == ["epoch"] and "loss" in logged and logged == sorted(logged) and not set(OTHERS) & set(logged)


def _read(path: Path, run: str) -> Tables:
    """The step is the number of finished epochs. Where a restart counts from an earlier epoch, what it logs stands."""
    rows = CsvRows(path)
    try:
        records = [_record(run, place, row) for place, row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReaderError(f"cannot be read: {error}", place=str(path), fix=COPY) from error
    found, replaced = standing(records)
    epochs = max((record["step"] for record in found if record["step"] is not None), default=None)
    return Tables(
        runs=frame([{"run_id": run, "status": "running", "epochs": epochs}]),
        measurements=frame(found),
        replaced=frame(replaced),
        quarantined=frame(rows.refused),
    )


def _record(run: str, place: int, row: Mapping[str, str]) -> dict[str, Any]:
    epoch = number(row.get("epoch"))
    step = None if epoch is None else int(epoch) + 1
    rate = next((row[name] for name in RATES if row.get(name, MISSING) != MISSING), None)
    values = {_column(name): logged_number(value) for name, value in row.items() if _is_value(name, value)}
    return {"row_number": place, "run_id": run, "step": step, "lr": rate, **values}


def _is_value(name: str, value: str) -> bool:
    return name not in ("epoch", *RATES) and value not in ("", MISSING)


def _column(name: str) -> str:
    return metric_column(name) if name.startswith("val_") else f"metric:{name}_mean@train/"


ASKED = 160
READERS = (
    Reader(
        "keras csv log",
        _is_keras,
        _read,
        says="a row an epoch: val_NAME at its end, NAME of training as NAME_mean; the step is the number of finished epochs",
    ),
)
