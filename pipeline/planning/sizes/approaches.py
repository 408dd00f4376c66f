"""Compute-optimal size by the two approaches that need no law: envelope of training curves, and isoFLOP profiles.

Both give ln N_opt at budgets that were tried; a line in ln C carries it to the budgets of the plan (Hoffmann et al. 2022,
approaches 1 and 2). Their known biases are flagged in `message`: unbracketed, concave and off-centre profiles, rounded losses and
sizes, envelopes of checkpoints that were not annealed. Runs that saw data twice are left out: a plan's data are fresh.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, estimated, table
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.envelope import curves, envelope
from pipeline.planning.sizes.rounding import coarse, loss_step, rounded_sizes
from pipeline.study.derived.isoflop import flaw, least_size, profiles, valley

RESAMPLES = 400
DEGREES = {"isoflop_parabola": 2, "isoflop_cubic": 3}
KEPT = ("off-centre", "rounded")
"""Flaws with which a profile stays in the line; the message counts them."""
LEAST_BUDGETS = 2
LEAST_FOR_INTERVAL = 3
ONE_PASS = 1.05
"""Epochs of the unique data up to which a run counts as one on fresh data."""


@dataclass(frozen=True)
class Line:
    """ln N_opt = intercept + slope · ln C: at the estimate, and in each resample (batch,); `note` says what it rests on."""

    approach: str
    intercept: float
    slope: float
    intercepts: Array | None
    slopes: Array | None
    note: str


def rows(setting: Setting, flops: Array) -> list[pl.DataFrame]:
    """One frame of plan rows for each approach that the runs allow."""
    return [_rows_of_line(setting, line, flops) for line in lines(setting.runs, setting.size_column)]


def lines(runs: pl.DataFrame, size_column: str = "params") -> list[Line]:
    """The lines that a frame of runs allows: needs params, data_seen (or flops) and value."""
    if not {size_column, "data_seen", "value"} <= set(runs.columns):
        return []
    runs = fresh(runs)
    params, seen, loss = (runs[c].cast(pl.Float64).fill_null(np.nan).to_numpy() for c in (size_column, "data_seen", "value"))
    flops = TRAINING_FLOP * params * seen
    if "flops" in runs.columns:
        logged = runs["flops"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        flops = np.where(np.isfinite(logged), logged, flops)
    run = runs["run_key"] if "run_key" in runs.columns else pl.Series(np.arange(runs.height).astype(str))
    found = [isoflop_line(flops, params, loss, name) for name in DEGREES]
    return [line for line in (envelope_line(flops, params, loss, run), *found) if line is not None]


def fresh(runs: pl.DataFrame) -> pl.DataFrame:
    """The runs that saw no data twice, as far as they say."""
    if "data_unique" not in runs.columns:
        return runs
    return runs.filter((pl.col("data_seen") <= ONE_PASS * pl.col("data_unique")).fill_null(value=True))


def isoflop_line(flops: Array, params: Array, loss: Array, approach: str) -> Line | None:
    """Approach 2 with a parabola or cubic; points are resampled within their profile (Bayesian bootstrap)."""
    degree, rng = DEGREES[approach], np.random.default_rng(0)
    budgets, sizes, drawn, flaws, step = [], [], [], [], loss_step(loss)
    for whole in profiles(flops, params, loss, degree + 2):
        profile = valley(whole, degree)
        at = least_size(profile, degree, np.ones((1, len(profile.size))))[0][0]
        wrong = flaw(profile, at)
        flaws.append(wrong or ("rounded" if coarse(profile.loss, step) else None))
        if wrong is None or wrong in KEPT:
            weights = rng.standard_exponential((RESAMPLES, len(profile.size)))
            around = np.clip(least_size(profile, degree, weights)[0], profile.size.min(), profile.size.max())
            budgets.append(np.log(profile.flops))
            sizes.append(at)
            drawn.append(np.where(np.isfinite(around), around, at))
    if len(budgets) < LEAST_BUDGETS:
        return None
    line, ends = _regress(np.array(budgets), np.array(sizes)[None]), None
    if len(budgets) >= LEAST_FOR_INTERVAL:
        ends = _regress(np.array(budgets), np.array(drawn).T, rng.standard_exponential((RESAMPLES, len(budgets))))
    sizes_note = "; sizes are rounded to two digits" if rounded_sizes(params) else ""
    return _line(approach, line, ends, f"{len(budgets)} profiles{_count(flaws)}{sizes_note}")


def envelope_line(flops: Array, params: Array, loss: Array, run: pl.Series) -> Line | None:
    """Approach 1; runs are resampled."""
    found = curves(flops, params, loss, run)
    if found is None:
        return None
    grid, size, values = found
    count = len(size)
    at = envelope(size, values, np.ones((1, count), dtype=bool))[0]
    known = np.isfinite(at)
    if len(np.unique(at[known])) < LEAST_BUDGETS:
        return None
    draws = np.random.default_rng(0).integers(0, count, (RESAMPLES // 2, count))
    inside = np.array([np.isin(np.arange(count), d) for d in draws])
    drawn = envelope(size, values, inside)
    weights = np.isfinite(drawn).astype(float)
    enough = np.array([len(np.unique(d[np.isfinite(d)])) >= LEAST_BUDGETS for d in drawn])
    ends = _regress(grid, np.nan_to_num(drawn[enough]), weights[enough]) if enough.sum() > 1 else None
    note = f"{len(np.unique(at[known]))} sizes on the envelope; checkpoints before the end of a decaying schedule bias it"
    return _line("envelope", _regress(grid[known], at[known][None]), ends, note)


def _regress(x: Array, y: Array, weights: Array | None = None) -> tuple[Array, Array]:
    """(intercept, slope) of weighted least squares, for each row of y (batch, m)."""
    w = np.ones_like(y) if weights is None else weights
    total = w.sum(axis=1)
    mean_x, mean_y = (w * x).sum(axis=1) / total, (w * y).sum(axis=1) / total
    dx = x - mean_x[:, None]
    with np.errstate(all="ignore"):
        slope = (w * dx * (y - mean_y[:, None])).sum(axis=1) / (w * dx**2).sum(axis=1)
    return mean_y - slope * mean_x, slope


def _line(approach: str, line: tuple[Array, Array], ends: tuple[Array, Array] | None, note: str) -> Line:
    intercepts, slopes = ends if ends is not None else (None, None)
    slope = float(line[1][0])
    return Line(approach, float(line[0][0]), slope, intercepts, slopes, f"N grows as C^{slope:.3f}: {note}.")


def _count(flaws: list[str | None]) -> str:
    """Profiles by flaw; unbracketed and concave ones are left out of the line."""
    counts = Counter(f for f in flaws if f)
    return "".join(f", {n} {name}{'' if name in KEPT else ' (left out)'}" for name, n in sorted(counts.items()))


def _rows_of_line(setting: Setting, line: Line, flops: Array) -> pl.DataFrame:
    params = np.exp(line.intercept + line.slope * np.log(flops))
    draws = None
    if line.intercepts is not None and line.slopes is not None:
        draws = np.exp(line.intercepts[:, None] + line.slopes[:, None] * np.log(flops))
    data = flops / (TRAINING_FLOP * params)
    unknown = np.full(len(flops), np.nan)
    return table(
        {
            "distance": setting.distance("flops", flops),
            "flops": flops,
            **estimated("params", params, draws),
            **estimated("data_seen", data, None if draws is None else flops / (TRAINING_FLOP * draws)),
            **estimated("data_per_param", data / params, None if draws is None else flops / (TRAINING_FLOP * draws**2)),
            **estimated("loss", unknown, None),
            "approach": [line.approach] * len(flops),
            "message": [line.note] * len(flops),
        },
        {"message": pl.String},
    )
