"""Leave-one-run-out influence: how far the plan would move without a run, without fitting again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.fitting.uncertainty.information_matrix import Information

Array = np.ndarray
TRIED, NAMED = 64, 20


def influences(
    facts: Information, w: Array, free: Array, run_keys: tuple[str, ...], cells: Callable[[Array], Array]
) -> dict[str, float]:
    """By run, most first, the largest move of a plan cell's ln prediction without it: the NAMED runs that move it most.

    At the optimum the scores s of all runs sum to 0, so that one Newton step without run r goes to w + H⁻¹ s_r; leverage h
    widens it by 1/(1 − h). cells: ln predictions (batch, cells) of working vectors.
    """
    if not len(free):
        return {}
    steps = (facts.scores / np.maximum(1.0 - facts.leverage, 0.1)[:, None]) @ facts.inverse
    size = np.einsum("ri,ij,rj->r", steps, facts.hessian, steps)
    tried = np.argsort(-np.nan_to_num(size), kind="stable")[:TRIED]
    without = np.tile(w, (len(tried), 1))
    without[:, free] += steps[tried]
    with np.errstate(all="ignore"):
        moved = np.abs(cells(without) - cells(w)).max(axis=1, initial=0.0)
    order = [i for i in np.argsort(-np.nan_to_num(moved), kind="stable") if np.isfinite(moved[i])]
    return {run_keys[tried[i]]: float(moved[i]) for i in order[:NAMED]}
