"""A metric that is best at one value of an axis and worse on both sides of it: a learning rate, a decay, a share, a size.

    derive = { axis = "weight_decay" }

A parabola in ln of the axis is the smallest form that has one best value; what lies far to a side it says only roughly.
"""

import math

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

x = run_column("axis")
parameters = (
    Parameter("E", domain="real", start=(0.05, 1.0), meaning="value at the best place", unit="of the metric"),
    Parameter(
        "bend",
        domain="real",
        start=(0.001, 0.5),
        meaning="how far the value is from that at e times the best place; negative where more of the metric is better",
        unit="of the metric",
    ),
    Parameter("best", start=(0.1, 0.9), along="axis", meaning="where the metric is best", unit="of the axis"),
)
E, bend, best = symbols(*parameters)

best_along_axis = Law(
    name="best_along_axis",
    formula=E + bend * sp.log(x / best) ** 2,
    parameters=parameters,
    columns=("axis",),
    response="metric",
    response_unit="of the metric",
    linear=("E", "bend"),
    objective=Objective(space="linear", loss="l2"),
    question="At which value of this is the metric best, and what does it cost to miss it?",
    source="own form: the parabola in ln of a setting around its best value, as isoFLOP profiles are read (arXiv:2203.15556)",
    example={"axis": 0.01, "E": 0.6, "bend": 0.05, "best": 0.03},
    worked=(
        Worked("at e times the best place", {"axis": 2 * math.e, "E": 0.6, "bend": 0.05, "best": 2.0}, 0.65),
        Worked("a score there", {"axis": 2 * math.e, "E": 0.6, "bend": -0.05, "best": 2.0}, 0.55),
    ),
    avoid="A best place at an end of the values that were run, or fewer than five of them; values far to a side.",
)
