"""A score against the size of a retrieval datastore and training compute (after Shao et al. 2024, MassiveDS).

The paper shows curves and no function; the plane in log10 is this project's own. FLOPs of both sides:
planning/estimators/budgets.py.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, run_column, symbols

store, C = run_column("datastore_tokens"), run_column("flops")
parameters = (
    Parameter("intercept", domain="real", start=(-1.0, 1.0), meaning="score at one token and one FLOP"),
    Parameter("store_slope", domain="real", start=(-0.1, 0.2), meaning="score a decade of datastore"),
    Parameter("train_slope", domain="real", start=(-0.1, 0.2), meaning="score a decade of training compute"),
)
intercept, store_slope, train_slope = symbols(*parameters)

datastore = Law(
    name="datastore",
    formula=intercept + (store_slope * sp.log(store) + train_slope * sp.log(C)) / sp.log(10),
    parameters=parameters,
    columns=("datastore_tokens", "flops"),
    response="score",
    response_unit="of the metric",
    linear=("intercept", "store_slope", "train_slope"),
    objective=Objective(space="linear", loss="l2"),
    question="Is compute better spent on training or on a larger datastore?",
    source="own plane on the axes of Shao et al. 2024, arXiv:2407.12854",
    example={"datastore_tokens": 1.4e12, "flops": 1e22, "intercept": -1.5, "store_slope": 0.03, "train_slope": 0.08},
    avoid="Contaminated stores; inference cost of the retrieved tokens is not counted; bounded scores near their bound.",
)
