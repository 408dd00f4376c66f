"""Which law to believe: the one that predicts best beyond what it was trained on, with a paired test against the runner-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.fitting.evidence.weights import Judgement, judge
from pipeline.fitting.result import Fit

Array = np.ndarray


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


def select(fits: Sequence[Fit], frame: pl.DataFrame | None = None, seed: int = 0, horizon: float = 0.0) -> Selection:
    """Choose one law among fits of competing laws on the same runs. `frame`, where given, restricts the scoring to its run keys.

    Refused fits are scored and never chosen. Where nothing could be held out, BIC decides and the rule says so. A plan stands on
    the combination of the laws (stack.py): this says which of them forecasts best alone, `horizon` decades beyond the runs.
    """
    if not fits:
        raise FitError("select needs at least one fit", fix="none was given")
    usable = [f for f in fits if f.grade != "refused"]
    if not usable:
        return Selection(None, None, float("nan"), _scores(fits, usable, {}, {}, None, 0), "no fit is usable")
    found = judge([_restricted(f, frame) for f in usable], horizon, seed)
    known = bool(np.isfinite(found.error).any())
    order = np.argsort(
        np.where(np.isfinite(found.error), found.error, np.inf) if known else [f.bic for f in usable], kind="stable"
    )
    winner, second = usable[order[0]], usable[order[1]] if len(usable) > 1 else None
    probability = _surer(found, order) if known else float("nan")
    rule = f"least error on {found.runs} runs beyond the training sets" if known else found.rule
    errors, chances = ({id(f): float(v) for f, v in zip(usable, x, strict=True)} for x in (found.error, found.best))
    return Selection(winner, second, probability, _scores(fits, usable, errors, chances, winner, found.runs), rule)


def _surer(found: Judgement, order: Array) -> float:
    """The share of resamples in which the winner beats the runner-up, never surer than so many runs can make it."""
    if len(order) < 2:
        return 1.0
    first, second = found.best[order[:2]]
    share = first / (first + second) if first + second > 0 else 0.5
    return float(min(share, 1.0 - 1.0 / (found.runs + 1)))


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
