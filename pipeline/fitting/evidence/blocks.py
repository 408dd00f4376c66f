"""The held-out design of a cohort: which rows every rival is trained on and which it then forecasts, along every axis.

One design serves all laws, so that their errors are of the same runs after the same training sets. Ordered axes (compute, size,
data, epochs) hold out what lies at or above an origin; grouped ones (mixture, schedule) hold out one group at a time. Budgets
within the tolerance of one isoFLOP profile are one level: no origin cuts a profile in two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.laws.law import Law

Array = np.ndarray
TOLERANCE = 0.3
"""Budgets of one profile jitter by 10 to 25 %: values within a factor of 1 + TOLERANCE are one level."""
SAME = 0.05
"""Sizes that differ by less are one size."""
PARTS = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Shares of the distinct levels below an origin."""
REACHES = (0.5, 1.0)
"""Decades below the largest level at which an origin stands too."""
TOP = 2
"""Origins along the axes that are not compute: the last ones, where plans go on from."""
GROUPS = 12
"""Most mixtures or schedules that are left out, one at a time."""
SIZES = ("params", "params_nonembedding", "params_active")
SCHEDULE = ("lr_schedule", "data_planned", "warmup", "peak_lr", "final_lr")
"""Columns that tell one schedule from another, where runs log them."""
APART = "|"
"""What stands between the columns in the text of a schedule."""
SAME_EPOCHS = 1e-6
"""Decades by which epochs beyond those of the runs are none."""
LEVEL = "level"
"""The axis of sets too small for an origin: each level of what runs cost is left out, one at a time."""
GROUPED = ("mixture", "schedule", LEVEL)
"""Axes along which groups are left out, one at a time: each is an independent error."""
SPARE, LEAST_SPARE = 2, 1
"""Points that a training set has beyond one for each parameter; the least is of a set that no origin would leave so many."""
REPEATED = 1.5
"""Epochs from which data counts as repeated: the axis of epochs is held out where some runs repeat and others do not."""


@dataclass(frozen=True)
class Block:
    """One training set and what is held out from it: masks over the rows of a frame.

    axis: compute, size, data, epochs, mixture or schedule. part: share of the levels below the origin; a group's number where
    one is left out. origin: the least value held out, NaN for a group. distance: log10 of each row's value on the axis (of its
    cost, for a group) over the largest that is trained on.
    """

    axis: str
    part: float
    origin: float
    distance: Array
    train: Array
    test: Array

    @property
    def reach(self) -> float:
        """Decades from the largest trained value to the largest that is held out."""
        return float(np.nanmax(self.distance[self.test], initial=-np.inf))


@dataclass(frozen=True)
class Design:
    """The blocks of a cohort, and what a run costs (rows,) on the one axis of all its laws, NaN where a row does not say."""

    blocks: tuple[Block, ...]
    cost: Array
    axis: tuple[str, ...]


def design(frame: pl.DataFrame, reads: Collection[str], free: int) -> Design:
    """The held-out blocks of the rows of `frame`, of which those that are `used` count.

    reads: the columns of all rivals together, which decide the axes. free: the most free parameters among them; a training set
    that could not inform these is none.
    """
    used = frame["used"].to_numpy().astype(bool) if "used" in frame.columns else np.ones(frame.height, bool)
    axis = cost_axis(frame.filter(pl.Series(used)) if frame.height else frame, reads)
    cost = cost_of(axis, frame)
    run = _numbered(frame["run_key"]) if "run_key" in frame.columns else np.arange(frame.height)
    proposed = [*_proposed(frame, reads, np.where(used, cost, np.nan), used)]
    found = [block for block in proposed if enough(block.train, run, used, free)]
    if not found:
        proposed += _each_level(cost, used)
        found = [block for block in proposed if enough(block.train, run, used, free, LEAST_SPARE)]
    first = {block.train.tobytes(): place for place, block in reversed([*enumerate(found)])}
    return Design(tuple(found[place] for place in sorted(first.values())), cost, axis)


def common_design(laws: Sequence[Law], frame: pl.DataFrame, pools: Collection[str] = ()) -> Design:
    """The one design of laws that compete on these rows: the columns of all of them, and the most parameters of any.

    pools: those that per-pool parameters have levels of.
    """
    levels_of = [sum(len(pools) if p.per is not None else 1 for p in law.parameters) for law in laws]
    return design(frame, sorted({name for law in laws for name in law.columns}), max(levels_of, default=0))


