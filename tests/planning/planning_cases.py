"""Fits made from published constants, so that a plan can be held against published numbers."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import polars as pl

from pipeline.fitting.frames import budget
from pipeline.fitting.result import Fit, Misfit
from pipeline.laws.engine.compile import compiled
from pipeline.laws.law import Law


def fit_of(law: Law, values, pools=(), draws=200, spread=0.01, misfit=None, seed=0, runs=None):
    """What plans read of a Fit to `runs`, at known constants, with draws scattered around them by `spread` in ln."""
    shared = [(p.name, None) for p in law.parameters if p.per is None]
    index = shared + [(p.name, pool) for p in law.parameters if p.per for pool in pools]
    estimate = np.array([values[name] if pool is None else values[name][pool] for name, pool in index])
    noise = np.random.default_rng(seed).standard_normal((draws, len(index)))
    scattered = estimate * np.exp(spread * noise)
    found = SimpleNamespace(law=law, index=index, estimate=estimate, draws=scattered, misfit=misfit or Misfit())
    found.code, found.log_residuals, found.axis, found.schedules = compiled(law), True, (), ()
    costs = None if runs is None else budget(law, runs)
    found.largest = {} if costs is None else {"budget": float(np.nanmax(costs))}
    for name in ("erring", "distance", "law_error"):
        setattr(found, name, partial(getattr(Fit, name), found))
    return found


def study_of(metric="loss", **plan):
    """A study as far as plans read it."""
    return SimpleNamespace(study="case", metric=metric, plan=plan)


def pool_runs(sizes: dict[str, float], seen=128e6) -> pl.DataFrame:
    """One run on each pool."""
    members = [[{"pool": pool, "share": 1.0, "unique": size}] for pool, size in sizes.items()]
    return pl.DataFrame({"data_seen": [seen] * len(sizes), "members": members, "value": [0.7] * len(sizes)})
