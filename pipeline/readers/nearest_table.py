"""A table that no reader and no map knows: a draft of the map that reads it, from what its columns are called in other logs."""

import json
from pathlib import Path

from pipeline.readers.names import ENDS, RUN_COLUMNS, metric_column, unit_of
from pipeline.readers.shape import Refused, shape_of
from pipeline.schema import RUNS

RUN_NAMES = ("run_id", "run", "id", "name", "run_name", "experiment")
STEPS = ("step", "steps", "global_step", "iter", "iteration", "epoch")
"""What says where on a curve a row lies; epochs where nothing else does."""


def table_draft(path: Path, suffix: str) -> str:
    """A map that reads it: a curve a file where it has steps, else a run a row; empty where it has no metric."""
    try:
        names = list(shape_of(path).types)
    except Refused:
        return ""
    metrics = {column: name for name in names if (column := _metric(name)) is not None}
    if not metrics:
        return ""
    step = next((name for known in STEPS for name in names if name.lower() == known), None)
    return "\n".join(_curve(names, metrics, step, suffix) if step else _runs(names, metrics, suffix))


def _metric(name: str) -> str | None:
    """`metric:loss@validation` for val_loss; None of a column that is no metric."""
    column = metric_column(name).rstrip("/@")
    metric = column.removeprefix("metric:").partition("@")[0]
    return column if metric in ENDS else None


def _curve(names: list[str], metrics: dict[str, str], step: str, suffix: str) -> list[str]:
    run = next((name for name in names if name.lower() in RUN_NAMES), None)
    columns = {"run_id": _quoted(run) if run else "file_name", "step": _quoted(step), **_known(names)}
    if "peak_lr" in columns:
        columns["lr"] = columns.pop("peak_lr")
    return _map("measurements", suffix, columns, metrics, names)


def _runs(names: list[str], metrics: dict[str, str], suffix: str) -> list[str]:
    run = next((name for name in names if name.lower() in RUN_NAMES), None)
    columns = {"run_id": _quoted(run) if run else "file_name || '-' || row_number", **_known(names)}
    return _map("runs", suffix, columns, metrics, names)


def _known(names: list[str]) -> dict[str, str]:
    """Columns of runs by what the table calls them; of several names of one column the first."""
    found: dict[str, str] = {}
    for name in names:
        column = RUN_COLUMNS.get(name.lower())
        if column in RUNS and column is not None:
            found.setdefault(column, _quoted(name))
    return found


def _map(kind: str, suffix: str, columns: dict[str, str], metrics: dict[str, str], names: list[str]) -> list[str]:
    counted = next((name.lower() for name in names if RUN_COLUMNS.get(name.lower()) == "data_seen"), "")
    unit = unit_of(counted)
    named = [f"{name} = {_text(source)}" for name, source in columns.items()]
    named += [f"{_text(column)} = {_text(_quoted(name))}" for column, name in metrics.items()]
    constants = [f'data_unit = "{unit}"'] if unit else []
    finished = ['status = "finished"   # if every run in these files is; else leave this line out']
    head = [f'kind = "{kind}"', f'match = "*{suffix}"']
    return [*head, "[columns]", *named, "[constants]", *constants, *finished]


def _quoted(name: str) -> str:
    """A column in an expression: in double quotes where it is no plain name."""
    return name if name.isidentifier() and name.isascii() else '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    """A TOML string: of the characters that a name may hold, JSON escapes as TOML does."""
    return json.dumps(text, ensure_ascii=False)
