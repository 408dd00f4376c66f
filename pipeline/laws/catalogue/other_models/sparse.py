"""Loss of sparse models in active and total parameters and data: experts that are not asked count in part.

Routed language models and sparse models of time series (Time-MoE) are compared with dense ones at equal active size, which is
equal compute, or at equal total size, which is equal memory. The effective size is a mean of both in ln, so that a dense model is
the case in which they are the same.
"""

from pipeline.laws.law import Law, Parameter, Worked, run_column, symbols

ACTIVE, TOTAL, D = run_column("params_active"), run_column("params"), run_column("data_seen")
parameters = (
    Parameter("E", start=(0.3, 0.99), meaning="irreducible loss", unit="nats per token"),
    Parameter("A", meaning="size coefficient"),
    Parameter("B", meaning="data coefficient"),
    Parameter("alpha", start=(0.05, 1.0), meaning="size exponent"),
    Parameter("beta", start=(0.05, 1.0), meaning="data exponent"),
    Parameter(
        "idle", domain="unit", start=(0.05, 0.95), meaning="weight of the total in the effective size; the active has the rest"
    ),
)
E, A, B, alpha, beta, idle = symbols(*parameters)
_at = {"params_active": 1e8, "params": 1e10, "data_seen": 1e10}
_dense = {"E": 1.0, "A": 100.0, "B": 1000.0, "alpha": 0.5, "beta": 0.5}

sparse_size_data = Law(
    name="sparse_size_data",
    formula=E + A / (ACTIVE ** (1 - idle) * TOTAL**idle) ** alpha + B / D**beta,
    parameters=parameters,
    columns=("params_active", "params", "data_seen"),
    response="loss",
    linear=("E", "A", "B"),
    question="Sparse or dense, at equal compute or equal memory?",
    source="own form; axes of Clark et al. 2022, arXiv:2202.01169, and Shi et al. 2024, arXiv:2409.16040 (Time-MoE)",
    example=_at | {"E": 1.8, "A": 400.0, "B": 2000.0, "alpha": 0.34, "beta": 0.37, "idle": 0.3},
    worked=(
        Worked(
            "a hundredfold total, half of it counts",
            {**_at, **_dense, "idle": 0.5},
            1 + 100 / 1e9**0.5 + 1000 / 1e5,
            within=1e-12,
        ),
        Worked("dense", {**_at, "params": 1e8, **_dense, "idle": 0.3}, 1 + 0.01 + 0.01),
    ),
    avoid="One ratio of total to active alone: it does not tell their weights; more experts than the runs have.",
)
