"""Rivals of pooled_effective_data in what a repeat does to the error of one model: it fades without end, or it costs.

y = d + (1 − d)·(1 + D_eff/D0)^(−b) with logarithmic repeats in D_eff; or with every sample in full and P·Σ_i
share_i²·R_i·1e9/U_i added (the price of pooled_priced_loss, one model's size being in P).
"""

import sympy as sp

from pipeline.laws.catalogue.pools.pooled_effective_data import D1, R, b, d, n, parameters, q, share, unique
from pipeline.laws.catalogue.pools.pooled_repetition_loss import cost_of_repeats
from pipeline.laws.catalogue.repetition.decayed_data import logarithmic_worth
from pipeline.laws.catalogue.repetition.repetition_of_one_model import price
from pipeline.laws.law import Given, Law, Objective, Worked, pool_sum, symbols

SCALE = 1e9
"""Unique samples at which the price of a repetition is stated."""
*curve, quality, repetition = parameters
(P,) = symbols(price)
AVOID = "Curves that do not start at chance error 1; d and b are not identified unless a curve nears its floor."


def _error(worth: sp.Expr) -> sp.Expr:
    return d + (1 - d) * (1 + pool_sum(worth) / (b * D1)) ** (-b)


EXAMPLE: Given = {
    "data_seen": 128e6,
    "share": [0.5, 0.5],
    "unique": [12.8e6, 12.8e6],
    "d": 0.1,
    "D1": 6.67e7,
    "b": 0.15,
    "q": [1.0, 1.27],
}
ROUND: Given = {"share": [1.0], "unique": [1e9], "q": [1.0], "D1": 1e9, "b": 1.0, "d": 0.1}

pooled_logarithmic_data = Law(
    name="pooled_logarithmic_data",
    formula=_error(q * logarithmic_worth(share * n, unique, R)),
    parameters=parameters,
    columns=("data_seen",),
    member_columns=("share", "unique"),
    response="error",
    response_unit="fraction",
    linear=("d",),
    objective=Objective("linear", "l2"),
    question="Which quality pools should a run use at its sample budget, if a repeat fades but never to nothing?",
    source="Lawbook's own; repeats as U·R·ln(1 + R/R*)",
    example=EXAMPLE | {"R": [4.7, 4.3]},
    worked=(Worked("effective data of two scales", ROUND | {"data_seen": 1e9 + 0.5e9 * 6.38905609893065, "R": [0.5]}, 0.4),),
    avoid=AVOID,
    variant_of="pooled_effective_data",
    assumes="As pooled_effective_data, but a repeat fades as one over its number and never to nothing.",
)

pooled_priced_data = Law(
    name="pooled_priced_data",
    formula=_error(q * share * n) + P * cost_of_repeats(sp.Float(SCALE)),
    parameters=(*curve, price, quality),
    columns=("data_seen",),
    member_columns=("share", "unique"),
    response="error",
    response_unit="fraction",
    linear=("d", "P"),
    objective=Objective("linear", "l2"),
    question="Which quality pools should a run use at its sample budget, if a repeat costs?",
    source="Lawbook's own for pools; the price of Lovelace et al. 2026, arXiv:2605.01640",
    example=EXAMPLE | {"P": 1e-4},
    worked=(Worked("three repetitions of 1e9 samples", ROUND | {"data_seen": 4e9, "P": 0.05}, 0.1 + 0.9 / 5 + 0.15),),
    avoid=AVOID + " Another recipe than the fit's.",
    variant_of="pooled_effective_data",
    assumes="As pooled_effective_data, but every sample counts in full and every repeat costs, by the share of its pool.",
)
