"""Repeats that hurt: Chinchilla's law and a price of every repetition (Lovelace et al. 2026).

L = E + A/N^α + B/D^β + P·R^δ·(N/U)^κ with R = D/U − 1 repetitions and N/U parameters a unique token. P belongs to a recipe:
weight decay, dropout and the optimiser move it (ten times the usual decay took 70 % off it), so that it is fitted for each
recipe. The form with δ = κ = 1 has one coefficient, and the best number of epochs at fixed N in closed form: k* = (B·β·U^(1−β)
/ (P·N))^(1/(1+β)).
"""

import sympy as sp

from pipeline.laws.law import Law, Parameter, Worked, run_column, symbols

N, D, U = run_column("params"), run_column("data_seen"), run_column("data_unique")
shared = (
    Parameter("E", start=(0.3, 0.99), meaning="irreducible loss", unit="nats per token"),
    Parameter("A", meaning="size coefficient"),
    Parameter("B", meaning="data coefficient"),
    Parameter("alpha", start=(0.05, 1.0), meaning="size exponent"),
    Parameter("beta", start=(0.05, 1.0), meaning="data exponent"),
)
price = Parameter(
    "P",
    start=(1e-4, 1e-1),
    meaning="price of one repetition at one parameter a unique token, of this recipe",
    unit="nats per token",
    of_recipe=True,
)
powers = (
    Parameter("delta", start=(0.3, 1.5), meaning="power of the repetitions", bounds=(0.05, 4.0)),
    Parameter("kappa", start=(0.3, 1.5), meaning="power of the parameters a unique token", bounds=(0.05, 4.0)),
)
E, A, B, alpha, beta, P, delta, kappa = symbols(*shared, price, *powers)


def of_repeats(cost: sp.Expr) -> sp.Expr:
    """The cost where data are repeated; nothing in the first epoch, also where it is not finished."""
    return sp.Piecewise((sp.S.Zero, D <= U), (cost, True))


repeats = D / U - 1
penalty = of_repeats(P * repeats * N / U)
COLUMNS = ("params", "data_seen", "data_unique")
SOURCE = "Lovelace et al. 2026, arXiv:2605.01640"
TO_100_EPOCHS = {"E": 2.123, "A": 0.372, "alpha": 0.379, "B": 1.354, "beta": 0.455, "P": 0.00331}
"""Fit to the 139 runs of datablations with at most 100 epochs; sizes and tokens in 1e9."""
EXAMPLE = {"params": 2.81e9, "data_seen": 55e9, "data_unique": 4e9, "E": 2.1231, "A": 957.1, "B": 16880.0}
EXAMPLE |= {"alpha": 0.379, "beta": 0.4551, "P": 0.003306}
RANGE = {"params": (7e6, 8.7e9), "data_seen": (1e8, 9e11), "data_unique": (1e8, 1.78e11)}


def _worked(claim: str, params: float, unique: float, epochs: float, value: float) -> Worked:
    """A value of the published fit, to the rounding of its constants."""
    return Worked(claim, {"params": params, "data_unique": unique, "data_seen": unique * epochs} | TO_100_EPOCHS, value, 1e-3)


overfitting_penalty = Law(
    name="overfitting_penalty",
    formula=E + A / N**alpha + B / D**beta + penalty,
    parameters=(*shared, price),
    columns=COLUMNS,
    response="loss",
    linear=("E", "A", "B", "P"),
    question="How many epochs before another one hurts, and how large a model?",
    source=SOURCE,
    example=EXAMPLE,
    worked=(
        _worked("2.8 B parameters, 4 B tokens, 13.75 epochs", 2.81, 4.0, 13.75, 2.6227),
        _worked("2.8 B parameters, 4 B tokens, one epoch: nothing to pay", 2.81, 4.0, 1.0, 3.0949),
        _worked("8.7 B parameters, 25 B tokens, 7.12 epochs", 8.67, 25.0, 7.12, 2.4223),
        _worked("146 M parameters, 100 M tokens, 15 epochs", 0.146, 0.1, 15.0, 4.0870),
    ),
    avoid="Another recipe than the fit's (P moves with weight decay and dropout); hundreds of epochs, where real losses level "
    "off; mixtures of experts, whose parameters all count.",
    valid_range=RANGE,
    assumes="Size and data add; every repeat costs in proportion to the parameters a unique token, without end, by its recipe.",
)

overfitting_penalty_powers = Law(
    name="overfitting_penalty_powers",
    formula=E + A / N**alpha + B / D**beta + of_repeats(P * repeats**delta * (N / U) ** kappa),
    parameters=(*shared, price, *powers),
    columns=COLUMNS,
    response="loss",
    linear=("E", "A", "B", "P"),
    question="How many epochs before another one hurts, when the price of repeats need not grow in proportion to them?",
    source=SOURCE,
    example=EXAMPLE | {"P": 0.0559, "delta": 0.349, "kappa": 0.707},
    worked=(
        Worked(
            "four repetitions cost two units at a root, four parameters a unique token two more",
            {"params": 4.0, "data_seen": 5.0, "data_unique": 1.0, "E": 1.0, "A": 2.0, "B": 5.0, "alpha": 0.5, "beta": 1.0}
            | {"P": 0.25, "delta": 0.5, "kappa": 0.5},
            4.0,
        ),
    ),
    avoid="A partial second epoch (with delta below 1 the first repeat has an infinite price); another recipe than the fit's; "
    "fewer than two decades of epochs, where P and delta stand for each other.",
    valid_range=RANGE,
    variant_of="overfitting_penalty",
)
