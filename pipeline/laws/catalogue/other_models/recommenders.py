"""A recommender's metric against ln of training compute (after Zhai et al. 2024, HSTU; the shape is from memory).

Normalised entropy falls (negative gain), hit rates rise. The rival is var_compute's pure power: the held-out last decade decides.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, run_column, symbols

C = run_column("flops")
parameters = (
    Parameter("intercept", domain="real", start=(-1.0, 1.0), meaning="metric at one FLOP"),
    Parameter("gain", domain="real", start=(-0.1, 0.1), meaning="metric a unit of ln compute"),
)
intercept, gain = symbols(*parameters)

recommender = Law(
    name="recommender",
    formula=intercept + gain * sp.log(C),
    parameters=parameters,
    columns=("flops",),
    response="metric",
    response_unit="of the metric",
    linear=("intercept", "gain"),
    objective=Objective(space="linear", loss="l2"),
    question="How much does a sequential recommender gain by ten times the compute?",
    source="Zhai et al. 2024, arXiv:2402.17152 (shape from memory; constants not at hand)",
    example={"flops": 1000.0, "intercept": 0.15, "gain": 0.02},
    avoid="Streams that drift: fix the day of evaluation. Bounded metrics near their bound.",
)
