"""Rivals of pooled_effective_loss in what a repeat does: it fades without end, or it costs.

Logarithmic: eff(n; U, R) = U + U·R·ln(1 + (n/U − 1)/R). Priced: every token counts in full, and P·Σ_i share_i²·R_i·N/U_i is
added with R_i = n_i/U_i − 1 repetitions: a pool that has a share of the stream has that share of the model's parameters, so
that two halves of a pool cost what the whole does, and one pool alone is overfitting_penalty. The sum over pools is Lawbook's
own.
"""

import sympy as sp

from pipeline.laws.catalogue.pools.pooled_effective_loss import (
    AVOID,
    COLUMNS,
    EXAMPLE,
    A,
    B,
    E,
    N,
    R,
    alpha,
    beta,
    n,
    q,
    quality,
    repetition,
    share,
    shared,
    unique,
)
from pipeline.laws.catalogue.repetition.decayed_data import logarithmic_worth
from pipeline.laws.catalogue.repetition.overfitting_penalty import price
from pipeline.laws.law import Given, Law, Worked, pool_sum, symbols

(P,) = symbols(price)


def cost_of_repeats(parameters: sp.Expr) -> sp.Expr:
    """Σ share²·R·parameters/U over the pools that a run repeats."""
    cost = share**2 * (share * n / unique - 1) * parameters / unique
    return pool_sum(sp.Piecewise((sp.S.Zero, share * n <= unique), (cost, True)))


ROUND: Given = {"params": 4.0, "share": [1.0], "unique": [1.0], "q": [1.0], "E": 1.0, "A": 2.0, "alpha": 0.5, "beta": 1.0}

pooled_logarithmic_loss = Law(
    name="pooled_logarithmic_loss",
    formula=E + A / N**alpha + B / pool_sum(q * logarithmic_worth(share * n, unique, R)) ** beta,
    parameters=(*shared, quality, repetition),
    columns=COLUMNS,
    member_columns=("share", "unique"),
    response="loss",
    linear=("E", "A", "B"),
    question="Which pools, how many epochs and which model size together, if a repeat fades but never to nothing?",
    source="Lawbook's own; repeats as U·R·ln(1 + R/R*)",
    example=EXAMPLE,
    worked=(Worked("e − 1 times the scale", ROUND | {"data_seen": 1 + 2 * 1.718281828459045, "R": [2.0], "B": 6.0}, 4.0),),
    avoid=AVOID,
    variant_of="pooled_effective_loss",
    assumes="As pooled_effective_loss, but a repeat fades as one over its number and never to nothing.",
)

pooled_priced_loss = Law(
    name="pooled_priced_loss",
    formula=E + A / N**alpha + B / pool_sum(q * share * n) ** beta + P * cost_of_repeats(N),
    parameters=(*shared, price, quality),
    columns=COLUMNS,
    member_columns=("share", "unique"),
    response="loss",
    linear=("E", "A", "B", "P"),
    question="Which pools, how many epochs and which model size together, if a repeat costs?",
    source="Lawbook's own for pools; the price of Lovelace et al. 2026, arXiv:2605.01640",
    example={name: value for name, value in EXAMPLE.items() if name != "R"} | {"P": 0.0033},
    worked=(
        Worked("one pool, four repetitions at four parameters a token", ROUND | {"data_seen": 5.0, "B": 5.0, "P": 0.25}, 7.0),
        Worked(
            "two halves of it cost what it does whole",
            ROUND | {"data_seen": 5.0, "B": 5.0, "P": 0.25, "share": [0.5, 0.5], "unique": [0.5, 0.5], "q": [1.0, 1.0]},
            7.0,
        ),
    ),
    avoid=AVOID + " Another recipe than the fit's: the price of repeats moves with weight decay and dropout.",
    variant_of="pooled_effective_loss",
    assumes="As pooled_effective_loss, but every sample counts in full and every repeat costs, by the share of its pool.",
)
