"""What may be wrong with one run: repairs that would make its value possible, each with the words for it.

A repair is a change that people make by accident, undone: bits for nats, thousands for counts, two columns swapped, another pool.
It explains a run when the repaired run lies where the law, fitted to all others, says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

import numpy as np

from pipeline.laws.engine.rows import Rows

Array = np.ndarray
POWERS = (3, -3, 6, -6, 9, -9)
UNITS = {3: "thousands", 6: "millions", 9: "billions"}
AMOUNTS = ("params", "params_nonembedding", "params_active", "data_seen", "data_unique", "flops")
BITS = -log(log(2))
VALUES = {
    BITS: "its value is in bits, the others' in nats",
    -BITS: "its value is in nats, the others' in bits",
    log(100): "its value is in percent, the others' a fraction",
    -log(100): "its value is a fraction, the others' in percent",
    log(1000): "its value is a thousand times too large",
    -log(1000): "its value is a thousand times too small",
}
"""ln of (logged value / meant value) of each slip in the unit of a value."""
SHARES = np.geomspace(0.9, 0.01, 40)
SAME, FAR = "", 0.5


@dataclass(frozen=True)
class Repair:
    """A run as it may have been meant: its rows, what to add to ln observed − ln predicted, and what was wrong then."""

    rows: Rows
    shift: float
    words: str


def repairs(rows: Rows, logarithms: bool) -> Iterator[Repair]:
    """Every repair of one run's rows."""
    yield from unit_slips(rows, logarithms)
    for one, other in (("params", "data_seen"), ("data_unique", "data_seen"), ("params", "flops")):
        if {one, other} <= set(rows.columns):
            swapped = {one: rows.columns[other], other: rows.columns[one]}
            yield Repair(_with(rows, **swapped), 0.0, f"its {one} and {other} are swapped")
    yield from _epochs(rows)
    yield from _pools(rows)


def unit_slips(rows: Rows, logarithms: bool) -> Iterator[Repair]:
    """Repairs in the unit of a value or an amount: those that some runs of a sweep share. Slips in the unit of a value are
    ratios: of values that may be negative there are none."""
    if logarithms:
        for shift, words in VALUES.items():
            yield Repair(rows, -shift, words)
    for name in (n for n in AMOUNTS if n in rows.columns):
        for power in POWERS:
            unit = UNITS[abs(power)]
            words = f"its {name} is in {unit}" if power > 0 else f"its {name} is {unit[:-1]} times too large"
            yield Repair(_with(rows, **{name: rows.columns[name] * 10.0**power}), 0.0, words)


def part_of_its_data(rows: Rows) -> Iterator[tuple[float, Repair]]:
    """The run as if it had seen less than its log says: it was stopped early, or its last points are missing."""
    names = [n for n in ("data_seen", "flops", "epochs", "step") if n in rows.columns]
    if names:
        for share in SHARES:
            words = f"cut off, or from an earlier step: its value is that of {100 * share:.0f} % of its data"
            yield float(share), Repair(_with(rows, **{n: rows.columns[n] * share for n in names}), 0.0, words)


def by_its_size(error: float, logarithms: bool) -> str:
    """What a run may be that no repair explains, by ln observed − ln predicted alone."""
    if not logarithms:
        return SAME
    if error > FAR:
        return "it diverged, or is of another task: its value is far too high"
    if error < -FAR:
        return "its value is far too low: check its params, data_seen and task, and whether it saw the test data"
    percent = 100 * abs(np.expm1(error))
    return f"another tokenizer, split or recipe: its value is {percent:.0f} % {'above' if error > 0 else 'below'} the law"


def _with(rows: Rows, **columns: Array) -> Rows:
    return Rows({**rows.columns, **columns}, rows.members, rows.pools, rows.n)


def _epochs(rows: Rows) -> Iterator[Repair]:
    """Repeats that were not logged, or logged where there were none."""
    if {"data_seen", "data_unique"} <= set(rows.columns):
        fresh = _with(rows, data_unique=rows.columns["data_seen"])
        yield Repair(fresh, 0.0, "its data are fresh, though its data_unique says that it repeats them")
        for times in (2.0, 4.0, 8.0, 16.0, 32.0, 64.0):
            words = f"it repeats its data about {times:.0f} times, though its data_unique does not say so"
            yield Repair(_with(rows, data_unique=rows.columns["data_seen"] / times), 0.0, words)


def _pools(rows: Rows) -> Iterator[Repair]:
    """A run on one pool, as if it had been on another of the same amounts."""
    members = rows.members
    if members is None or (members["share"] > 0).sum(axis=1).max() != 1:
        return
    at = int(members["share"][0].argmax())
    for other, pool in enumerate(rows.pools):
        if other != at:
            moved = {name: _moved(array, at, other) for name, array in members.items()}
            yield Repair(Rows(rows.columns, moved, rows.pools, rows.n), 0.0, f"it was trained on pool {pool}")


def _moved(array: Array, one: int, other: int) -> Array:
    out = array.copy()
    out[:, [one, other]] = array[:, [other, one]]
    return out
