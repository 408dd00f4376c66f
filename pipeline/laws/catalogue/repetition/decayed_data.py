"""Repeats that fade: Chinchilla's law on effective data, with its constants free (the data half of Muennighoff et al. 2023).

L = E + A/N^α + B/D'^β. Exponential: D' = U + U·R*·(1 − exp(−R/R*)), which ends at U·(1 + R*). Logarithmic: D' = U + U·R*·ln(1 +
R/R*), which never ends. R = D/U − 1; both are D in the first epoch and count the first repeat almost in full.
"""

import sympy as sp

from pipeline.laws.catalogue.repetition.data_constrained import worth
from pipeline.laws.catalogue.repetition.overfitting_penalty import COLUMNS, RANGE, A, B, D, E, N, U, alpha, beta, shared
from pipeline.laws.law import Law, Parameter, Worked, symbols

scale = Parameter(
    "Rd", start=(1.0, 100.0), meaning="repetitions after which a token's value has faded", unit="repetitions", bounds=(0.05, 1e4)
)
(Rd,) = symbols(scale)


def logarithmic_worth(amount: sp.Expr, base: sp.Expr, constant: sp.Expr) -> sp.Expr:
    """amount where it is within base, else base·(1 + R*·ln(1 + R/R*)) with R = amount/base − 1: no ceiling."""
    excess = amount / base - 1
    return sp.Piecewise((amount, amount <= base), (base + base * constant * sp.log(1 + excess / constant), True))


SOURCE = "Muennighoff et al. 2023, arXiv:2305.16264 (their decay of data; A, B, E and both exponents free)"
EXAMPLE = {"params": 2.81e9, "data_seen": 55e9, "data_unique": 4e9, "E": 2.031, "A": 317.9, "B": 13090.0}
EXAMPLE |= {"alpha": 0.3199, "beta": 0.4384, "Rd": 26.2}
ROUND = {"params": 4.0, "data_unique": 1.0, "E": 1.0, "A": 2.0, "B": 6.0, "alpha": 0.5, "beta": 1.0}

decayed_data = Law(
    name="decayed_data",
    formula=E + A / N**alpha + B / worth(D, U, Rd) ** beta,
    parameters=(*shared, scale),
    columns=COLUMNS,
    response="loss",
    linear=("E", "A", "B"),
    question="How many epochs are limited data worth, if a repeat only fades?",
    source=SOURCE,
    example=EXAMPLE,
    worked=(
        Worked("ln 2 times two repetitions, with a scale of two", ROUND | {"data_seen": 2.3862943611198906, "Rd": 2.0}, 5.0),
    ),
    avoid="Runs whose loss rises with epochs (the form cannot overfit): see overfitting_penalty and capacity_repetition.",
    valid_range=RANGE,
)

logarithmic_data = Law(
    name="logarithmic_data",
    formula=E + A / N**alpha + B / logarithmic_worth(D, U, Rd) ** beta,
    parameters=(*shared, scale),
    columns=COLUMNS,
    response="loss",
    linear=("E", "A", "B"),
    question="How many epochs are limited data worth, if a repeat fades but never to nothing?",
    source="Lawbook's own; measured on Cherti et al. 2022, arXiv:2212.07143",
    example=EXAMPLE | {"Rd": 18.9, "E": 2.02, "B": 13060.0, "alpha": 0.3186, "beta": 0.4387},
    worked=(Worked("e − 1 times the scale", ROUND | {"data_seen": 1 + 2 * 1.718281828459045, "Rd": 2.0}, 4.0),),
    avoid="Runs whose loss rises with epochs; plans of hundreds of epochs, where it promises most and nothing has tested it.",
    valid_range=RANGE,
    variant_of="decayed_data",
    assumes="Size and data add; a repeat fades as one over its number and never to nothing; more epochs never hurt.",
)
