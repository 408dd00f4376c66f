"""Rows of a tracker's history: which columns say where on the curve a row lies, and which say what was measured there."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from pipeline.readers.names import RUN_COLUMNS, logged_number, metric_columns, multiple, times, unit_of

Row = Mapping[str, Any]
PRIVATE = ("_step", "_runtime", "_timestamp", "_wandb")
STEPS = ("trainer/global_step", "train/global_step", "global_step")
"""The trainer's own step, as Lightning and Hugging Face log it: W&B's `_step` then counts calls of its log, not steps."""
RATE = re.compile(r"(?:.*[/.])?(?:lr|learning_rate)(?:-.*)?", re.IGNORECASE)
"""Also `lr-AdamW` of Lightning's monitor."""


def history_records(rows: Sequence[tuple[int, Row]]) -> list[dict[str, Any]]:
    """The numbered rows of one history in canonical columns: `step`, `lr`, `data_seen`, `flops` and its metrics.

    A row that does not say the trainer's step, where others do, lies at the last one said.
    """
    flat = [(number, flattened(row)) for number, row in rows]
    names = list(dict.fromkeys(name for _, row in flat for name in row))
    step = next((name for name in STEPS if name in names), "_step")
    places = _places(names, [row for _, row in flat])
    metrics = metric_columns(name for name in names if name not in (*PRIVATE, *places, step))
    unit = next((unit for name, column in places.items() if column == "data_seen" for unit in [unit_of(name)] if unit), None)
    records, last = [], None
    for number, row in flat:
        last = row.get(step) if row.get(step) is not None else last
        values = {metrics[name]: value for name, value in row.items() if name in metrics and is_number(value)}
        place = {column: times(row[name], multiple(name)[1]) for name, column in places.items() if name in row}
        own = {"data_unit": unit} if unit else {}
        records.append({"row_number": number, "step": last, **own, **place, **values})
    return records


def places_of(logged: Iterable[tuple[str, Any, Any]]) -> tuple[set[str], dict[Any, dict[str, Any]]]:
    """Of one run's values (name, step, value), logged one at a time: the names that say where a step lies, and what they say.

    What they say is by step, then by column: lr, data_seen with its data_unit, flops.
    """
    series = list(logged)
    names = list(dict.fromkeys(name for name, _, _ in series))
    places = _places(names, [{name: value} for name, _, value in series])
    steps: dict[Any, dict[str, Any]] = {}
    for name, step, value in series:
        if column := places.get(name):
            unit = unit_of(name) if column == "data_seen" else None
            steps.setdefault(step, {}).update({column: times(value, multiple(name)[1]), **({"data_unit": unit} if unit else {})})
    return set(places), steps


def flattened(row: Row, above: str = "") -> dict[str, Any]:
    """The row with what is nested in it as columns `outer.inner`, and words for no number as such; private parts stay out."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {} if "_type" in value or name in PRIVATE else flattened(value, f"{above}{name}.")
        else:
            flat[f"{above}{name}"] = logged_number(value)
    return flat


def as_number(text: str) -> float | str:
    """A cell of a table that pandas wrote: a number where it is one, else the text."""
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return text


def is_number(value: Any) -> bool:
    """Whether a logged value is a number, not a switch, a text or a structure."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _places(names: Sequence[str], rows: Sequence[Row]) -> dict[str, str]:
    """Name to lr, data_seen or flops: one name each; of data and FLOP one that counts up, of all devices and in tokens first."""
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (unit_of(name) != "token", "total" not in name.lower())):
        last = re.split(r"[/.]", multiple(name)[0])[-1].lower()
        column = "lr" if RATE.fullmatch(name) else RUN_COLUMNS.get(last, "")
        if column in found.values() or column not in ("lr", "data_seen", "flops"):
            continue
        if column == "lr" or _counts([row[name] for row in rows if row.get(name) is not None]):
            found[name] = column
    return found


def _counts(values: Sequence[Any]) -> bool:
    """Whether the values count up, but for restarts, as what was seen since the start does, and what is in a batch does not."""
    if not values or not all(is_number(value) for value in values):
        return False
    falls = sum(after < before for before, after in pairwise(values))
    return len(values) == 1 or (values[0] < values[-1] and 10 * falls <= len(values))
