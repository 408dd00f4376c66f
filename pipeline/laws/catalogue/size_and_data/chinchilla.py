"""Loss falls as one power of model size and another of data (Hoffmann et al. 2022, eq. 10; approach 3)."""

from pipeline.laws.law import Law, Parameter, Published, run_column, symbols

N, D = run_column("params"), run_column("data_seen")
parameters = (
    Parameter("E", start=(0.3, 0.99), meaning="irreducible loss", unit="nats per token"),
    Parameter("A", meaning="size coefficient"),
    Parameter("B", meaning="data coefficient"),
    Parameter("alpha", start=(0.05, 1.0), meaning="size exponent"),
    Parameter("beta", start=(0.05, 1.0), meaning="data exponent"),
)
E, A, B, alpha, beta = symbols(*parameters)

chinchilla = Law(
    name="chinchilla",
    formula=E + A / N**alpha + B / D**beta,
    parameters=parameters,
    columns=("params", "data_seen"),
    response="loss",
    linear=("E", "A", "B"),
    question="Which model size and how many tokens does a compute budget buy best?",
    source="Hoffmann et al. 2022, arXiv:2203.15556",
    published=(
        Published(
            "MassiveText, log-Huber 1e-3, 240 digitised runs: the minimum",
            {"E": 1.817218, "A": 477.826, "B": 2143.417, "alpha": 0.3473105, "beta": 0.3671724},
            reference="re-minimised on the points of Besiroglu et al. 2024, arXiv:2404.10102",
        ),
        Published(
            "Besiroglu: MassiveText, 240 digitised runs, as printed",
            {"E": 1.81686, "A": 482.006, "B": 2085.434, "alpha": 0.34781, "beta": 0.36585},
            low={"E": 1.769, "A": 285.2, "B": 1042.4, "alpha": 0.317, "beta": 0.331},
            high={"E": 1.871, "A": 743.6, "B": 5810.3, "alpha": 0.373, "beta": 0.415},
            reference="replication, arXiv:2404.10102; 95 % intervals of 4000 resamples",
        ),
        Published(
            "Hoffmann: MassiveText, approach 3, as in the paper's source",
            {"E": 1.6933737, "A": 406.4010, "B": 410.7228, "alpha": 0.33917084, "beta": 0.2849083},
            reference="Hoffmann et al. 2022, arXiv:2203.15556; no errors are printed, and the optimiser had stopped early",
        ),
        Published(
            "rounded by Hoffmann: MassiveText, approach 3, as printed",
            {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28},
            reference="the printed digits alone, which move tokens per parameter from 59 to 93",
        ),
    ),
    example={
        "params": 70e9,
        "data_seen": 1.4e12,
        "E": 1.817218,
        "A": 477.826,
        "B": 2143.417,
        "alpha": 0.3473105,
        "beta": 0.3671724,
    },
    avoid="Runs with repeated data (see data_constrained); checkpoints from the middle of a decaying schedule.",
    valid_range={"params": (4e7, 1.7e10), "data_seen": (2e8, 1.5e12)},
    assumes="Size and data add: neither changes what more of the other brings. All data is fresh.",
)
