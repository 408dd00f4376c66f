"""What people vary among their runs and no column of runs holds: tags that are an axis, and tags that keep runs apart.

A log by hand calls its columns what it likes (sparsity, bits, method, shots). A number that takes several values at each setting
of all others is an axis along which a metric is asked. What moves the metric the same way wherever its levels meet is no noise:
no law of size and data may see such runs as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import duckdb
import numpy as np
import polars as pl

from pipeline.readers.drafts.drafted_metrics import is_result
from pipeline.store.frames import read_frame
from pipeline.store.statements import sql
from pipeline.study.proposals.axis import PREFIX, Axis, moves_apart, named, of_their_own
from pipeline.study.proposals.kinds import kinds_apart
from pipeline.study.proposals.turns import turns

POINTS = 3
"""Values of a tag, all else alike, that make it an axis: as many as a table of pass@1, pass@10 and pass@100 has."""
MOST_LEVELS, LEAST_CELLS, AGREED = 8, 4, 0.9
"""A tag of more values keeps no runs apart; so many settings must have two of them, and such a share agree on the better."""
CROSSED = 7
"""So many settings in a row of which one level is better in the first and the other in the rest: curves that cross. By chance one
in nine."""
MOSTLY = 0.8
"""The share of the runs that must lie where an axis has its points."""
MOST_SETTINGS = 16
"""Of more things that vary, as in the configurations of a tracker, nobody varied one and kept all others."""
SIZES = ("params", "data_seen")
OWN = (*SIZES, "recipe", "architecture")
SAME, ALIKE = ("value", "params", "data_seen"), 1 - 1e-9
"""Columns that a map may be fed from, and the correlation from which a tag is what feeds them."""


@dataclass(frozen=True)
class Varied:
    """What the tags of some runs tell: axes, and the tags that keep runs of one size and data apart, each with its least runs."""

    axes: tuple[Axis, ...] = ()
    apart: tuple[tuple[str, int], ...] = ()
    turns: tuple[Axis, ...] = ()
    """Axes, columns of runs among them, along which the metric is best between the ends."""
    worse: tuple[str, ...] = ()
    """Columns of runs along which the metric gets worse: no law that falls with them can be fitted."""


def varied(
    connection: duckdb.DuckDBPyConnection, place: dict[str, str | None], goal: str | None, shares: Sequence[str] = ()
) -> Varied:
    """The axes of a corpus under a metric, and what keeps its runs apart; `place` names both. `shares`: tags of its mixtures."""
    runs = _tagged(read_frame(connection, sql("select_tagged_runs"), place))
    turning, kinds = turns(runs, goal), kinds_apart(runs)
    worse = tuple(name for name in SIZES if goal and _is_worse_along(runs, name, goal))
    tags = [name for name in runs.columns if name.startswith(PREFIX) and not _repeats(runs, name)]
    tags = [name for name in tags if name.removeprefix(PREFIX) not in shares and runs[name].n_unique() > 1]
    settings = [name for name in (*OWN, *tags) if _is_setting(runs, name)]
    if not tags or goal is None or len(settings) > MOST_SETTINGS:
        return Varied(apart=tuple(kinds), turns=turning, worse=worse)
    own = _of_their_own(runs, [name for name in tags if not is_result(name)])
    axes = [axis for tag in own if (axis := _axis(runs, tag, settings, goal)) is not None]
    return Varied(tuple(axes), (*kinds, *_apart(runs, [name for name in settings if name in own])), turning, worse)


def _tagged(rows: pl.DataFrame) -> pl.DataFrame:
    """The runs with a column for each tag that is no text of its own for every run: numbers where all of its values are."""
    tags = [dict(zip(names or (), texts or (), strict=True)) for names, texts in rows.select("names", "texts").rows()]
    found = rows.drop("names", "texts")
    for name in dict.fromkeys(name for each in tags for name in each):
        texts = pl.Series(PREFIX + name, [each.get(name) for each in tags], dtype=pl.String)
        numbers = texts.cast(pl.Float64, strict=False)
        found = found.with_columns(numbers if numbers.null_count() == texts.null_count() else texts)
    return found


def _repeats(runs: pl.DataFrame, tag: str) -> bool:
    """Whether a tag is what a column of the run or its value is made of: params in millions, an error in percent."""
    if not runs.schema[tag].is_numeric():
        return False
    alike = runs.select(pl.corr(tag, name).abs().alias(name) for name in SAME).row(0)
    return any(each is not None and each > ALIKE for each in alike)


def _is_setting(runs: pl.DataFrame, name: str) -> bool:
    """Whether a column has several values, each in several runs: neither a constant nor something that was measured."""
    values = runs[name].drop_nulls()
    return 1 < values.n_unique() <= max(values.len() / 2, 1) and "seed" not in name


def _axis(runs: pl.DataFrame, tag: str, settings: Sequence[str], goal: str) -> Axis | None:
    """The tag as an axis, where most runs lie on lines along it that have points enough, all else alike."""
    if not runs.schema[tag].is_numeric() or runs[tag].n_unique() < POINTS:
        return None
    known = runs.drop_nulls(tag)
    others = [name for name in settings if name != tag and _varies_beside(known, name, tag)]
    lines = known.with_columns(pl.col(tag).n_unique().over(others or pl.lit(1)).alias("points"))
    kept = lines.filter(pl.col("points") >= POINTS)
    if kept.height < MOSTLY * runs.height:
        return None
    text, values = named(tag), kept[tag].to_numpy()
    if _worse(kept, tag, others, goal) or not values.min() > 0:
        if not (values.min() >= 0 and values.max() < 1):  # the rest of a share is an axis too: what a sparsity leaves
            return None
        text, values = f"1 - {text}", 1 - values
    return Axis(tag.removeprefix(PREFIX), text, tuple(np.unique(values)), tuple(of_their_own(kept, others)))


def _varies_beside(runs: pl.DataFrame, name: str, tag: str) -> bool:
    """Whether a column is not alike along a tag: a number that each run has of its own, like its hours, says no other column."""
    if runs[tag].n_unique() < runs.height:
        return moves_apart(runs, name, tag)
    return runs.sort(tag)[name].rle().len() > runs[name].n_unique()


def _of_their_own(runs: pl.DataFrame, tags: Sequence[str]) -> list[str]:
    """The tags that no size, and no tag before them, says in other words."""
    own: list[str] = [name for name in SIZES if runs[name].n_unique() > 1]
    for tag in tags:
        if not any(_is_renamed(runs, tag, name) for name in own):
            own.append(tag)
    return [name for name in own if name in tags]


def _is_renamed(runs: pl.DataFrame, tag: str, name: str) -> bool:
    """Whether either column follows from the other, so that both are one axis: a width and the size that comes of it."""
    return not (moves_apart(runs, tag, name) or moves_apart(runs, name, tag))


def _worse(runs: pl.DataFrame, tag: str, others: Sequence[str], goal: str) -> bool:
    """Whether the metric gets worse with more of the tag on most lines."""
    return _rank_correlation(runs, tag, others) * (1 if goal == "lower" else -1) > 0


def _is_worse_along(runs: pl.DataFrame, column: str, goal: str) -> bool:
    """Whether the metric gets worse with more of a column on nearly every line of points enough, all other sizes alike."""
    others = [name for name in SIZES if name != column]
    known = runs.drop_nulls(column).with_columns(pl.col(column).n_unique().over(others).alias("points"))
    lines = known.filter(pl.col("points") > POINTS)
    return lines.height > 0 and _rank_correlation(lines, column, others) * (1 if goal == "lower" else -1) > AGREED


def _rank_correlation(runs: pl.DataFrame, column: str, others: Sequence[str]) -> float:
    """The mean over lines of the correlation of the ranks; 0 where a line has none."""
    lines = runs.group_by(others or pl.lit(1)).agg(pl.corr(column, "value", method="spearman").alias("with"))["with"]
    return float(lines.fill_nan(0.0).fill_null(0.0).to_numpy().mean())


def _apart(runs: pl.DataFrame, tags: Sequence[str]) -> list[tuple[str, int]]:
    """Tags of few levels of which one is better than another wherever both are, with the runs of the rarest level."""
    found = []
    for tag in tags:
        levels = runs[tag].drop_nulls().unique().sort()
        if levels.len() <= MOST_LEVELS and any(_agree(runs, tag, tags, *pair) for pair in combinations(levels, 2)):
            found.append((tag, min(runs[tag].drop_nulls().value_counts()["count"])))
    return found


def _agree(runs: pl.DataFrame, tag: str, tags: Sequence[str], one: object, other: object) -> bool:
    """Whether runs of one level lie on the same side of those of another in nearly all settings that have both, or their curves
    cross once."""
    cell = ["params", "data_seen", "flops", *(name for name in tags if name != tag)]
    sides = [
        runs.filter(pl.col(tag) == level).group_by(cell).agg(pl.col("value").mean().alias(name))
        for level, name in ((one, "one"), (other, "other"))
    ]
    both = sides[0].join(sides[1], on=cell, nulls_equal=True).sort(cell)
    above = both.select(pl.col("one") > pl.col("other")).to_series()
    if both.height < LEAST_CELLS:
        return False
    along_one = sum(both[name].n_unique() > 1 for name in cell) == 1
    once = along_one and both.height >= CROSSED and above.rle().len() == 2
    return once or abs(int(above.sum()) / both.height - 0.5) >= AGREED - 0.5
