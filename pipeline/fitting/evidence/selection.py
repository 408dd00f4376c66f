"""Which law to believe: the one that predicts best beyond what it was trained on, with a paired test against the runner-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.fitting.result import Fit

Array = np.ndarray
DRAWS = 4000


@dataclass(frozen=True)
class Selection:
    """The winner among usable fits, how sure that is, and the scores of all.

    scores: law, fit_id, grade, extrapolation_error (root mean square ln error on the held-out runs that all usable laws share),
    aic, bic, runs_scored, probability_best (share of paired draws over runs in which the law has the least error), selected.
    probability: share of paired draws in which the winner beats the runner-up. rule: what decided.
    """

    winner: Fit | None
    runner_up: Fit | None
    probability: float
    scores: pl.DataFrame
    rule: str


def _by_run(fit: Fit) -> pl.DataFrame:
    """Mean squared ln error by (kind, part, run)."""
    if fit.held_out is None or not fit.held_out.height:
        return pl.DataFrame(schema={"kind": pl.String, "part": pl.Float64, "run_key": pl.String, "loss": pl.Float64})
    usable = fit.held_out.filter(pl.col("error").is_finite())
    return usable.group_by("kind", "part", "run_key", maintain_order=True).agg((pl.col("error") ** 2).mean().alias("loss"))


def paired_losses(fits: Sequence[Fit]) -> tuple[Array, int]:
    """(laws, runs) mean squared errors on the held-out (origin, run) pairs that all laws were scored on."""
    joined: pl.DataFrame | None = None
    for i, fit in enumerate(fits):
        part = _by_run(fit).rename({"loss": f"loss{i}"})
        joined = part if joined is None else joined.join(part, on=["kind", "part", "run_key"], how="inner", nulls_equal=True)
    if joined is None or not joined.height:
        return np.zeros((len(fits), 0)), 0
    runs = joined.group_by("run_key", maintain_order=True).agg(pl.col(f"loss{i}").mean() for i in range(len(fits)))
    return runs.drop("run_key").to_numpy().T, runs.height


def select(fits: Sequence[Fit], frame: pl.DataFrame | None = None, seed: int = 0) -> Selection:
    """Choose among fits of competing laws on the same runs. `frame`, where given, restricts the scoring to its run keys.

    Refused fits are scored and never chosen. Where nothing could be held out, BIC decides and the rule says so.
    """
    if not fits:
        raise FitError("select needs at least one fit; none was given")
    usable = [f for f in fits if f.grade != "refused"]
    scored = [_restricted(f, frame) for f in usable]
    loss, runs = paired_losses(scored) if scored else (np.zeros((0, 0)), 0)
    if not usable:
        return Selection(None, None, float("nan"), _scores(fits, usable, {}, {}, None, 0), "no fit is usable")
    if runs >= 2:
        draws = np.random.default_rng([seed, 9]).standard_exponential((DRAWS, runs))
        risk = np.einsum("dr,lr->dl", draws / draws.sum(axis=1, keepdims=True), loss)
        order = np.argsort(loss.mean(axis=1), kind="stable")
        best = np.bincount(np.argmin(risk, axis=1), minlength=len(usable)) / DRAWS
        errors = {id(f): float(np.sqrt(v)) for f, v in zip(usable, loss.mean(axis=1), strict=True)}
        chances = {id(f): float(b) for f, b in zip(usable, best, strict=True)}
        rule = f"least error on {runs} runs beyond the training range"
        probability = float(np.mean(risk[:, order[0]] <= risk[:, order[1]])) if len(usable) > 1 else 1.0
    else:
        order = np.argsort([f.bic for f in usable], kind="stable")
        errors, chances, probability = {}, {}, float("nan")
        rule = "BIC, because no run could be held out"
    winner, second = usable[order[0]], usable[order[1]] if len(usable) > 1 else None
    return Selection(winner, second, probability, _scores(fits, usable, errors, chances, winner, runs), rule)


def _restricted(fit: Fit, frame: pl.DataFrame | None) -> Fit:
    if frame is None or "run_key" not in frame.columns or fit.held_out is None:
        return fit
    keys = frame["run_key"].cast(pl.String).unique().to_list()
    return replace(fit, held_out=fit.held_out.filter(pl.col("run_key").is_in(keys)))


def _scores(
    fits: Sequence[Fit], usable: list[Fit], errors: dict[int, float], chances: dict[int, float], winner: Fit | None, runs: int
) -> pl.DataFrame:
    rows = [
        {
            "law": f.law.name,
            "fit_id": f.fit_id,
            "grade": f.grade,
            "extrapolation_error": errors.get(id(f), f.extrapolation_error),
            "aic": f.aic,
            "bic": f.bic,
            "runs_scored": runs if any(f is u for u in usable) else 0,
            "probability_best": chances.get(id(f), float("nan")),
            "selected": f is winner,
        }
        for f in fits
    ]
    return pl.DataFrame(rows).sort("extrapolation_error", nulls_last=True)
