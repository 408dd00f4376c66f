"""Excess loss of tabular foundation models in size and table cells (Ma et al. 2024, TabDPT). The floor is subtracted before."""

from pipeline.laws.law import Law, Parameter, Published, run_column, symbols

N, D = run_column("params"), run_column("data_seen")
parameters = (
    Parameter("A", start=(0.1, 1e4), meaning="size coefficient"),
    Parameter("B", start=(0.1, 1e4), meaning="data coefficient: data in table cells"),
    Parameter("alpha", start=(0.1, 1.0), meaning="size exponent"),
    Parameter("beta", start=(0.1, 1.0), meaning="data exponent"),
)
A, B, alpha, beta = symbols(*parameters)

tabdpt = Law(
    name="tabdpt",
    formula=A * N**-alpha + B * D**-beta,
    parameters=parameters,
    columns=("params", "data_seen"),
    response="excess_loss",
    response_unit="of the loss a predicted cell",
    linear=("A", "B"),
    question="A bigger tabular model or more tables?",
    source="Ma et al. 2024, arXiv:2410.18164",
    published=(
        Published(
            "digitised from the scaling figure (3 %), free fit",
            {"A": 10.5, "B": 31.0, "alpha": 0.458, "beta": 0.377},
            reference="refit, rms log residual .097",
        ),
        Published(
            "digitised, exponents held",
            {"A": 6.93, "B": 37.2, "alpha": 0.42, "beta": 0.39},
            reference="exponents from memory, rms log residual .099",
            verified=False,
        ),
    ),
    example={"params": 78e6, "data_seen": 2e9, "A": 6.93, "B": 37.2, "alpha": 0.42, "beta": 0.39},
    avoid="Losses from which the floor was not subtracted. Data is in table cells.",
    valid_range={"params": (3.3e4, 7.8e7), "data_seen": (1e7, 2e9)},
)
