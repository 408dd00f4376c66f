"""Sparsity during gradual pruning: a cubic rise between two steps (Zhu and Gupta 2017, To prune or not to prune)."""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Published, run_column, symbols

t = run_column("step")
parameters = (
    Parameter("s_first", domain="real", start=(0.0, 0.3), meaning="sparsity before"),
    Parameter("s_last", domain="real", start=(0.5, 0.99), meaning="sparsity after"),
    Parameter("t_first", start=(1e2, 1e4), meaning="step at which pruning starts", unit="steps"),
    Parameter("t_span", start=(1e3, 1e5), meaning="steps that it takes", unit="steps"),
)
s_first, s_last, t_first, t_span = symbols(*parameters)
u = (t - t_first) / t_span

cubic_sparsity = Law(
    name="cubic_sparsity",
    formula=sp.Piecewise((s_first, u <= 0), (s_last, u >= 1), (s_last + (s_first - s_last) * (1 - u) ** 3, True)),
    parameters=parameters,
    columns=("step",),
    response="sparsity",
    response_unit="share of zero weights",
    objective=Objective(space="linear", loss="l2"),
    question="How many nonzero parameters has the model at each step of gradual pruning?",
    source="Zhu and Gupta 2017, arXiv:1710.01878",
    published=(
        Published("the example of the reference", {"s_first": 0.0, "s_last": 0.875, "t_first": 1000.0, "t_span": 10000.0}),
    ),
    example={"step": 3500, "s_first": 0.0, "s_last": 0.875, "t_first": 1000.0, "t_span": 10000.0},
    avoid="As memory: storing the places of the nonzeros costs at least one bit a weight.",
)
