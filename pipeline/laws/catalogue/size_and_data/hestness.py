"""The best model grows sublinearly with its training set (Hestness et al. 2017). Their error law is power_law, its regions
are broken_power_law."""

from pipeline.laws.law import Law, Objective, Parameter, run_column, symbols

m = run_column("data_unique")
parameters = (
    Parameter("coefficient", start=(0.1, 1e4), meaning="parameters at one datum", unit="parameters"),
    Parameter("growth", start=(0.4, 1.0), meaning="exponent, below 1: sublinear"),
)
coefficient, growth = symbols(*parameters)

hestness_params = Law(
    name="hestness_params",
    formula=coefficient * m**growth,
    parameters=parameters,
    columns=("data_unique",),
    response="params",
    response_unit="parameters",
    linear=("coefficient",),
    objective=Objective(loss="l2"),
    question="How large is the best model for a training set of this size?",
    source="Hestness et al. 2017, arXiv:1712.00409 (exponents between .5 and 1)",
    example={"data_unique": 1e8, "coefficient": 10.0, "growth": 0.7},
    avoid="Sizes found under a compute limit: here every size is trained to convergence.",
)
