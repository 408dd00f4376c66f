"""Loss of over-trained runs: compute at a fixed ratio of data to size keeps one exponent (Gadre et al. 2024, eq. 4)."""

from pipeline.laws.law import Law, Parameter, Published, run_column, symbols

N, D = run_column("params"), run_column("data_seen")
parameters = (
    Parameter("E", start=(0.5, 0.99), meaning="irreducible loss", unit="nats per token"),
    Parameter("over", start=(1.0, 1e4), meaning="weight of over-training (the paper's a)"),
    Parameter("under", start=(1.0, 1e4), meaning="weight of under-training (the paper's b)"),
    Parameter("eta", start=(0.05, 0.4), meaning="exponent of compute"),
)
E, over, under, eta = symbols(*parameters)
ratio, compute = D / N, 6 * N * D

gadre = Law(
    name="gadre",
    formula=E + (over * ratio**eta + under * ratio**-eta) * compute**-eta,
    parameters=parameters,
    columns=("params", "data_seen"),
    response="loss",
    linear=("E", "over", "under"),
    question="What loss does a run reach that is trained far beyond its compute-optimal length?",
    source="Gadre et al. 2024, arXiv:2403.08540, eq. 4",
    published=(
        Published(
            "C4, C4 validation",
            {"E": 1.50826, "over": 141.277, "under": 189.516, "eta": 0.121236},
            reference="refit of the authors' runs",
        ),
        Published(
            "RedPajama",
            {"E": 1.83665, "over": 212.236, "under": 366.687, "eta": 0.136425},
            reference="refit of the authors' runs",
        ),
        Published(
            "RefinedWeb",
            {"E": 1.73446, "over": 157.116, "under": 246.207, "eta": 0.127197},
            reference="refit of the authors' runs",
        ),
    ),
    example={"params": 1.4e9, "data_seen": 640 * 1.4e9, "E": 1.83665, "over": 212.236, "under": 366.687, "eta": 0.136425},
    avoid="Fewer than 5 tokens a parameter; another validation set or tokenizer than the fit's. Sizes include embeddings.",
    valid_range={"params": (1e7, 6.9e9), "data_seen": (2e8, 9e11)},
    assumes="Size and data add with one exponent: the best ratio of data to size is the same at every budget. All data is fresh.",
)
