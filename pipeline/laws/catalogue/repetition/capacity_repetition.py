"""A repetition scale that depends on the model and the data: large models wear out small data sooner (Qin et al. 2026).

L = E + A/N^α + B/D'^β, D' = U + U·R*·(1 − exp(−R/R*)), R* = K·(U/(20·N))^ρ·(N/1e9)^σ. K is the repetition scale of a model of 1e9
parameters whose unique data are 20 tokens a parameter; ρ = σ = 0 is decayed_data. (The paper's own K is K·(1e9)^(−σ).)
"""

from pipeline.laws.catalogue.repetition.data_constrained import worth
from pipeline.laws.catalogue.repetition.overfitting_penalty import COLUMNS, RANGE, A, B, D, E, N, U, alpha, beta, shared
from pipeline.laws.law import Law, Parameter, Worked, symbols

REFERENCE_SIZE, TOKENS = 1e9, 20
"""Parameters, and unique tokens for each of them, at which K is stated."""
scale = (
    Parameter("K", start=(1.0, 100.0), meaning="repetition scale of the reference model", unit="repetitions", bounds=(1e-3, 1e6)),
    Parameter("rho", "real", start=(-0.5, 0.8), meaning="power of unique tokens a parameter in the scale", bounds=(-5.0, 5.0)),
    Parameter("sigma", "real", start=(-1.0, 0.5), meaning="power of model size in the scale", bounds=(-5.0, 5.0)),
)
K, rho, sigma = symbols(*scale)
repetition_scale = K * (U / (TOKENS * N)) ** rho * (N / REFERENCE_SIZE) ** sigma

capacity_repetition = Law(
    name="capacity_repetition",
    formula=E + A / N**alpha + B / worth(D, U, repetition_scale) ** beta,
    parameters=(*shared, *scale),
    columns=COLUMNS,
    response="loss",
    linear=("E", "A", "B"),
    question="How many epochs before data are worn out, when that depends on how large the model is for them?",
    source="Qin et al. 2026, the CD form, as in the comparators of Russell et al. 2026, arXiv:2609.40295",
    example={"params": 2.81e9, "data_seen": 55e9, "data_unique": 4e9, "E": 2.013, "A": 568.4, "B": 15780.0}
    | {"alpha": 0.3439, "beta": 0.4518, "K": 10.05, "rho": 0.0924, "sigma": -0.841},
    worked=(
        Worked(
            "the reference model at twice ln 2 repetitions",
            {"params": 1e9, "data_unique": 2e10, "data_seen": 2e10 * 2.3862943611198906, "E": 1.0, "A": 1e9, "alpha": 1.0}
            | {"B": 8e10, "beta": 1.0, "K": 2.0, "rho": 0.7, "sigma": -0.4},
            4.0,
        ),
        Worked(
            "four times the size on the same data: the scale falls by 4^(σ − ρ) to a half",
            {"params": 4e9, "data_unique": 2e10, "data_seen": 2e10 * 1.34657359027997265, "E": 1.0, "A": 4e9, "alpha": 1.0}
            | {"B": 5e10, "beta": 1.0, "K": 2.0, "rho": 0.5, "sigma": -0.5},
            4.0,
        ),
    ),
    avoid="Runs of one size or one ratio of unique tokens to parameters, which leave rho and sigma open; losses that rise with "
    "epochs (repeats wear out, but never cost).",
    valid_range=RANGE,
    assumes="Size and data add; repeats wear out sooner the larger the model is for its data; more epochs never hurt.",
)
