"""A metric along any one axis that levels off at both ends: at chance while the axis is small, and where no more of it helps.

For errors and scores with no loss beside them. A logistic in the logarithm of the axis (Ruan et al. 2024, with both ends free),
and a power to E that a level of chance caps. Far along the axis both are falls_along_axis or rises_along_axis, which know no
chance: the three of each direction are rivals.
"""

from typing import Any

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

x = run_column("axis")
_ends = (
    Parameter("E", start=(0.02, 0.9), meaning="value without a limit of the amount", unit="of the metric"),
    Parameter("span", start=(0.1, 0.9), meaning="distance of E from the value of no amount at all", unit="of the metric"),
)
_half = Parameter("half", start=(0.0, 1.3), along="axis", meaning="amount that brings half of the span", unit="of the axis")
_cap = Parameter(
    "cap", start=(0.0, 1.3), along="axis", meaning="amount at which the power alone is the whole span", unit="of the axis"
)
_alpha = Parameter("alpha", start=(0.1, 1.5), bounds=(0.02, 6.0), meaning="exponent far beyond that")
E, span, half, cap, alpha = symbols(*_ends, _half, _cap, _alpha)
LOGISTIC = span / (1 + (x / half) ** alpha)
CAPPED = span * (1 - sp.exp(-((cap / x) ** alpha)))
_at = {"axis": 1e4, "E": 0.8, "span": 0.6, "alpha": 0.7}


def _about(place: Parameter, source: str) -> dict[str, Any]:
    """What the two directions of one form share."""
    return {
        "parameters": (*_ends, place, _alpha),
        "columns": ("axis",),
        "response": "metric",
        "response_unit": "of the metric",
        "linear": ("E", "span"),
        "objective": Objective(space="linear", loss="l2"),
        "source": source,
        "avoid": "Amounts that all lie before the bend: the end is then not determined; metrics that turn along the axis.",
        "example": {**_at, place.name: 2e4 if place is _half else 5e3},
    }


_ruan = _about(_half, "Ruan et al. 2024, arXiv:2405.10938 (logistic in ln compute), with both ends free")
_own = _about(_cap, "own form: a power, as Hestness et al. 2017, arXiv:1712.00409, that a level of chance caps")
_middle = {**_at, "axis": 2e4, "half": 2e4}
_one = {**_at, "axis": 2e4, "cap": 2e4}

logistic_falls_along_axis = Law(
    name="logistic_falls_along_axis",
    formula=E + LOGISTIC,
    question="How far does the metric fall from chance with more of this, and where does it stop?",
    worked=(Worked("half of the span", _middle, 1.1),),
    variant_of="falls_along_axis",
    **_ruan,
)
logistic_rises_along_axis = Law(
    name="logistic_rises_along_axis",
    formula=E - LOGISTIC,
    question="How far does the score rise from chance with more of this, and where does it stop?",
    worked=(Worked("half of the span", _middle, 0.5),),
    variant_of="rises_along_axis",
    **_ruan,
)
capped_falls_along_axis = Law(
    name="capped_falls_along_axis",
    formula=E + CAPPED,
    question="From how much of this on does the metric fall as a power, and where does it stop?",
    worked=(Worked("all of the span but one in e", _one, 1.1792723352971346),),
    variant_of="falls_along_axis",
    **_own,
)
capped_rises_along_axis = Law(
    name="capped_rises_along_axis",
    formula=E - CAPPED,
    question="From how much of this on does the score rise as a power, and where does it stop?",
    worked=(Worked("all of the span but one in e", _one, 0.42072766470286538),),
    variant_of="rises_along_axis",
    **_own,
)
