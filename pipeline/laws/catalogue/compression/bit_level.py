"""A quality metric against total model bits, one line a precision (after bit-level scaling of visual generators).

The papers show the axes and no function; the line in log2 bits is this project's own. The lower envelope over precisions decides.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, run_column, symbols

N, width = run_column("params"), run_column("bits_per_weight")
parameters = (
    Parameter("intercept", domain="real", start=(-100.0, 100.0), meaning="metric at one bit"),
    Parameter("per_doubling", domain="real", start=(-10.0, 10.0), meaning="change of the metric by a doubling of the bits"),
)
intercept, per_doubling = symbols(*parameters)

bit_level = Law(
    name="bit_level",
    formula=intercept + per_doubling * sp.log(N * width) / sp.log(2),
    parameters=parameters,
    columns=("params", "bits_per_weight"),
    response="metric",
    response_unit="of the metric",
    linear=("intercept", "per_doubling"),
    objective=Objective(space="linear", loss="l2"),
    question="Bigger and quantised, or smaller at full precision?",
    source="own line on the axes of bit-level scaling studies",
    example={"params": 2e9, "bits_per_weight": 8.0, "intercept": 60.0, "per_doubling": -1.5},
    avoid="Several precisions in one fit; group scales add about 16 / group size bits a weight.",
)
