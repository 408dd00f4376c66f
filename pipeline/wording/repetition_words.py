"""Repeats in plain sentences: what so many epochs are worth, and until when one more is worth its while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.schema.numbers_in_words import Row, amount, factor, part, spread
from pipeline.wording.clauses import counted, times

HALF, ONCE = 0.5, 1.005


def repetition(row: Row, unit: str | None = None) -> str:
    """What so many epochs are worth."""
    unit = unit or counted(row)
    of = f" of {row['pool']}" if row.get("pool") else ""
    start = f"{times(row['epochs'])} of {amount(row['data_unique'])} {unit}{of}"
    if row["effective_data"] is None:
        return f"{start}: {row['message']}"
    worth = f"are worth {amount(row['effective_data'])} fresh {unit}{spread(row, 'effective_data', amount)}"
    if row["value_of_repeat"] is not None and row["value_of_repeat"] < 0:
        return f"{start} {worth}. One more epoch makes it worse."
    return f"{start} {worth}. One more epoch is worth {part(row['value_of_repeat'])} of fresh data."


def by_pool(rows: Sequence[Row]) -> list[list[Row]]:
    """The repetition rows of each pool and amount of it."""
    groups: dict[tuple[Any, Any, Any], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.get("law"), row["pool"], row["data_unique"]), []).append(row)
    return list(groups.values())


def half_worth(rows: Sequence[Row], unit: str | None = None) -> str:
    """Until how many epochs of one pool one more is worth at least half of fresh data."""
    last, first = last_worthwhile(rows), rows[0]
    of = f" of {first['pool']}" if first.get("pool") else ""
    over = f"{amount(first['data_unique'])} {unit or counted(first)}{of}"
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
