"""How much work to buy for an answer: samples, attempts against an imperfect verifier, retrieved documents, denoising steps.

Of any law that reads one such amount: its value, what twice as much would add, and what an answer costs then. With rewards and
costs (value_right, value_wrong, cost_attempt of Stroebl et al. 2024) the best amount is that of the largest reward; else it is
the last whose doubling is still worth `least_gain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.errors import LawbookError
from pipeline.planning.costs.job import job_of
from pipeline.planning.estimators.budgets import datastore_flops
from pipeline.planning.estimators.verifier import best_attempts
from pipeline.planning.plan import Array, Plan, estimated, join_notes, table
from pipeline.planning.setting import Setting

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

AXES = ("samples", "attempts", "nfe", "documents", "shots", "iterations", "datastore_tokens", "examples")
"""Columns that count work on an answer, the one that is bought first where a law reads several."""
REWARD = "reward"
PRICES = ("value_right", "value_wrong", "cost_attempt")
LEAST_GAIN = 0.01
TOKENS = 500.0
"""Tokens of one sample, where the study does not say."""
MANY = 1e12
FORWARD = 2.0
"""FLOP of a forward pass, a parameter and token."""
HOURS = 3600.0


def answers(law: Law) -> bool:
    """Laws that read an amount of work on an answer."""
    return not law.pooled and axis_of(law) is not None


def axis_of(law: Law) -> str | None:
    """What the law counts work in."""
    return next((name for name in AXES if name in law.columns), None)


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_inference: one row an amount: those of [plan.inference], else powers of two up to 16 times the largest run."""
    setting = Setting(fit, study, frame)
    axis = axis_of(setting.law) or ""
    wanted = (study.plan or {}).get("inference", {})
    top = setting.largest(axis) or 1.0
    least = max(float(setting.logged(axis).min(initial=top)), 1e-9)
    powers = least * 2.0 ** np.arange(0, max(int(np.ceil(np.log2(16 * top / least))), 1) + 1)
    amounts = np.unique(np.atleast_1d(np.asarray(wanted.get("amounts", powers), dtype=float)))
    amounts = _with_best(setting, amounts, wanted)
    others = {name: float(wanted[name]) for name in setting.law.columns if name != axis and name in wanted}
    value, drawn = _curve(setting, axis, amounts, others)
    twice, drawn_twice = _curve(setting, axis, 2 * amounts, others)
    sign = -setting.measured.sign
    gain = sign * (twice - value)
    drawn_gain = None if drawn is None or drawn_twice is None else sign * (drawn_twice - drawn)
    distance = setting.distance(axis, amounts)
    count = len(amounts)
    best, why = _best(setting.law, amounts, value, gain, float(wanted.get("least_gain", LEAST_GAIN)))
    flops, price, currency, note = _price(setting, axis, amounts, wanted)
    return table(
        {
            "distance": distance,
            "axis": [axis] * count,
            "amount": amounts,
            "metric": [setting.metric] * count,
            **estimated("value", value, setting.with_law_error(drawn, setting.law_error(**others, **{axis: amounts}))),
            **estimated("gain", gain, drawn_gain),
            "ceiling": [_ceiling(setting, axis, others)] * count,
            "best": [place == best for place in range(count)],
            "flops_per_answer": flops,
            "price_per_answer": price,
            "currency": [currency] * count,
            "message": [join_notes(why if place == (best if best is not None else 0) else None, note) for place in range(count)],
        },
        {"message": pl.String, "currency": pl.String},
    )


def _with_best(setting: Setting, amounts: Array, wanted: Mapping[str, Any]) -> Array:
    """The amounts, and of an imperfect verifier's reward the best one itself (K* of Stroebl et al. 2024)."""
    if setting.law.response != REWARD or "amounts" in wanted:
        return amounts
    prices = {name: float(wanted.get(name, setting.typical(name))) for name in PRICES}
    constants = {
        parameter.name: float(value) for parameter, value in zip(setting.law.parameters, setting.estimate[0], strict=True)
    }
    star = best_attempts(constants, prices["value_right"], prices["value_wrong"], prices["cost_attempt"])
    return np.union1d(amounts, [float(star.best)]) if star.best else amounts


def _curve(setting: Setting, axis: str, amounts: Array, others: dict[str, float]) -> tuple[Array, Array | None]:
    given = {axis: amounts, **{name: np.full(len(amounts), value) for name, value in others.items()}}
    drawn = None if setting.draws is None else setting.value(setting.draws, None, **given)
    return setting.value(setting.estimate, None, **given)[0], drawn


def _best(law: Law, amounts: Array, value: Array, gain: Array, least: float) -> tuple[int | None, str | None]:
    """The place of the amount to buy, and a sentence about it."""
    if law.response == REWARD:
        place = int(np.nanargmax(value))
        if not value[place] > 0:
            return None, "No amount pays: answers that are wrong and accepted cost more than the right ones earn."
        at_end = place == len(amounts) - 1
        return place, "More may pay still: the largest amount that was asked is the best of them." if at_end else None
    worth = np.flatnonzero(gain >= least)
    if not worth.size:
        return 0, f"Twice as much adds less than {least:g} everywhere."
    return int(min(worth[-1] + 1, len(amounts) - 1)), None


def _ceiling(setting: Setting, axis: str, others: dict[str, float]) -> float | None:
    """The value at an unlimited amount, where the law is level there."""
    far, _ = _curve(setting, axis, np.array([MANY, 1e3 * MANY]), others)
    level = np.isfinite(far).all() and abs(far[1] - far[0]) <= 1e-3 * max(abs(far[0]), 1e-12)
    return float(far[1]) if level else None


def _price(
    setting: Setting, axis: str, amounts: Array, wanted: Mapping[str, Any]
) -> tuple[list[float | None], list[float | None], str | None, str | None]:
    """FLOP and price of an answer: a forward pass of the usual model over its tokens, for every unit of work."""
    nothing: list[float | None] = [None] * len(amounts)
    params = wanted.get("params") or _usual_size(setting)
    if axis == "datastore_tokens" and "retriever" in wanted:
        built = datastore_flops(0.0, 0.0, float(wanted["retriever"]), float(amounts[-1]))
        return nothing, nothing, None, f"The largest store costs {built:.2g} FLOP to embed once."
    if params is None or axis in ("datastore_tokens", "examples"):
        return nothing, nothing, None, None
    tokens = float(wanted.get("tokens", TOKENS))
    flops = FORWARD * float(params) * tokens * amounts
    try:
        job = job_of(setting)
    except LawbookError:
        return list(map(float, flops)), nothing, None, None
    dollars = flops / (job.accelerator.peak() * job.share.median) / HOURS * job.price
    note = None if "tokens" in wanted else f"Priced at {tokens:.0f} tokens each; say tokens in [plan.inference] for yours."
    return list(map(float, flops)), list(map(float, dollars)), job.currency, note


def _usual_size(setting: Setting) -> float | None:
    sizes = setting.logged("params_active") if "params_active" in setting.runs.columns else np.empty(0)
    sizes = sizes if sizes.size else setting.logged("params") if "params" in setting.runs.columns else np.empty(0)
    return float(np.median(sizes)) if sizes.size else None


PLAN = Plan(
    "plan_inference", answers, build, "How much work should be bought for an answer, and what does it cost?", judges=False
)
