"""How what the law gets wrong about one run goes with what it gets wrong about another, and about a target.

The law's error is smooth: runs within half a decade of each other share it, on the pools that they have in common. So repeating
a run averages noise and not the law's error, a run at the target takes both away, and one far from it nothing of the second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.planning.design.run_candidates import Candidates
from pipeline.planning.design.run_targets import Target
from pipeline.planning.plan import Array

REACH = 0.5
"""Decades over which the error of a law stays alike."""


@dataclass(frozen=True)
class SharedErrors:
    """Covariance of the law's errors at candidates (J, J), with those of the targets (J, T), and variance of these (T,)."""

    joint: Array
    cross: Array
    before: Array


def shared_errors(candidates: Candidates, sd: Array, goal: Target) -> SharedErrors:
    """The law's errors at candidates, of these sd (J,), and of a target that is a contrast of runs; none of one that is not."""
    joint = np.outer(sd, sd) * alike(candidates, candidates)
    if goal.runs is None or goal.contrast is None:
        targets = goal.draws.shape[1]
        return SharedErrors(joint, np.zeros((len(sd), targets)), np.zeros(targets))
    cross = sd[:, None] * (alike(candidates, goal.runs) @ goal.contrast)
    return SharedErrors(joint, cross, np.einsum("rt,rs,st->t", goal.contrast, alike(goal.runs, goal.runs), goal.contrast))


def alike(one: Candidates, other: Candidates) -> Array:
    """Correlation (J, J') of the law's error: exp(−½ d²/reach²) at d decades, times Σ_k √(share_k · share'_k) of pool sets."""
    apart = [((here[:, None] - there) / REACH) ** 2 for here, there in zip(one.place.T, other.place.T, strict=True)]
    near = np.asarray(np.exp(-0.5 * sum(apart[1:], apart[0])))
    if one.sets is None or other.sets is None:
        return near
    return near * (np.sqrt(one.sets.members().share) @ np.sqrt(other.sets.members().share).T)
