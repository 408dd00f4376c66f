"""One mixture for several target domains: the shares of least weighted sum of their values, and what each target gives up for it.

A study with group_by = ["task"] has a fit for each target domain of its runs (`share` makes their exponents common).
`[plan.domains]` weighs them; without it they count alike. Draw i of one target is paired with draw i of every other, and what a
law gets wrong about a pool it gets wrong for all targets, so that a sum of targets is not surer than its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.errors import PlanError, meant
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Fitted, Plan, estimated, table
from pipeline.planning.pools.candidates import Budget, pool_budgets
from pipeline.planning.questions.mixtures.mixture import answers as mixes
from pipeline.planning.questions.mixtures.mixture import (
    best_weights,
    caps,
    epochs_limit,
    error_of_weights,
    sees_data,
    values_of_weights,
)
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.minimum import minimise

if TYPE_CHECKING:
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

KEY = "domains"
ROUNDS = 2
"""Times that the model size of a compute budget and the shares are sought in turn: more change neither by a percent."""


@dataclass(frozen=True)
class Domain:
    """One target: its name, its fit in the terms of plans, and its share of the weights."""

    name: str
    setting: Setting
    weight: float
    fit_id: str | None


def answers(law: Law) -> bool:
    """Mixture laws; those of shares alone speak of the budget of their runs."""
    return mixes(law)


def gather(study: Study, fits: Sequence[Fitted]) -> pl.DataFrame:
    """plan_domains: one row a budget and target, of the fits that other columns of group_by keep together.

    Nothing where the study has one target.
    """
    if "task" not in study.group_by:
        return pl.DataFrame()
    together: dict[str, list[Fitted]] = {}
    for one in fits:
        if answers(one.fit.law):
            together.setdefault(_beside(one), []).append(one)
    told = [_of_group(study, group) for group in together.values() if len(group) > 1]
    return pl.concat(told) if told else pl.DataFrame()


def _beside(one: Fitted) -> str:
    """What the runs of a fit have in the other columns of group_by."""
    return one.cohort.replace(f"task={target_of(one)}", "", 1)


def _of_group(study: Study, fits: Sequence[Fitted]) -> pl.DataFrame:
    domains = domains_of(study, fits)
    first = domains[0].setting
    if all(sees_data(one.fit.law) for one in fits):
        return pl.concat([_rows(domains, budget) for budget in pool_budgets(first)])
    return _rows(domains, Budget(data_seen=first.typical("data_seen"), params=_size_of_runs(first)))


def _size_of_runs(setting: Setting) -> float | None:
    """The model size of the runs, where they say it: their law does not read it."""
    return setting.typical("params") if setting.logged("params").size else None


def domains_of(study: Study, fits: Sequence[Fitted]) -> list[Domain]:
    """The targets with their weights, which sum to 1. Raises PlanError for a weight of no target and for unlike pools."""
    names = [target_of(one) for one in fits]
    weights = dict((study.plan or {}).get(KEY) or dict.fromkeys(names, 1.0))
    if strange := [name for name in weights if name not in names]:
        raise PlanError(
            f"[plan.domains] {strange[0]!r} is no target of the study{meant(strange[0], names)}", fix=f"use {', '.join(names)}"
        )
    settings = [Setting(one.fit, study, one.rows) for one in fits]
    if len({setting.pools for setting in settings}) > 1:
        raise PlanError("the targets were measured on runs of different pools", fix="keep runs that all targets have")
    total = sum(weights.values())
    return [
        Domain(name, setting, weights.get(name, 0.0) / total, one.fit.fit_id)
        for name, setting, one in zip(names, settings, fits, strict=True)
    ]


def target_of(one: Fitted) -> str:
    """The target of a fit: the task that its runs were judged by."""
    return str(one.rows["task"][0])


def _weighted(domains: Sequence[Domain], weights: Array, params: float, seen: float) -> Array:
    """The weighted sum of the targets at mixtures (n, K), at the estimates, turned so that less is better: (n,)."""
    parts = [d.weight * _at(d, d.setting.estimate, weights, params, seen)[0] for d in domains if d.weight]
    return domains[0].setting.turned(np.sum(parts, axis=0))


def _at(domain: Domain, theta: Array, weights: Array, params: float, seen: float) -> Array:
    return values_of_weights(domain.setting, theta, weights, params, seen)


def _settled(domains: Sequence[Domain], budget: Budget) -> tuple[Array, float, float]:
    """(shares, model size, data) of least weighted sum; at a compute budget size and shares are sought in turn."""
    if budget.flops is None:
        params = np.nan if budget.params is None else budget.params
        seen = float(budget.data_seen or np.nan)
        return _best(domains, params, seen), params, seen
    many = len(domains[0].setting.pools)
    shares = np.full(many, 1 / many)
    for _ in range(ROUNDS):
        params = _best_size(domains, shares, budget.flops)
        seen = budget.flops / (TRAINING_FLOP * params)
        shares = _best(domains, params, seen)
    return shares, params, seen


def _best_size(domains: Sequence[Domain], shares: Array, flops: float) -> float:
    """The model size that is best at a compute budget for these shares."""

    def loss(params: Array) -> Array:
        found = [_weighted(domains, shares[None], float(n), flops / (TRAINING_FLOP * float(n)))[0] for n in params.ravel()]
        return np.array(found).reshape(params.shape)

    found = float(minimise(loss, np.array([np.sqrt(flops / TRAINING_FLOP)]))[0][0, 0])
    if not np.isfinite(found):
        raise PlanError(f"no model size is best at {flops:.3g} FLOP", fix="declare [plan] params and data_seen")
    return found


def _best(domains: Sequence[Domain], params: float, seen: float) -> Array:
    """The shares of least weighted sum, from every pool alone, all alike, and each target's own best."""
    setting, many = domains[0].setting, len(domains[0].setting.pools)
    limit = epochs_limit(setting)
    cap = caps(setting, seen, limit)
    if cap.sum() < 1:
        said = f"all pools together hold less than {seen:.3g} at {limit:g} epoch{'' if limit == 1 else 's'}"
        raise PlanError(said, fix="lower [plan] data_seen, or raise [plan] epochs")
    starts = np.vstack([np.full(many, 1 / many), np.eye(many)])
    return best_weights(lambda shares: _weighted(domains, shares, params, seen), starts, cap)


