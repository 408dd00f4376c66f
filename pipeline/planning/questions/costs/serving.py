"""Which model is cheapest to train AND serve at a given quality (Sardana et al. 2024, arXiv:2401.00448).

minimise over N:  6 N D(N) + 2 N S   where  L(N, D(N)) = L*    (S: tokens that will be served; 2 N FLOPs for each)

L* is the loss of the compute-optimal run of the training budget. A smaller, longer trained model pays more for training and less
for every served token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.budgets import declared
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.questions.sizes.compute_optimal import answers, optimum, sized, without_optimum
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.equal_loss import data_for_loss

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

SERVE = 2.0
"""A served token costs 2 FLOPs a parameter: the forward pass alone."""
TIMES_SEEN = (1.0, 10.0)
UNDECLARED = "[plan] served_tokens is not declared: shown for 1 and 10 times the training data."
COARSE = np.linspace(-2.5, 0.25, 23) * np.log(10.0)
"""Sizes tried around the compute-optimal one, in natural logarithms: an eighth of a decade apart."""
FINE = np.linspace(-0.06, 0.06, 5) * np.log(10.0)
"""Sizes tried around the best of those: the parabola through three of them is exact to 1e-4."""


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_serving: one row a training budget and number of served tokens."""
    setting = Setting(fit, study, frame)
    flops, size = sized(setting)
    if not len(flops):
        return without_optimum(setting)
    own = declared(setting, "served_tokens")
    served = np.outer(flops / (TRAINING_FLOP * size), TIMES_SEEN) if own is None else np.tile(own, (len(flops), 1))
    return rows(setting, np.repeat(flops, served.shape[1]), served.ravel(), None if own is not None else UNDECLARED)


def rows(setting: Setting, flops: Array, served: Array, message: str | None = None) -> pl.DataFrame:
    """The rows for budgets (m,) and served tokens (m,)."""
    best = {name: x[0] for name, x in cheapest(setting, setting.estimate, flops, served).items()}
    draws = None if setting.draws is None else cheapest(setting, setting.draws, flops, served)
    distance = setting.distance("flops", flops)
    expected = None
    if setting.draws is not None:
        expected = setting.value(setting.draws, params=best["params"], data_seen=best["data_seen"])
    error = setting.law_error(params=best["params"], data_seen=best["data_seen"])
    loss = setting.value(setting.estimate, params=best["params"], data_seen=best["data_seen"])[0]
    columns = {n: estimated(n, value, None if draws is None else draws[n]) for n, value in best.items()}
    return table(
        {
            "distance": distance,
            "flops": flops,
            "served_tokens": served,
            **{name: x for parts in columns.values() for name, x in parts.items()},
            **estimated("loss", loss, setting.with_law_error(expected, error)),
            "message": [message] * len(flops),
        },
        {"message": pl.String},
    )


def cheapest(setting: Setting, theta: Array, flops: Array, served: Array) -> dict[str, Array]:
    """The cheapest run to train and serve at the loss of the compute-optimal one, per draw and row: arrays (batch, m).

    params, data_seen, data_per_param, training_flops, serving_flops, total_flops; extra_training: training FLOPs over the budget
    less 1; saving: share of the total that it saves against serving the compute-optimal model.
    """
    unique, back = np.unique(flops, return_inverse=True)
    size, loss = optimum(setting, theta, unique)
    data = unique / (TRAINING_FLOP * size)
    sizes = size[..., None] * np.exp(COARSE)
    curve = _data(setting, theta, sizes, loss, data)[:, back]
    size, loss, data, sizes = size[:, back], loss[:, back], data[:, back], sizes[:, back]
    params = _valley(sizes, curve, served)
    sizes = params[..., None] * np.exp(FINE)
    params = _valley(sizes, _data(setting, theta, sizes, loss, data), served)
    return _costs(params, data_for_loss(setting, theta, params, loss, data), size, flops, served)


def _data(setting: Setting, theta: Array, sizes: Array, loss: Array, near: Array) -> Array:
    """Data for the loss of each row with each of its sizes (batch, m, k)."""
    flat = [np.repeat(x, sizes.shape[-1], axis=1) for x in (loss, near)]
    return data_for_loss(setting, theta, sizes.reshape(len(sizes), -1), *flat).reshape(sizes.shape)


def _valley(sizes: Array, data: Array, served: Array) -> Array:
    """The size (batch, m) of the least total cost over the last axis of `sizes` (batch, m, k)."""
    total = TRAINING_FLOP * sizes * data + SERVE * sizes * served[:, None]
    return np.exp(valley(np.log(sizes), np.log(np.where(np.isfinite(total), total, np.inf))))


def _costs(params: Array, data: Array, optimal: Array, flops: Array, served: Array) -> dict[str, Array]:
    training, serving = TRAINING_FLOP * params * data, SERVE * params * served
    return {
        "params": params,
        "data_seen": data,
        "data_per_param": data / params,
        "training_flops": training,
        "serving_flops": serving,
        "total_flops": training + serving,
        "extra_training": training / flops - 1,
        "saving": 1 - (training + serving) / (flops + SERVE * optimal * served),
    }


def valley(x: Array, y: Array) -> Array:
    """The minimum over the last axis of curves sampled evenly in x, through the three lowest points; NaN on the edge."""
    at = y.argmin(axis=-1)
    middle = np.clip(at, 1, x.shape[-1] - 2)[..., None]
    left, centre, right = (np.take_along_axis(y, middle + k, axis=-1)[..., 0] for k in (-1, 0, 1))
    with np.errstate(invalid="ignore"):
        bend = left - 2 * centre + right
        shift = np.where(np.isfinite(bend) & (bend > 0), 0.5 * (left - right) / bend, 0.0)
    step = x[..., 1] - x[..., 0]
    inside = (at > 0) & (at < x.shape[-1] - 1) & np.isfinite(centre)
    return np.where(inside, np.take_along_axis(x, middle, axis=-1)[..., 0] + shift * step, np.nan)


PLAN = Plan("plan_serving", answers, build, "Which model is cheapest to train and to serve at a given quality?")
