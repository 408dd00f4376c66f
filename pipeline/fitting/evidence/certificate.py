"""What a fit must carry to be believed, and the grade that follows: clean, weak or refused, with the reasons and the fix."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

Grade = Literal["clean", "weak", "refused", "published"]
"""published: constants that somebody printed, no fit of runs (fitting/published.py)."""
ORDER: tuple[Grade, ...] = ("clean", "weak", "refused", "published")


@dataclass
class Certificate:
    """Evidence about one fit.

    starts, reached_best: starts tried, and how many ended within 1e-9 (relative) of the best; other_minima: further local minima
    (objective, parameters, share of starts, largest change of a plan cell in ln prediction); gradient_norm: largest |gradient| in
    working coordinates over the objective; predicted_decrease: ½gᵀH⁻¹g over the objective; condition_number of the scaled
    Hessian; dead_terms: linear parameters whose term vanished; moved: the largest step from start to optimum in working
    coordinates; sandwich_over_bootstrap: median ratio of the two standard errors; levels: distinct values on each axis;
    profiles: 90 % profile interval of each doubtful parameter, others refitted (an end of its range where the runs set no limit);
    influence: by run key, most first, the largest move of a plan cell's ln prediction without that run (one Newton step);
    left_out: for each rule by which a study leaves points out, how many, and the parameters and plan cells without the rule;
    suspects: runs that are impossible if the others are right, and the most influential ones (suspects.py), with the parameters
    without each;
    shared: what other cohorts say of a parameter (mean, sd as it was used, cohorts, source), and by which strength its sd was
    multiplied because the cohort's own runs are unlike them (evidence/sharing.py);
    weights: least and largest weight of an observation (their mean is 1), where benchmarks' items or standard errors tell some to
    stray farther than others (fitting/unequal.py);
    nested: parameters that the runs do not feel: the fit is that of the law without them; unknown_axes: columns with one level
    whose change would change predictions.
    """

    grade: Grade = "clean"
    reasons: list[str] = field(default_factory=list)
    fix: str = ""
    starts: int = 0
    reached_best: int = 0
    other_minima: list[dict[str, Any]] = field(default_factory=list)
    gradient_norm: float = 0.0
    predicted_decrease: float = 0.0
    condition_number: float = 1.0
    dead_terms: list[str] = field(default_factory=list)
    at_bound: list[str] = field(default_factory=list)
    unidentified: list[str] = field(default_factory=list)
    moved: float = 0.0
    sandwich_over_bootstrap: float = float("nan")
    levels: dict[str, int] = field(default_factory=dict)
    informing_runs: dict[str, int] = field(default_factory=dict)
    unconverged_draws: int = 0
    profiles: dict[str, list[float]] = field(default_factory=dict)
    resampling: str = ""
    calibration: float = 1.0
    priors: dict[str, Any] = field(default_factory=dict)
    fixed: dict[str, float] = field(default_factory=dict)
    shared: dict[str, dict[str, Any]] = field(default_factory=dict)
    influence: dict[str, float] = field(default_factory=dict)
    left_out: list[dict[str, Any]] = field(default_factory=list)
    suspects: list[dict[str, Any]] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    nested: list[str] = field(default_factory=list)
    unknown_axes: list[str] = field(default_factory=list)

    def lower(self, grade: Grade, reason: str, fix: str = "") -> None:
        """Take the worse of the grade so far and `grade`, and say why."""
        self.grade = max(self.grade, grade, key=ORDER.index)
        self.reasons.append(reason)
        if fix and fix not in self.fix:
            self.fix = f"{self.fix}; {fix}" if self.fix else fix

    @property
    def cure(self) -> str:
        """Old name of `fix`, until the next release."""
        return self.fix

    def to_json(self, **more: Any) -> str:
        """One JSON object with what else is known of the fit; infinities and NaN become null."""
        return json.dumps(_finite(asdict(self) | {"cure": self.fix} | more))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
