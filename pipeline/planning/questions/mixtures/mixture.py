"""The best mixture weights at a budget: weights on the simplex, no pool seen more than a stated number of times."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.optimize import minimize

from pipeline.errors import PlanError
from pipeline.fitting.evidence.combination import CombinedFit
from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.pools.candidates import Budget, pool_budgets, values_of_sets
from pipeline.planning.pools.pool_sets import PoolSets, all_sets
from pipeline.planning.questions.pools.filtering import answers as sees_repeats
from pipeline.planning.ranking import order as best_first
from pipeline.planning.setting import Members, Setting

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

EPOCHS_MAX = 16.0
"""Epochs that no pool may exceed unless [plan] epochs says else: beyond them, few runs tell what repeats are worth."""
ENDLESS = 1e300
"""The size of a pool that nobody has told, for laws that read none."""
STARTS = 4
LEAST_WEIGHT = 1e-3
STEP = 1e-5
SUM_TOLERANCE = 1e-9


def answers(law: Law) -> bool:
    """Laws over pools that see how much data a run draws, or its shares alone: the latter speak of the budget of their runs."""
    return law.pooled and (sees_data(law) or (set(law.member_columns) == {"share"} and not law.columns))


def sees_data(law: Law) -> bool:
    """Whether a law tells one budget from another."""
    return "data_seen" in law.columns


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_mixture: one row a budget that can be spent within the limit of epochs; laws of shares alone have that of the runs."""
    setting = Setting(_scaled(fit), study, frame)
    limit = epochs_limit(setting)
    sets = all_sets(setting.pools, sizes_of(setting)[0])
    asked = pool_budgets(setting) if sees_data(setting.law) else [Budget(data_seen=setting.typical("data_seen"))]
    return pl.concat([row_of_budget(setting, sets, budget, limit) for budget in asked])


def epochs_limit(setting: Setting) -> float:
    """Epochs that no pool may exceed: as the study says; what a law takes for fresh it may draw once."""
    limit = float(max((setting.study.plan or {}).get("epochs") or [EPOCHS_MAX]))
    return limit if sees_repeats(setting.law) else min(limit, 1.0)


def reads_sizes(law: Law) -> bool:
    """Whether a law tells how much of a pool there is from how much of it is drawn."""
    return bool({"unique", "size"} & set(law.member_columns)) or "data_unique" in law.columns


def sizes_of(setting: Setting) -> tuple[Array, bool]:
    """Unique samples of each pool (K,), and whether they are known: of laws of shares alone they may be endless and alike."""
    try:
        return setting.sizes, True
    except PlanError:
        if reads_sizes(setting.law):
            raise
        return np.full(len(setting.pools), ENDLESS), False


def caps(setting: Setting, seen: float, limit: float) -> Array:
    """The largest share of each pool that stays within the limit of epochs: 1 where a law of shares alone knows no sizes."""
    sizes, known = sizes_of(setting)
    return np.minimum(1.0, limit * sizes / seen) if known else np.ones(len(setting.pools))


def _scaled(fit: Fit) -> Fit:
    """Of a combination the laws that tell budgets apart, where there are some."""
    return (fit.of(sees_data) or fit) if isinstance(fit, CombinedFit) else fit


def members_of(setting: Setting, weights: Array) -> Members:
    """Runs that draw the given shares (n, K) of all of each pool. Raises PlanError for weights that are no shares."""
    if (weights < -SUM_TOLERANCE).any() or not np.allclose(weights.sum(axis=1), 1.0, atol=1e-6):
        raise PlanError(
            f"mixture weights {weights.round(4).tolist()} must be at least 0 and sum to 1", fix="divide them by their sum"
        )
    share = np.clip(weights, 0.0, 1.0)
    sizes = np.where(share > 0, setting.sizes if reads_sizes(setting.law) else 1.0, 0.0)
    return Members(share, sizes, sizes)


def values_of_weights(setting: Setting, theta: Array, weights: Array, params: float, seen: float) -> Array:
    """The law at runs on mixtures of weights (n, K), for each row of theta: (batch, n)."""
    return setting.value(theta, members_of(setting, weights), **_columns(setting, weights, params, seen))


def error_of_weights(setting: Setting, weights: Array, params: float, seen: float) -> Array:
    """The sd (n,) of what the law itself may get wrong at runs on mixtures of weights (n, K)."""
    return setting.law_error(**_columns(setting, weights, params, seen))


def _columns(setting: Setting, weights: Array, params: float, seen: float) -> dict[str, Array]:
    run = {"data_seen": np.full(len(weights), seen), "data_unique": members_of(setting, weights).unique.sum(axis=1)}
    return run | ({"params": np.full(len(weights), params)} if np.isfinite(params) else {})


