"""What Composer's FileLogger writes: a line a value, `[metric][batch=N]: NAME: VALUE`, and a line a hyperparameter.

Values of training are logged before their batch is counted, those of an evaluation behind it; `time/token` are the tokens of the
batches before.
"""

import re
from pathlib import Path
from typing import Any

from pipeline.readers.formats.printed.console import VALUE, amount, before_the_batch
from pipeline.readers.formats.printed.consoles import COMPOSER_FIELDS
from pipeline.readers.formats.textlogs import has_line, text_lines
from pipeline.readers.histories import RATE
from pipeline.readers.names import frame, run_columns
from pipeline.readers.reader import Reader, Tables
from pipeline.readers.restarts import standing

METRIC = re.compile(rf"\[metric\]\[batch=(?P<batch>\d+)\]:\s+(?P<name>\S+): (?P<value>{VALUE})\s*$")
SETTING = re.compile(r"\[hyperparameter\]: (?P<name>[^\s:]+): (?P<value>.+)$")
FIELDS = {name.partition(" ")[2]: column for name, column in COMPOSER_FIELDS.items()}


def _read(path: Path, run: str) -> Tables:
    """A row a batch, and one for what was evaluated behind it. It does not say that a training has ended."""
    config: dict[str, Any] = {}
    points: list[dict[str, Any]] = []
    for number, line in text_lines(path):
        if found := METRIC.search(line):
            _take(points, number, int(found["batch"]), found["name"].lower(), amount(found["value"]))
        elif setting := SETTING.search(line):
            config[setting["name"]] = setting["value"].strip()
    records = [record for point in points for record in _records(point, run)]
    stands, replaced = standing(records)
    seen = max((record["data_seen"] for record in stands if record["data_seen"] is not None), default=None)
    own = {"run_id": run, "status": "running", "data_seen": seen, "data_unit": None if seen is None else "token"}
    return Tables(runs=frame([run_columns(config) | own]), measurements=frame(stands), replaced=frame(replaced))


def _take(points: list[dict[str, Any]], number: int, batch: int, name: str, value: float | None) -> None:
    if not points or points[-1]["batches"] != batch:
        points.append({"row_number": number, "batches": batch})
    if column := "lr" if RATE.fullmatch(name.partition("/")[0]) else FIELDS.get(name):
        points[-1].setdefault(column, value) if column == "lr" else points[-1].update({column: value})


def _records(point: dict[str, Any], run: str) -> list[dict[str, Any]]:
    """What the batch behind those of the point gave, and what was evaluated before it."""
    own, batches = {"row_number": point["row_number"], "run_id": run}, point["batches"]
    values = {name: value for name, value in point.items() if name.startswith("metric:")}
    trained = {name: value for name, value in values.items() if "@train" in name}
    evaluated = {name: value for name, value in values.items() if name not in trained}
    here = before_the_batch({**point, "step": batches + 1}, {})
    return [
        *([{**own, "step": batches, "data_seen": point.get("tokens_before"), **evaluated}] if evaluated else []),
        *([{**own, "step": batches + 1, "data_seen": here, "lr": point.get("lr"), **trained}] if trained else []),
    ]


ASKED = 180
READERS = (
    Reader(
        "composer file log",
        has_line(re.compile(r"^\[metric\]\[batch=\d+\]:\s+\S+: ")),
        _read,
        says="lines '[metric][batch=N]: NAME: VALUE' and '[hyperparameter]: NAME: VALUE'",
    ),
)
