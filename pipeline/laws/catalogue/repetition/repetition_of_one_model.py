"""Rivals of logarithmic_repetition for one model on a pool: repeats that fade to nothing, and repeats that cost.

Exponential: a·(D'/1e9)^(−b), D' = U + U·R·(1 − exp(−(D/U − 1)/R)). Priced: a·(D/1e9)^(−b) + P·(D/U − 1)·1e9/U; one model's size
is in P.
"""

from pipeline.laws.catalogue.repetition.data_constrained import worth
from pipeline.laws.catalogue.repetition.logarithmic_repetition import SCALE, D, U, a, b
from pipeline.laws.catalogue.repetition.logarithmic_repetition import parameters as shared
from pipeline.laws.catalogue.repetition.overfitting_penalty import of_repeats
from pipeline.laws.law import Law, Objective, Parameter, Worked, symbols

fade = Parameter(
    "R",
    start=(1.0, 100.0),
    meaning="repetitions after which a sample's worth has fallen to 1/e",
    unit="repetitions",
    bounds=(0.05, 1e4),
)
price = Parameter(
    "P",
    start=(1e-4, 1e-1),
    meaning="price of a repetition of 1e9 unique samples to this model, of this recipe",
    unit="fraction",
    of_recipe=True,
)
R, P = symbols(fade, price)
AVOID = "More than one architecture in a cohort; a metric with a floor that the runs come near; pools of different quality."
RANGE = {"data_seen": (2.4e9, 3.5e10), "data_unique": (8e7, 4.2e8)}

exponential_repetition = Law(
    name="exponential_repetition",
    formula=a * (worth(D, U, R) / SCALE) ** -b,
    parameters=(*shared, fade),
    columns=("data_seen", "data_unique"),
    response="error",
    response_unit="fraction",
    question="How far does the error of one model fall when a limited pool is repeated for longer, if repeats fade to nothing?",
    source="Lawbook's own; repetition term of Muennighoff et al. 2023, arXiv:2305.16264",
    objective=Objective("log", "l2"),
    example={"data_seen": 34e9, "data_unique": 4e8, "a": 0.35, "b": 0.147, "R": 60.0},
    worked=(
        Worked(
            "endless repeats are worth 1 + R pools", {"data_seen": 1e15, "data_unique": 1e9, "a": 0.6, "b": 0.5, "R": 3.0}, 0.3
        ),
    ),
    avoid=AVOID,
    valid_range=RANGE,
    variant_of="logarithmic_repetition",
    assumes="One model size; what a repeat is worth falls exponentially to nothing; no floor of the error.",
)

priced_repetition = Law(
    name="priced_repetition",
    formula=a * (D / SCALE) ** -b + of_repeats(P * (D / U - 1) * SCALE / U),
    parameters=(*shared, price),
    columns=("data_seen", "data_unique"),
    response="error",
    response_unit="fraction",
    linear=("a", "P"),
    question="After how many epochs on a limited pool does the error of one model rise?",
    source="Lawbook's own; the price of Lovelace et al. 2026, arXiv:2605.01640, for one model",
    objective=Objective("log", "l2"),
    example={"data_seen": 34e9, "data_unique": 4e8, "a": 0.35, "b": 0.2, "P": 1e-4},
    worked=(
        Worked(
            "a tenth for each of three repetitions", {"data_seen": 4e9, "data_unique": 1e9, "a": 0.6, "b": 0.5, "P": 0.1}, 0.6
        ),
    ),
    avoid=AVOID + " Another recipe than the fit's.",
    valid_range=RANGE,
    variant_of="logarithmic_repetition",
    assumes="One model size; every repeat costs alike, without end; no floor of the error.",
)