def cost_axis(frame: pl.DataFrame, reads: Collection[str]) -> tuple[str, ...]:
    """The columns that say what a run costs: size and data where a law reads both, else the first known of compute, data, size.

    Capability is linear in ln compute and has either sign: it counts by its exponential.
    """
    size = next((name for name in SIZES if name in reads), None)
    if size is not None and "data_seen" in reads and _known(frame, size) and _known(frame, "data_seen"):
        return size, "data_seen"
    names = ("flops", "data_seen", *SIZES, "step", *sorted(reads))
    return tuple(next(([name] for name in names if name in reads and _known(frame, name)), []))


def cost_of(axis: tuple[str, ...], frame: pl.DataFrame) -> Array:
    """What each row costs on that axis: 6·params·data_seen of two columns, a column itself; NaN where it is not known."""
    if not axis or any(name not in frame.columns for name in axis):
        return np.full(frame.height, np.nan)
    values = [frame[name].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy().astype(float) for name in axis]
    if len(values) == 2:
        return np.asarray(6.0 * values[0] * values[1])
    return np.asarray(np.exp(values[0])) if axis == ("capability",) else values[0]


def enough(train: Array, run: Array, used: Array, free: int, spare: int = SPARE) -> bool:
    """Whether a training set can inform the laws: points for every parameter, and half of the runs or as many as parameters."""
    train = train & used
    runs, among = len(np.unique(run[train])), len(np.unique(run[used]))
    return bool(train.sum() >= free + spare and runs >= min(free + spare, max(2, among // 2), among))


def levels(values: Array, tolerance: float = TOLERANCE) -> Array:
    """(n,) the level of each value, from 0: a level begins where a value exceeds the least of the last by the tolerance."""
    order = np.argsort(values, kind="stable")
    found, level, least = np.empty(len(values), int), -1, -np.inf
    for place in order:
        if level < 0 or values[place] > least * (1 + tolerance):
            level, least = level + 1, values[place]
        found[place] = level
    return found


def ordered(axis: str, values: Array, tolerance: float = TOLERANCE, last: int | None = None) -> Iterator[Block]:
    """Origins along one axis: at PARTS of its levels, REACHES below the top, and the top level alone. NaN is in no block.

    last: only so many origins, those with the largest training sets.
    """
    known = np.isfinite(values) & (values > 0)
    if not known.any():
        return
    level = np.full(len(values), -1)
    level[known] = levels(values[known], tolerance)
    count = int(level.max()) + 1
    least = np.array([values[level == k].min() for k in range(count)])
    cuts = {int(part * count) for part in PARTS} | {count - 1}
    cuts |= {int(np.searchsorted(least, least[-1] / 10**reach * (1 + 1e-9))) for reach in REACHES}
    chosen = sorted(cut for cut in cuts if 0 < cut < count)
    for cut in chosen if last is None else chosen[-last:]:
        train, test = known & (level < cut), known & (level >= cut)
        yield Block(axis, cut / count, float(least[cut]), _beyond(values, train), train, test)


def _beyond(values: Array, train: Array) -> Array:
    """log10 of each value over the largest that is trained on; 0 where values are not known."""
    known = values[train & ~np.isnan(values)]
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.log10(values / known.max(initial=-np.inf)), posinf=0.0, neginf=0.0)


def grouped(axis: str, group: Array, of: Array, used: Array, cost: Array) -> Iterator[Block]:
    """Each group that `of` selects left out in turn, at most GROUPS of them, evenly chosen; none where fewer than three are."""
    names = np.unique(group[of & used])
    if len(np.unique(group[used])) < 3 or not len(names):
        return
    for name in names[np.unique(np.linspace(0, len(names) - 1, min(GROUPS, len(names))).astype(int))]:
        out = (group == name) & used
        yield Block(axis, float(name), np.nan, _beyond(cost, used & ~out), used & ~out, out)


def _each_level(cost: Array, used: Array) -> Iterator[Block]:
    """Each level of what the used rows cost, left out in turn."""
    known = used & np.isfinite(cost) & (cost > 0)
    level = np.full(len(cost), -1)
    level[known] = levels(cost[known])
    yield from grouped(LEVEL, level, known, known, cost)


def _proposed(frame: pl.DataFrame, reads: Collection[str], cost: Array, used: Array) -> Iterator[Block]:
    """Blocks along every axis that the laws read, compute first."""
    yield from ordered("compute", cost)
    size = next((name for name in SIZES if name in reads), None)
    if size is not None:
        yield from ordered("size", _values(frame, size, used), SAME, TOP)
    if "data_seen" in reads:
        yield from ordered("data", _values(frame, "data_seen", used), TOLERANCE, TOP)
    repeats = _epochs(frame, used) if {"data_unique", "epochs"} & set(reads) or "members" in frame.columns else None
    if repeats is not None and np.nanmin(repeats, initial=np.inf) < REPEATED <= np.nanmax(repeats, initial=0.0):
        yield from ordered("epochs", repeats, TOLERANCE, TOP)
    if "members" in frame.columns and frame.schema["members"] != pl.Null:
        mixture, mixed = _mixtures(frame["members"])
        yield from grouped("mixture", mixture, mixed, used, cost)
    if set(SCHEDULE) & set(reads) or "lr" in reads:
        schedule = _numbered(schedules_of(frame))
        yield from grouped("schedule", schedule, used, used, cost)


def schedules_of(frame: pl.DataFrame) -> pl.Series:
    """The schedule of each row, as one text with a place for each of SCHEDULE, empty where the row does not say it."""
    return frame.select(pl.concat_str([_said(frame, name) for name in SCHEDULE], separator=APART).alias("schedule")).to_series()


def new_schedules(frame: pl.DataFrame, schedules: Collection[str]) -> Array:
    """(n,) whether no one of the schedules agrees with a row in all that the row says of its own."""
    known = [each.split(APART) for each in schedules]
    own = schedules_of(frame)
    new = {text: not any(_agree(text.split(APART), each) for each in known) for text in own.unique().to_list()}
    return np.array([new[text] for text in own.to_list()], dtype=bool)


def _agree(said: Sequence[str], known: Sequence[str]) -> bool:
    return all(not one or one == other for one, other in zip(said, known, strict=True))


def _said(frame: pl.DataFrame, name: str) -> pl.Expr:
    if name not in frame.columns:
        return pl.lit("")
    value = pl.col(name) if name == SCHEDULE[0] else pl.col(name).cast(pl.Float64, strict=False)
    return value.cast(pl.String).fill_null("")


def epochs_of(frame: pl.DataFrame) -> Array:
    """(n,) epochs of each row over its unique data, NaN where it does not say."""
    found = _epochs(frame, np.ones(frame.height, bool))
    return np.full(frame.height, np.nan) if found is None else found


def left_runs(frame: pl.DataFrame, epochs: float | None, schedules: Collection[str], distance: Array) -> dict[str, Array]:
    """How far rows leave runs of at most so many epochs, and of those schedules, by axis; NaN where they do not.

    Decades of epochs; of a schedule that no run had, the row's distance along compute.
    """
    found = {}
    if epochs:
        with np.errstate(all="ignore"):
            beyond = np.log10(epochs_of(frame) / epochs)
        found["epochs"] = np.where(beyond > SAME_EPOCHS, beyond, np.nan)
    if schedules:
        found["schedule"] = np.where(new_schedules(frame, schedules), distance, np.nan)
    return found


def _epochs(frame: pl.DataFrame, used: Array) -> Array | None:
    """Epochs of each row over its unique data, where it says."""
    if "data_unique" not in frame.columns or "data_seen" not in frame.columns:
        return None
    return np.asarray(_values(frame, "data_seen", used) / _values(frame, "data_unique", used))


def _mixtures(members: pl.Series) -> tuple[Array, Array]:
    """The number of each row's mixture of pools, and whether it draws from more than one."""
    parts = [tuple((m["pool"], round(m["share"], 6)) for m in row or () if m["share"]) for row in members.to_list()]
    return _numbered(pl.Series([repr(row) for row in parts])), np.array([len(row) > 1 for row in parts], dtype=bool)


def _values(frame: pl.DataFrame, name: str, used: Array) -> Array:
    if name not in frame.columns:
        return np.full(frame.height, np.nan)
    values = frame[name].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy().astype(float)
    return np.where(used, values, np.nan)


def _known(frame: pl.DataFrame, name: str) -> bool:
    return name in frame.columns and frame.height > 0 and frame[name].cast(pl.Float64, strict=False).null_count() < frame.height


def _numbered(values: pl.Series) -> Array:
    """A number for each distinct value, in order of the values."""
    return np.unique(values.cast(pl.String).fill_null("").to_numpy().astype(str), return_inverse=True)[1]
