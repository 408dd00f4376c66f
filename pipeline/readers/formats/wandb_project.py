"""The table of a W&B project that its guide's script writes: a run a row, configuration and summary as Python prints them.

Source: https://docs.wandb.ai/guides/track/public-api-guide ("Export metrics from all runs in a project to a CSV file").
"""

import ast
import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.readers.csv_rows import CsvRows
from pipeline.readers.formats.wandb import device_hours, last_values
from pipeline.readers.names import STATES, frame, run_columns
from pipeline.readers.reader import Reader, Tables

COLUMNS = {"summary", "config", "name"}
NO_NUMBERS = {"nan": "nan", "inf": "inf"}
"""Names that Python prints for numbers that it cannot read back."""
RAW = 1000
"""Characters of a refused row that are kept."""
DOUBLED = "several runs are called {!r}; add a column `id` (run.id) to the script that exports them"


def _is_project(path: Path, head: bytes) -> bool:
    text = head.decode("utf-8-sig", errors="replace") if path.suffix.lower() == ".csv" else ""
    return set(next(csv.reader(io.StringIO(text)), [])) >= COLUMNS


def _read_project(path: Path, _run: str) -> Tables:
    """One row a run. Only a column `state` says that one has ended; without it runs are running until somebody says more."""
    file = CsvRows(path)
    rows = list(file)
    names = [_name(row) for _, row in rows]
    runs, refused = [], list(file.refused)
    for (number, row), name in zip(rows, names, strict=True):
        try:
            record = {"row_number": number, **_run_row(row, name)}
        except (ValueError, SyntaxError, TypeError, RecursionError) as error:
            refused.append(
                _refused(number, row, f"its config or summary is no dictionary of plain values: {error}; export it again")
            )
            continue
        if names.count(name) > 1:
            refused.append(_refused(number, row, DOUBLED.format(name)))
        else:
            runs.append(record)
    return Tables(runs=frame(runs), quarantined=frame(refused))


def _refused(number: int, row: Mapping[str, str], detail: str) -> dict[str, Any]:
    return {"row_number": number, "reason": "unreadable", "detail": detail, "raw": str(dict(row))[:RAW]}


def _name(row: Mapping[str, str]) -> str:
    return row.get("id") or row["name"]


def _run_row(row: Mapping[str, str], name: str) -> dict[str, Any]:
    config, summary = (_printed(row[column]) for column in ("config", "summary"))
    state = row.get("state") or "running"
    known = {key: value for key, value in config.items() if not str(key).startswith("_")}
    run = {"run_id": name, "name": row["name"], "status": STATES.get(state.lower(), state), **run_columns(known)}
    return run | device_hours(run, summary.get("_runtime")) | last_values(summary)


def _printed(text: str) -> dict[str, Any]:
    """A dictionary as Python prints it; nothing in it is run. Raises ValueError or SyntaxError where it is none."""
    tree = ast.parse(text.strip() or "{}", mode="eval")
    return dict(ast.literal_eval(_WithNumbers().visit(tree)))


class _WithNumbers(ast.NodeTransformer):
    """Puts the numbers that Python prints as names, nan and inf, in their places; any other name stays and is refused."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The node, or the number that its name stands for."""
        return ast.copy_location(ast.Constant(float(NO_NUMBERS[node.id])), node) if node.id in NO_NUMBERS else node


ASKED = 30
READERS = (
    Reader(
        "wandb project table",
        _is_project,
        _read_project,
        says="one run a row: name, configuration and summary as Python prints them (project.csv)",
        names_runs=True,
    ),
)
