"""Where the search of a law begins that nests another: at that one's optimum too, from which bad minima are far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from pipeline.fitting.effort import Effort
from pipeline.fitting.setup import Setup, searched, set_up
from pipeline.laws import laws
from pipeline.laws.law import Law

Array = np.ndarray


def nested_start(
    setup: Setup, frame: pl.DataFrame, fix: Mapping[str, Any] | None, pools: Sequence[str] | None, seed: int, effort: Effort
) -> Array | None:
    """Natural parameters (P,) at which the law is the fitted law that it nests; None where it declares none (Law.nests)."""
    law = setup.law
    if not law.nests or law.variant_of is None:
        return None
    inner = laws[law.variant_of]
    smaller = set_up(inner, frame, setup.problem.objective, _of(inner, fix or {}), pools, setup.design)
    best = searched(smaller, seed, None, None, effort).best.w
    known = dict(zip(smaller.index, smaller.problem.natural(best[None])[0], strict=True))
    alike = {name: value for (name, pool), value in known.items() if pool is None}
    found = [known.get((name, pool), alike.get(name, law.nests.get(name, np.nan))) for name, pool in setup.index]
    return np.where(np.isfinite(setup.fixed), setup.fixed, np.array(found))


def _of(inner: Law, fix: Mapping[str, Any]) -> dict[str, Any]:
    """The constants that the nested law has too: of one pool where it has one of each."""
    per = {parameter.name: parameter.per for parameter in inner.parameters}
    parts = {key: key.partition("[")[::2] for key in fix}
    return {key: fix[key] for key, (name, pool) in parts.items() if name in per and (not pool or per[name])}
