"""Where the best pool set changes: as the runs show it, and as a law says that saw single pools and nested unions alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Study
from pipeline.study.observations import observations, pool_order, without_needs

NESTED = ("clean", "best2", "best3", "best4", "all")
SINGLE = ("shuffle", "typos", "markup", "noise")
BUDGETS = np.geomspace(1e5, 3e7, 400)


@dataclass(frozen=True)
class Switch:
    """From which budget on the next nested set is better, tokens: measured, and the law's with the 5th and 95th percentile."""

    measured: float
    predicted: float
    low: float
    high: float

    @property
    def miss(self) -> float:
        """ln predicted − ln measured."""
        return float(np.log(self.predicted / self.measured))


def runs_of_pools(warehouse: Warehouse, study: Study) -> pl.DataFrame:
    """All runs of the study's size, sealed or not, with the mean loss over seeds of each set and budget."""
    every = study.model_copy(update={"runs": "dataset = 'wind-tunnel-pools' AND recipe = 'baseline' AND width = 32"})
    used = observations(warehouse.connection, every).filter("used")
    return used.with_columns(loss=pl.col("value").mean().over("pool", "data_seen"))


def fitted(warehouse: Warehouse, study: Study, law: str) -> Fit:
    """The study's law on single pools and nested unions; no mixture and no sealed run."""
    seen = observations(warehouse.connection, study).filter(pl.col("pool").is_in(NESTED + SINGLE))
    fix, prior = study.constants_for(laws[law])
    rows, pools = without_needs(laws[law], seen), pool_order(warehouse.connection, seen)
    return fit(laws[law], rows, draws=200, seed=study.seed, fix=fix or None, prior=prior or None, pools=pools)


def curve(found: Fit, runs: pl.DataFrame, pool: str) -> np.ndarray:
    """Losses of a set over BUDGETS: the estimate's first, then each draw's."""
    one = runs.filter(pool=pool).head(1)
    frame = pl.concat([one] * len(BUDGETS)).with_columns(data_seen=pl.Series(BUDGETS))
    theta = np.vstack([found.estimate, found.draws])
    return compiled(found.law).value(theta, rows_from_frame(found.law, frame, found.pools))


def predicted_switches(found: Fit, runs: pl.DataFrame, smaller: str, larger: str) -> np.ndarray:
    """The budget from which the larger set is better, by the estimate and by each draw; infinite where it never is."""
    better = curve(found, runs, larger) < curve(found, runs, smaller)
    return np.where(better.any(axis=1), BUDGETS[better.argmax(axis=1)], np.inf)


def measured_switch(runs: pl.DataFrame, smaller: str, larger: str) -> float:
    """The same from the runs: the difference of the two sets, linear in ln tokens between budgets."""
    losses = runs.unique(["pool", "data_seen"]).pivot("pool", index="data_seen", values="loss").sort("data_seen")
    both = losses.select("data_seen", gap=pl.col(larger) - pl.col(smaller)).drop_nulls()
    seen, gap = np.log(both["data_seen"].to_numpy()), both["gap"].to_numpy()
    at = int(np.flatnonzero(gap < 0)[0])
    return float(np.exp(seen[at - 1] + (seen[at] - seen[at - 1]) * gap[at - 1] / (gap[at - 1] - gap[at])))


def switch(found: Fit, runs: pl.DataFrame, smaller: str, larger: str) -> Switch:
    """Prediction and measurement of one switch."""
    places = predicted_switches(found, runs, smaller, larger)
    low, high = np.quantile(places[1:], [0.05, 0.95], method="nearest")
    return Switch(measured_switch(runs, smaller, larger), float(places[0]), float(low), float(high))


def best(runs: pl.DataFrame, pools: tuple[str, ...], budget: float) -> str:
    """The set with the least loss at a budget, among those trained there."""
    return str(runs.filter(pl.col("pool").is_in(pools), pl.col("data_seen") == budget).sort("loss")["pool"][0])
