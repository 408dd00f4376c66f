"""When to grow a small model by stacking: tokens to train it before, from target size and compute (Du et al. 2024, G_stack)."""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Published, run_column, symbols

N, C = run_column("params"), run_column("flops")
parameters = (
    Parameter("size_exponent", domain="real", start=(0.3, 1.5), meaning="exponent of the target size"),
    Parameter("compute_scale", start=(10.0, 500.0), meaning="weight of 1 / log10 compute"),
    Parameter("intercept", domain="real", start=(-10.0, 0.0), meaning="intercept of log10 tokens"),
)
size_exponent, compute_scale, intercept = symbols(*parameters)
log10_C = sp.log(C) / sp.log(10)

stacking = Law(
    name="stacking",
    formula=N**size_exponent * sp.Integer(10) ** (compute_scale / log10_C + intercept),
    parameters=parameters,
    columns=("params", "flops"),
    response="growth_data",
    response_unit="tokens before stacking",
    objective=Objective(loss="l2"),
    question="After how many tokens should the small model be stacked into the target model?",
    source="Du et al. 2024, arXiv:2405.15319",
    published=(Published("growth factor 4 in depth", {"size_exponent": 0.88, "compute_scale": 163.27, "intercept": -5.74}),),
    example={"params": 7e9, "flops": 6 * 7e9 * 2e12, "size_exponent": 0.88, "compute_scale": 163.27, "intercept": -5.74},
    avoid="Far outside the fit: the tokens fall with compute at fixed size. Budgets: add 6 (N/4) d FLOP for the small phase.",
)
