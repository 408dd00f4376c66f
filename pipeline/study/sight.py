"""What a law cannot see of the runs that it was fitted to: columns that the runs move and that it does not read.

A law that is blind to repeats takes repeated data for fresh; one that is blind to the amount of data takes it for the doing of
size. Its optimum may look clean all the same, so that a law that is blind to many of its runs answers no question of the study.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from pipeline.laws.law import Law
from pipeline.schema import RUNS
from pipeline.study.reductions import responds

SIZES = ("params", "params_nonembedding", "params_active", "params_average")
REPEATS, VARIES = 1.5, 1.25
"""From so many epochs on a run repeats its data; from this factor off the usual value on, a run moves a column."""
FEW = 0.1
"""Up to this part of the runs may do what a law cannot see: the fit is then weak, beyond it the law cannot answer."""


@dataclass(frozen=True)
class Axis:
    """Something that runs do: how a message calls it, the columns of a law that see it, and which runs do it."""

    name: str
    seen_by: frozenset[str]
    does: str
    moved: Callable[[pl.DataFrame], pl.Series]
    fix: str

    def seen(self, law: Law) -> bool:
        """Whether the law reads a column, of the run or of its pools, that tells."""
        return bool(self.seen_by & {*law.columns, *law.member_columns})


@dataclass(frozen=True)
class Blind:
    """What a law does not see, in words, and the part of the runs that does it."""

    message: str
    fix: str
    share: float

    @property
    def answers(self) -> bool:
        """Whether so few runs do it that the law may still answer."""
        return self.share <= FEW


def _repeated(runs: pl.DataFrame) -> pl.Series:
    names = [name for name in ("epochs", "data_unique", "data_seen") if name in runs.columns]
    logged = pl.col("epochs") if "epochs" in names else pl.lit(None, pl.Float64)
    derived = pl.col("data_seen") / pl.col("data_unique") if len({*names} - {"epochs"}) == 2 else pl.lit(None, pl.Float64)
    return runs.select((pl.coalesce(logged, derived) >= REPEATS).fill_null(False).alias("moved")).to_series()


def _off(*names: str) -> Callable[[pl.DataFrame], pl.Series]:
    """Which runs lie off the most usual value of the first of the columns that is logged."""

    def moved(runs: pl.DataFrame) -> pl.Series:
        name = next((n for n in names if n in runs.columns and runs[n].drop_nulls().len()), None)
        if name is None:
            return pl.Series("moved", [False] * runs.height)
        values = runs[name].cast(pl.Float64)
        usual = values.drop_nulls().round_sig_figs(2).mode().sort().first()
        return ((values / usual > VARIES) | (values / usual < 1 / VARIES)).fill_null(False).alias("moved")

    return moved


AXES = (
    Axis(
        "repeats",
        frozenset({"data_unique", "epochs", "unique"}),
        "repeat their data",
        _repeated,
        "ask a law that reads data_unique, like data_constrained, or leave those runs out with exclude = 'epochs >= 1.5'",
    ),
    Axis(
        "model size",
        frozenset({*SIZES, "flops", "layers", "width"}),
        "have another size",
        _off(*SIZES),
        "ask a law that reads params, or narrow `runs` to one size or say group_by = ['params']",
    ),
    Axis(
        "the amount of data",
        frozenset({"data_seen", "flops", "data_unique", "epochs", "step", "steps_min", "s1"}),
        "have another amount of data",
        _off("data_seen"),
        "ask a law that reads data_seen, or narrow `runs` to one amount or say group_by = ['data_seen']",
    ),
)


def looks_through(law: Law) -> bool:
    """Whether a law reads something that stands for size and data: another metric, or a column that no run has by itself."""
    own = {*RUNS, "step", "lr", "data_planned", *(name for axis in AXES for name in axis.seen_by)}
    return bool(set(law.columns) - own) or not (law.pooled or law.columns)


def blind(law: Law, frame: pl.DataFrame) -> list[Blind]:
    """What the law does not see of the used runs of an observation frame; the last point of each run counts.

    A law of a setting (the best batch as a power of data alone) says on purpose what it depends on: it is blind to nothing.
    """
    runs = frame.filter("used") if "used" in frame.columns else frame
    if responds(law) or looks_through(law) or runs.is_empty():
        return []
    if "run_key" in runs.columns and "data_seen" in runs.columns:
        runs = runs.sort("data_seen").unique("run_key", keep="last", maintain_order=True)
    found = []
    for axis in AXES:
        many = 0 if axis.seen(law) else int(axis.moved(runs).sum())
        if many:
            words = f"{law.name} does not see {axis.name}: {many} of your {runs.height} runs {axis.does}"
            found.append(Blind(words, axis.fix, many / runs.height))
    return found
