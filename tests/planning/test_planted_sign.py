"""A planted study: a second pool helps models that are short of the first and harms those that have plenty of it."""

from functools import cache

import numpy as np
import polars as pl
import pytest
from planning_cases import study_of

from pipeline.fitting import Fit, fit
from pipeline.laws import laws
from pipeline.laws.catalogue.mixtures.harmful_pool import C4
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.planning import PLANS

POOLS, HUGE = ("human", "machine"), 1e13
NOISE = 1e-3


def run(params: float, first: float, ratio: float) -> dict[str, object]:
    """A run on `first` tokens of the first pool and `ratio` times as many of the second, all fresh."""
    parts = ((POOLS[0], 1 / (1 + ratio)), (POOLS[1], ratio / (1 + ratio)))
    members = [{"pool": p, "share": s, "unique": HUGE, "size": HUGE} for p, s in parts if s]
    return {"params": params, "data_seen": first * (1 + ratio), "members": members}


def truth(frame: pl.DataFrame) -> np.ndarray:
    theta = np.array([[*C4_IN_ORDER, 1.0, 0.0]])
    return compiled(laws["harmful_pool"]).value(theta, rows_from_frame(laws["harmful_pool"], frame, POOLS))[0]


C4_IN_ORDER = [C4[p.name] for p in laws["harmful_pool"].parameters if p.per is None]


@cache
def planted() -> pl.DataFrame:
    """150 runs of ten to 250 million parameters, two to eighty tokens a parameter, up to four times the second pool."""
    rng, ratios = np.random.default_rng(4), (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
    sizes, per = 10 ** rng.uniform(7, 8.4, 150), 2 * 40 ** rng.uniform(0, 1, 150)
    frame = pl.DataFrame([run(n, n * t, ratios[i % 6]) for i, (n, t) in enumerate(zip(sizes, per, strict=True))])
    noise = np.exp(NOISE * rng.standard_normal(frame.height))
    return frame.with_columns(run_key=pl.Series([str(i) for i in range(150)]), value=pl.Series(truth(frame) * noise))


@cache
def fitted(name: str) -> Fit:
    return fit(laws[name], planted(), draws=100 if name == "harmful_pool" else 0, pools=POOLS)


def effects(value: object, cells: list[tuple[float, float, float]]) -> np.ndarray:
    """What the second pool changes in each cell (params, first tokens, ratio)."""
    mixed, alone = (pl.DataFrame([run(n, d, r if second else 0.0) for n, d, r in cells]) for second in (True, False))
    return value(mixed) - value(alone)  # type: ignore[operator]  # a function of a frame


CELLS = [(n, n * t, r) for n in (1e7, 5e7, 2.5e8) for t in (2.0, 5.0, 25.0, 60.0) for r in (0.5, 1.0, 2.0)]


def right(name: str) -> float:
    """The share of the cells in which a law's fit has the sign of the truth."""
    return float((np.sign(effects(fitted(name).value, CELLS)) == np.sign(effects(truth, CELLS))).mean())


def test_the_threshold_is_recovered_and_inside_its_interval() -> None:
    grid = np.geomspace(2, 80, 4001)
    size = 1e9
    exact = effects(truth, [(size / t, size, 1.0) for t in grid])
    threshold = float(grid[np.flatnonzero(exact > 0)[0]])
    part = pl.element().struct
    sized = pl.struct(part.field("pool"), part.field("share"), unique=pl.lit(size), size=pl.lit(size))
    frame = planted().with_columns(pl.col("members").list.eval(sized))
    row = PLANS["plan_pool_signs"].build(fitted("harmful_pool"), study_of(), frame).row(0, named=True)
    assert row["direction"] == "helps then harms"
    assert row["data_per_param"] == pytest.approx(threshold, rel=0.15)
    assert row["data_per_param_low"] <= threshold <= row["data_per_param_high"]


def test_the_law_of_the_sign_tells_who_gains_and_who_loses() -> None:
    assert right("harmful_pool") >= 0.95


@pytest.mark.parametrize("name", ["repeated_utility", "pooled_effective_loss"])
def test_the_theorem_and_effective_data_cannot(name: str) -> None:
    """Effective data finds no worth in it at all; the theorem sees no size, so that it says one thing of all models."""
    assert right(name) <= 0.75
    same_data = [(1e9 / t, 1e9, 1.0) for t in (3.0, 50.0)]
    assert np.unique(np.sign(effects(truth, same_data))).tolist() == [-1.0, 1.0]
    assert len(np.unique(np.sign(effects(fitted(name).value, same_data)))) == 1