def best_weights(value: Callable[[Array], Array], starts: Array, cap: Array) -> Array:
    """Weights (K,) of least value under their caps: sequential quadratic programming from several starts.

    `value` maps weights (n, K) to what is to be least, (n,).
    """

    def of_one(weights: Array) -> float:
        return float(value(_shares(weights)[None])[0])

    def slope(weights: Array) -> Array:
        step = STEP * np.eye(len(weights))
        around = np.vstack([weights + step, np.maximum(weights - step, 0.0)])
        above, below = np.split(value(np.array([_shares(w) for w in around])), 2)
        return (above - below) / (STEP + np.minimum(weights, STEP))

    rule = {"type": "eq", "fun": lambda w: w.sum() - 1.0, "jac": lambda w: np.ones_like(w)}
    found = [feasible(start, cap) for start in starts]
    for start in list(found):
        result = minimize(of_one, start, jac=slope, method="SLSQP", bounds=[(0.0, c) for c in cap], constraints=[rule], tol=1e-13)
        found.append(feasible(np.where(result.x < LEAST_WEIGHT, 0.0, result.x), cap))
    return min(found, key=of_one)


def feasible(weights: Array, cap: Array) -> Array:
    """The weights under their caps with sum 1: what a cap cuts off goes to the pools with room, best fed first."""
    out = np.minimum(np.maximum(weights, 0.0), cap)
    missing = 1.0 - out.sum()
    if missing > 0:
        for place in [*np.flatnonzero(out > 0), *np.flatnonzero(out == 0)]:
            extra = min(missing, cap[place] - out[place])
            out[place] += extra
            missing -= extra
    return out / out.sum()


def _shares(weights: Array) -> Array:
    kept = np.maximum(weights, 0.0)
    return kept / kept.sum()


def row_of_budget(setting: Setting, sets: PoolSets, budget: Budget, limit: float) -> pl.DataFrame:
    """The row of one budget, from starts at the best pool sets."""
    of_params, of_seen = budget.of_sets(setting, sets)
    order = best_first(values_of_sets(setting, setting.estimate, sets, of_params, of_seen)[0], setting.measured)
    params, seen, best = of_params[order[:1]], of_seen[order[:1]], sets.take(order[:1])
    sizes, known = sizes_of(setting)
    allowed = seen[0] <= limit * sizes.sum()
    shares = sets.members(order[:STARTS]).share

    def turned(weights: Array) -> Array:
        return setting.turned(values_of_weights(setting, setting.estimate, weights, params[0], seen[0]))[0]

    weights = best_weights(turned, shares, caps(setting, seen[0], limit)) if allowed else shares[0]
    found, drawn = _beside_the_set(setting, weights, best, params, seen)
    used = np.flatnonzero(weights > 0)

    def gained(both: Array) -> Array:
        return setting.turned(both[:, 1:] - both[:, :1])

    return table(
        {
            "distance": budget.distance(setting, params, seen),
            "params": params,
            "data_seen": seen,
            "pools": [[setting.pools[k] for k in used]],
            "weights": [weights[used].tolist()],
            "epochs": [(seen[0] * weights[used] / sizes[used]).tolist() if known else None],
            "epochs_max": [limit if known else None],
            "metric": [setting.metric],
            **estimated("value", found[0, :1], None if drawn is None else drawn[:, :1]),
            **estimated("gain", gained(found)[0], None if drawn is None else gained(drawn)),
            "message": [_message(limit, allowed, known)],
        },
        {"message": pl.String, "epochs": pl.List(pl.Float64), "epochs_max": pl.Float64},
    )


def _message(limit: float, allowed: bool, known: bool) -> str | None:
    if not known:
        return "The pools have no sizes: how often each is repeated is not told, and nothing limits it."
    epochs = f"{limit:g} epoch{'' if limit == 1 else 's'}"
    return None if allowed else f"All pools together hold less than this budget needs at {epochs}: the best set."


def _beside_the_set(setting: Setting, weights: Array, best: PoolSets, params: Array, seen: Array) -> tuple[Array, Array | None]:
    """Values of the mixture and of the best set: (1, 2) at the estimate, (draws, 2) in the draws with what the law gets wrong."""

    def values(theta: Array) -> Array:
        mixture = values_of_weights(setting, theta, weights[None], params[0], seen[0])
        return np.hstack([mixture, values_of_sets(setting, theta, best, params, seen)])

    if setting.draws is None:
        return values(setting.estimate), None
    both = np.vstack([weights, best.members().share])
    error = error_of_weights(setting, both, params[0], seen[0])
    return values(setting.estimate), setting.with_law_error_of_sets(values(setting.draws), both, error)


PLAN = Plan("plan_mixture", answers, build, "Which share of the samples should come from each pool?")
