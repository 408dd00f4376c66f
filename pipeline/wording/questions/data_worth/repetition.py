"""plan_repetition in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.schema.numbers_in_words import Row, amount, factor, part, spread
from pipeline.wording.clauses import times
from pipeline.wording.words import Cells, Outline, Words, filled

HALF, ONCE = 0.5, 1.005


def sentence(row: Row, unit: str) -> str:
    """What so many epochs are worth."""
    of = f" of {row['pool']}" if row.get("pool") else ""
    start = f"{times(row['epochs'])} of {amount(row['data_unique'])} {unit}{of}"
    if row["effective_data"] is None:
        return f"{start}: {row['message']}"
    worth = f"are worth {amount(row['effective_data'])} fresh {unit}{spread(row, 'effective_data', amount)}"
    if row["value_of_repeat"] is not None and row["value_of_repeat"] < 0:
        return f"{start} {worth}. One more epoch makes it worse."
    return f"{start} {worth}. One more epoch is worth {part(row['value_of_repeat'])} of fresh data."


def cells(first: Row, last: Row | None) -> Cells:
    """A pool, its amount, and until which epoch it may be repeated."""
    over = [first["pool"] or "", amount(first["data_unique"])]
    if first.get("epochs_worth_half") is not None:
        until = f"{factor(first['epochs_worth_half'])}{spread(first, 'epochs_worth_half', factor)}"
        return [*over, until, "" if last is None else f"{part(last['value_of_repeat'])} after {factor(last['epochs'])}"]
    if last is None:
        return [*over, f"fewer than {factor(first['epochs'] + 1)}", ""]
    return [*over, factor(last["epochs"]), f"{part(last['value_of_repeat'])}{spread(last, 'value_of_repeat', part)}"]


def by_pool(rows: Sequence[Row]) -> list[list[Row]]:
    """The repetition rows of each pool and amount of it."""
    groups: dict[tuple[Any, Any, Any], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.get("law"), row["pool"], row["data_unique"]), []).append(row)
    return list(groups.values())


def half_worth(rows: Sequence[Row], unit: str) -> str:
    """Until how many epochs of one pool one more is worth at least half of fresh data."""
    last, first = last_worthwhile(rows), rows[0]
    of = f" of {first['pool']}" if first.get("pool") else ""
    over = f"{amount(first['data_unique'])} {unit}{of}"
    if first.get("epochs_worth_half") is not None:
        until = f"{times(first['epochs_worth_half'])}{spread(first, 'epochs_worth_half', factor)}"
        if first["epochs_worth_half"] < ONCE:
            return f"Do not repeat the {over}: one more epoch is worth less than half of fresh data."
        return f"Train up to {until} of the {over}. From there on one more is worth less than half of fresh data."
    if last is None:
        return f"Do not repeat the {over}: after {times(first['epochs'])} one more is worth less than half of fresh data."
    worth = f"{part(last['value_of_repeat'])}{spread(last, 'value_of_repeat', part)}"
    return f"Train up to {times(last['epochs'])} of the {over}. One more is then worth {worth} of fresh data."


def last_worthwhile(rows: Sequence[Row]) -> Row | None:
    """Of the repetition rows of one pool: the one of most epochs whose next is still worth half a fresh sample."""
    worth = [row for row in rows if row["value_of_repeat"] is not None and row["value_of_repeat"] >= HALF]
    return max(worth, key=lambda row: row["epochs"]) if worth else None


def outline(rows: Sequence[Row], unit: str) -> Outline | None:
    """Until how many epochs of each pool one more is worth at least half of fresh data."""
    groups = by_pool(rows)
    if not groups:
        return None
    if len(groups) == 1:
        return Outline("Repeats", half_worth(groups[0], unit), [], [])
    lead = f"Repeat data as long as one more epoch is worth at least half of fresh {unit}. The limits are:"
    heads = ["pool", unit, "epochs", "worth of one more"]
    return Outline("Repeats", lead, *filled(heads, [cells(group[0], last_worthwhile(group)) for group in groups]))


WORDS = Words(sentence, outline=outline)
