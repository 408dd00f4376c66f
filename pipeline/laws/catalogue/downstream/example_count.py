"""A score against the number of long-reasoning examples of fine-tuning, linear in its logarithm (after RedStar, 2025).

The paper gives points (to a million examples) and no function: hold the line against held-out larger sets before it plans.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

examples = run_column("data_unique")
parameters = (
    Parameter("intercept", domain="real", start=(-1.0, 1.0), meaning="score of one example"),
    Parameter("per_decade", domain="real", start=(0.0, 0.3), meaning="score that ten times the examples add"),
)
intercept, per_decade = symbols(*parameters)

example_count = Law(
    name="example_count",
    formula=intercept + per_decade * sp.log(examples) / sp.log(10),
    parameters=parameters,
    columns=("data_unique",),
    response="score",
    response_unit="fraction",
    linear=("intercept", "per_decade"),
    objective=Objective(space="linear", loss="l2"),
    question="How many fine-tuning examples does this score need?",
    source="own line; points of Xu et al. 2025, RedStar (no function is published)",
    example={"data_unique": 1e5, "intercept": 0.2, "per_decade": 0.1},
    worked=(Worked("a thousand", {"data_unique": 1e3, "intercept": 0.2, "per_decade": 0.1}, 0.5),),
    avoid="Beyond the largest set that was tried: it saturates. Tasks that a thousand examples have already taught.",
)
