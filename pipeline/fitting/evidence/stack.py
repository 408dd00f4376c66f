"""A stacked forecast: the usable laws of a cohort, each weighed by how well it predicted what was held out from all of them."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import FitError
from pipeline.fitting.evidence.combination import CombinedFit, combined
from pipeline.fitting.evidence.weights import judge
from pipeline.fitting.result import Fit

Stack = CombinedFit
"""What `stack` returns: a fit like any other, of the combination of its `members`."""


def stack(fits: Sequence[Fit], horizon: float = 0.0, seed: int = 0) -> CombinedFit:
    """The combination of the usable fits, for forecasts `horizon` decades beyond their runs (weights.py).

    Raises FitError where no fit is usable.
    """
    usable = [fit for fit in fits if fit.grade != "refused"]
    if not usable:
        raise FitError("no fit is usable, so there is nothing to stack", fix="see the certificates of the fits")
    return combined(usable, judge(usable, horizon, seed).weights)
