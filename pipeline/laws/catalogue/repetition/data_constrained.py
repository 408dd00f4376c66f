"""Repeated tokens and excess parameters count for less, exponentially (Muennighoff et al. 2023, eqs. 5-6)."""

import math

import sympy as sp

from pipeline.laws.law import Law, Parameter, Published, run_column, symbols

N, D, U = run_column("params"), run_column("data_seen"), run_column("data_unique")
parameters = (
    Parameter("E", start=(0.3, 0.99), meaning="irreducible loss", unit="nats per token"),
    Parameter("A", meaning="size coefficient"),
    Parameter("B", meaning="data coefficient"),
    Parameter("alpha", start=(0.05, 1.0), meaning="size exponent"),
    Parameter("beta", start=(0.05, 1.0), meaning="data exponent"),
    Parameter("Rd", start=(1.0, 100.0), meaning="repetitions after which a token's value has fallen to 1/e", unit="repetitions"),
    Parameter(
        "Rn", start=(1.0, 100.0), meaning="excess parameters after which their value has fallen to 1/e", unit="multiples of U_N"
    ),
)
E, A, B, alpha, beta, Rd, Rn = symbols(*parameters)


def optimal_params(unique: sp.Expr) -> sp.Expr:
    """N_opt(U): the compute-optimal size for U fresh tokens, (U·G)^(β/α)·G with G = (αA/(βB))^(1/(α+β))."""
    G = (alpha * A / (beta * B)) ** (1 / (alpha + beta))
    return (unique * G) ** (beta / alpha) * G


def worth(amount: sp.Expr, base: sp.Expr, constant: sp.Expr) -> sp.Expr:
    """amount where it is within base, else base·(1 + R*·(1 − exp(−R/R*))) with R = amount/base − 1."""
    excess = amount / base - 1
    return sp.Piecewise((amount, amount <= base), (base + base * constant * (1 - sp.exp(-excess / constant)), True))


C4 = {
    "E": math.exp(0.6254804),
    "A": math.exp(6.255414),
    "B": math.exp(7.3049974),
    "alpha": 0.3526596,
    "beta": 0.3526596,
    "Rd": 15.387756,
    "Rn": 5.309743,
}

data_constrained = Law(
    name="data_constrained",
    formula=E + A / worth(N, optimal_params(U), Rn) ** alpha + B / worth(D, U, Rd) ** beta,
    parameters=parameters,
    columns=("params", "data_seen", "data_unique"),
    response="loss",
    linear=("E",),
    question="With limited unique data: how many epochs, and how large a model?",
    source="Muennighoff et al. 2023, arXiv:2305.16264",
    published=(
        Published(
            "C4: A, B, E, alpha = beta on 54 Chinchilla IsoFLOP points, then Rd and Rn on 182 repetition runs",
            C4,
            reference="datablations README and parametric_fit notebook; Rd and Rn are one of at least four local minima",
        ),
    ),
    example={"params": 6.34e9, "data_seen": 242e9, "data_unique": 25e9, **C4},
    avoid="Where the loss rises with epochs (the form cannot overfit); absolute losses of other data than C4.",
    valid_range={"params": (7e6, 8.7e9), "data_seen": (1e8, 9e11), "data_unique": (1e8, 1.78e11)},
    assumes="Repeats and excess size lose their worth exponentially; more epochs never hurt.",
)
