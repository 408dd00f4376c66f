"""Whether small runs repeat their pools as often as a plan does: epochs of each pool, and the factor between two of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.errors import LawbookError
from pipeline.schema.numbers_in_words import amount

if TYPE_CHECKING:
    from pipeline.study.declaration import Study

Array = NDArray[np.float64]
TOLERANCE = 1.25
"""Epochs that differ by more than this factor are another question (Zhou et al. 2026, arXiv:2606.07597)."""
NAMED = 3
"""Runs that a sentence names."""


@dataclass(frozen=True)
class Matched:
    """How many runs on a pool repeat it as a plan does, how many do not, and the median factor of those."""

    matched: int
    unmatched: int
    factor: float | None


def epochs_of(runs: pl.DataFrame, pool: str) -> Array:
    """Epochs of a pool in each run that draws from it: share of the stream times samples seen over unique samples drawn from."""
    if "members" not in runs.columns or runs.schema["members"] == pl.Null:
        return np.empty(0)
    keys = ["run_key"] if "run_key" in runs.columns else []
    parts = runs.select(*keys, "data_seen", "members").explode("members").drop_nulls("members").unnest("members")
    own = parts.filter((pl.col("pool") == pool) & (pl.col("share") > 0))
    epochs = pl.col("share") * pl.col("data_seen") / pl.col("unique")
    last = own.group_by(keys, maintain_order=True).agg(epochs.max()) if keys else own.select(epochs)
    return last[:, -1].drop_nulls().to_numpy()


def mismatch(planned: float, epochs: Array) -> Array:
    """The factor between the plan's epochs and a run's, at least 1; up to one epoch nothing is repeated, and all is alike."""
    least = np.maximum(epochs, 1.0)
    return np.maximum(max(planned, 1.0) / least, least / max(planned, 1.0))


def matched(runs: pl.DataFrame, pool: str, planned: float) -> Matched:
    """The runs on a pool, told apart by whether they repeat it as the plan does."""
    factor = mismatch(planned, epochs_of(runs, pool))
    off = factor > TOLERANCE
    return Matched(int((~off).sum()), int(off.sum()), float(np.median(factor[off])) if off.any() else None)


@dataclass(frozen=True)
class Repeats:
    """Epochs of a pool in the runs that draw from it, and in the study's largest planned run: between all pools and it alone.

    factor: how many times the nearest of the runs differs from that range; 1 where one lies in it.
    """

    pool: str
    runs: int
    least: float
    most: float
    planned_least: float
    planned_most: float
    factor: float

    @property
    def matches(self) -> bool:
        """Whether some run repeats the pool as a plan might."""
        return self.factor <= TOLERANCE


def against_plan(runs: pl.DataFrame, plan: Mapping[str, Any]) -> list[Repeats]:
    """The repeats of each pool against [plan] data_seen; none where the study plans no data or its runs have no pools."""
    planned = plan.get("data_seen")
    if not planned or "members" not in runs.columns or runs.schema["members"] == pl.Null:
        return []
    parts = runs.select("members").explode("members").drop_nulls("members").unnest("members")
    amount = pl.max_horizontal([pl.col(name) for name in ("size", "unique") if name in parts.columns])
    sizes = dict(parts.group_by("pool", maintain_order=True).agg(amount.max().alias("amount")).drop_nulls().iter_rows())
    seen, total = max(planned), sum(sizes.values())
    return [_repeats(pool, epochs_of(runs, pool), seen / total, seen / size) for pool, size in sizes.items()]


def _repeats(pool: str, epochs: Array, low: float, high: float) -> Repeats:
    inside = np.clip(epochs, low, high)
    factor = min(float(mismatch(near, np.array([own]))[0]) for near, own in zip(inside, epochs, strict=True))
    return Repeats(pool, len(epochs), float(epochs.min()), float(epochs.max()), low, high, factor)


@dataclass(frozen=True)
class Unlike:
    """A mixture run that repeats a source otherwise than the plan's data would at the run's own shares, and by which factor."""

    run: str
    pool: str
    epochs: float
    planned: float
    factor: float


@dataclass(frozen=True)
class Proxies:
    """The mixtures smaller than the largest planned run: how many, and those that do not repeat their sources as it would."""

    planned_data: float
    runs: int
    unlike: tuple[Unlike, ...]

    @property
    def words(self) -> str | None:
        """The runs that differ, worst first; None where all match."""
        if not self.unlike:
            return None
        named = ", ".join(
            f"{each.run} ({each.epochs:.3g} epochs of {each.pool} instead of {each.planned:.3g}: {each.factor:.3g} times)"
            for each in self.unlike[:NAMED]
        )
        more = ", ..." if len(self.unlike) > NAMED else ""
        runs = f"{len(self.unlike)} of {self.runs} small mixture run{'' if self.runs == 1 else 's'}"
        verb = "repeats" if len(self.unlike) == 1 else "repeat"
        told = (
            f"{runs} {verb} a source otherwise than a run on {amount(self.planned_data)} would at the same shares: {named}{more}"
        )
        return f"{told}; the best shares found on them need not be the plan's, and plan_proxies has runs that match"


def proxies(runs: pl.DataFrame, plan: Mapping[str, Any]) -> Proxies | None:
    """The small mixture runs against [plan] data_seen; None where there are none, or nobody says how large their pools are."""
    planned = plan.get("data_seen")
    if not planned or "members" not in runs.columns or runs.schema["members"] == pl.Null:
        return None
    target = float(max(planned))
    last = runs.sort("data_seen", maintain_order=True).unique("run_key", keep="last", maintain_order=True)
    mixed = last.filter((pl.col("members").list.len() > 1) & (pl.col("data_seen") < target))
    parts = mixed.select("run_id", "data_seen", "members").explode("members").unnest("members")
    whole = pl.col("size") if "size" in parts.columns else pl.col("unique")
    told = parts.select(
        "run_id",
        "pool",
        epochs=pl.col("share") * pl.col("data_seen") / pl.col("unique"),
        planned=pl.col("share") * target / pl.coalesce(whole, "unique"),
    ).drop_nulls()
    if told.is_empty():
        return None
    factors = [float(mismatch(row["planned"], np.array([row["epochs"]]))[0]) for row in told.iter_rows(named=True)]
    worst = told.with_columns(factor=pl.Series(factors)).sort("factor", "run_id", "pool", descending=[True, False, False])
    off = worst.unique("run_id", keep="first", maintain_order=True).filter(pl.col("factor") > TOLERANCE)
    return Proxies(target, told["run_id"].n_unique(), tuple(Unlike(*row) for row in off.rows()))


def proxy_words(connection: duckdb.DuckDBPyConnection, studies: Iterable[Study]) -> Iterator[str]:
    """A sentence for each study whose small mixture runs among those of a store do not repeat their sources as its plan does."""
    from pipeline.study.observations import observations

    for study in studies:
        if not study.plan.get("data_seen"):
            continue
        try:
            found = proxies(observations(connection, study).filter("used"), study.plan)
        except LawbookError:  # the store holds none of its runs
            continue
        if found is not None and found.words:
            yield f"study {study.study}: {found.words}"
