"""What an answer owes to the rules by which a study leaves points out: each rule is lifted, and the law fitted once more."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from pipeline.errors import LawbookError
from pipeline.fitting import Fit
from pipeline.fitting.effort import REPLAY
from pipeline.fitting.evidence.plan_cells import plan_cells
from pipeline.fitting.setup import searched, set_up
from pipeline.laws.engine.compile import compiled
from pipeline.study.observations import without_needs
from pipeline.terminal import counted

BY_RULE = "left out by the study: "


def sensitivity_to_rules(
    fit: Fit, frame: pl.DataFrame, *, fix: Mapping[str, Any], prior: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """One entry a rule: its words, points and runs that it leaves out, and the parameters without it.

    `plan_moves` is the largest move of a plan cell's ln prediction when the rule is lifted; None with the reason in `note` where
    the law cannot be fitted then.
    """
    rules = frame["reason"].drop_nulls().unique(maintain_order=True).to_list() if "reason" in frame.columns else []
    return [_lifted(fit, frame, rule, fix, prior) for rule in rules if rule.startswith(BY_RULE)]


def in_words(entry: Mapping[str, Any]) -> str:
    """An entry as a sentence for people."""
    points, runs = counted(entry["points"], "point"), counted(entry["runs"], "run")
    told = f"{points} of {runs} {'is' if entry['points'] == 1 else 'are'} left out ({entry['rule']})"
    if entry["plan_moves"] is None:
        return f"{told}; what they would change is not known: {entry['note']}"
    return f"{told}; with them the predictions that plans rest on would move by up to {np.expm1(entry['plan_moves']):.2%}"


def _lifted(fit: Fit, frame: pl.DataFrame, rule: str, fix: Mapping[str, Any], prior: Mapping[str, Any]) -> dict[str, Any]:
    out = frame.filter(pl.col("reason") == rule)
    entry = {"rule": rule.removeprefix(BY_RULE), "points": out.height, "runs": out["run_key"].n_unique()}
    again = frame.with_columns(pl.when(pl.col("reason") == rule).then(None).otherwise("reason").alias("reason"))
    try:
        setup = set_up(fit.law, without_needs(fit.law, again), fit.objective, fix or None, fit.pools or None)
        found = searched(setup, fit.seed, fit, prior or None, REPLAY)
    except LawbookError as error:
        return {**entry, "parameters": None, "plan_moves": None, "note": str(error)}
    theta = setup.problem.natural(found.best.w[None])[0]
    theta = np.where(np.isfinite(setup.fixed), setup.fixed, theta)
    fitted = set_up(fit.law, frame, fit.objective, fix or None, fit.pools or None).problem.rows
    both = compiled(fit.law).value(np.stack([fit.estimate, theta]), plan_cells(fitted))
    with np.errstate(all="ignore"):
        moved = float(np.abs(np.diff(np.log(np.abs(both)), axis=0)).max(initial=0.0))
    return {**entry, "parameters": dict(zip(setup.names, map(float, theta), strict=True)), "plan_moves": moved}