def _rows(domains: Sequence[Domain], budget: Budget) -> pl.DataFrame:
    """A row each target at one budget."""
    shares, params, seen = _settled(domains, budget)
    distance = budget.distance(domains[0].setting, np.array([params]), np.array([seen]))
    told = [_told(domain, shares, params, seen) for domain in domains]
    setting, used, many = domains[0].setting, np.flatnonzero(shares > 0), len(domains)
    return table(
        {
            "fit_id": [domain.fit_id for domain in domains],
            "distance": np.repeat(distance, many),
            "target": [domain.name for domain in domains],
            "target_weight": [domain.weight for domain in domains],
            "flops": [budget.flops] * many,
            "params": [params] * many,
            "data_seen": [seen] * many,
            "pools": [[setting.pools[k] for k in used]] * many,
            "weights": [shares[used].tolist()] * many,
            "metric": [setting.metric] * many,
            **_each(setting, told),
            **_together(setting, np.array([domain.weight for domain in domains]), told),
            "message": [None] * many,
        },
        {"message": pl.String, "fit_id": pl.String},
    )


def _told(domain: Domain, shares: Array, params: float, seen: float) -> tuple[Array, Array | None]:
    """A target at the common mixture, at its own best one and at equal shares: (1, 3), and in every draw with the law's error."""
    own = _best([replace(domain, weight=1.0)], params, seen)
    mixtures = np.vstack([shares, own, np.full(len(shares), 1 / len(shares))])
    setting = domain.setting
    found = _at(domain, setting.estimate, mixtures, params, seen)
    if setting.draws is None:
        return found, None
    error = error_of_weights(setting, mixtures, params, seen)
    return found, setting.with_law_error_of_sets(_at(domain, setting.draws, mixtures, params, seen), mixtures, error)


def _each(setting: Setting, told: Sequence[tuple[Array, Array | None]]) -> dict[str, Any]:
    """What each target ends at, and what it gives up."""
    points = np.vstack([point for point, _ in told])
    drawn = _paired(told)

    def given_up(values: Array) -> Array:
        return setting.turned(values[..., 0] - values[..., 1])

    return estimated("value", points[:, 0], None if drawn is None else drawn[..., 0]) | estimated(
        "given_up", given_up(points), None if drawn is None else given_up(drawn)
    )


def _together(setting: Setting, weights: Array, told: Sequence[tuple[Array, Array | None]]) -> dict[str, Any]:
    """The weighted sum, and what the mixture takes off that of equal shares; the same on every row."""
    points, drawn, many = np.vstack([point for point, _ in told]), _paired(told), len(told)
    sums = np.repeat((weights @ points)[None], many, axis=0)
    spread = None if drawn is None else np.repeat(np.einsum("t,btm->bm", weights, drawn)[:, None], many, axis=1)

    def gained(values: Array) -> Array:
        return setting.turned(values[..., 2] - values[..., 0])

    return estimated("weighted", sums[:, 0], None if spread is None else spread[..., 0]) | estimated(
        "gain", gained(sums), None if spread is None else gained(spread)
    )


def _paired(told: Sequence[tuple[Array, Array | None]]) -> Array | None:
    """Draws of all targets side by side (batch, targets, 3), as many as each has; None where one has none."""
    drawn = [draws for _, draws in told if draws is not None]
    return np.stack([each[: min(map(len, drawn))] for each in drawn], axis=1) if len(drawn) == len(told) else None


def build(*_given: object) -> pl.DataFrame:
    """Nothing: one target alone has nothing to be weighed against. See `gather`."""
    return pl.DataFrame()


PLAN = Plan(
    "plan_domains", answers, build, "Which one mixture serves several target domains, and what does each give up?",
    gather=gather, blends=True,
)  # fmt: skip
