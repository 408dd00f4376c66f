"""Performance of a data mixture at a size from two small sizes (Kang et al. 2023, projektor, arXiv:2307.02460).

Stage 1, at one size: a mixture p of sources whose training set lies at transport distance OT from the validation set scores
Σ_i (b2_i·p_i² + b1_i·p_i + b0)·OT + Σ_i (c2_i·p_i² + c1_i·p_i + c0). Stage 2: the score is linear in the logarithm of the size.
Shares sum to one, so the linear coefficients of the first source are folded into the constants.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, member_column, pool_sum, run_column, symbols

distance, n = run_column("transport_distance"), run_column("data_seen")
small, large = run_column("size_small"), run_column("size_large")
share = member_column("share")


def _coefficient(name: str, meaning: str, reference: float | None = None) -> Parameter:
    return Parameter(name, "real", start=(-1.0, 1.0), per="pool", meaning=meaning, reference=reference)


constants = (
    Parameter("b0", "real", start=(-1.0, 1.0), meaning="score per unit of distance"),
    Parameter("c0", "real", start=(-1.0, 1.0), meaning="score at distance 0"),
)
squares = (_coefficient("b2", "of share² times distance"), _coefficient("c2", "of share²"))
slopes = (_coefficient("b1", "of share times distance", 0.0), _coefficient("c1", "of share", 0.0))
b0, c0, b2, c2, b1, c1 = symbols(*constants, *squares, *slopes)
EXAMPLE: dict[str, float | list[float]] = {
    "transport_distance": 12.0,
    "share": [0.5, 0.3, 0.2],
    "b0": -0.02,
    "c0": 0.8,
    "b2": [0.01, -0.01, 0.02],
    "b1": [0.0, 0.01, -0.01],
    "c1": [0.0, 0.1, 0.05],
}
SOURCE = "Kang et al. 2023, arXiv:2307.02460"
AVOID = "Mixtures of sources that were never varied together; the score is not bounded."

projektor = Law(
    name="projektor",
    formula=b0 * distance + c0 + pool_sum((b2 * share**2 + b1 * share) * distance + c2 * share**2 + c1 * share),
    parameters=(*constants, *squares, *slopes),
    columns=("transport_distance",),
    member_columns=("share",),
    response="score",
    response_unit="of the metric",
    linear=("b0", "c0"),
    objective=Objective("linear", "l2"),
    question="Which score does a mixture of sources give at this size, from its distance to the validation set?",
    source=SOURCE,
    example=EXAMPLE | {"c2": [0.05, -0.02, 0.01]},
    avoid=AVOID,
)

projektor_released = Law(
    name="projektor_released",
    formula=b0 * distance + c0 + pool_sum((b2 * share**2 + b1 * share) * distance + c1 * share),
    parameters=(*constants, _coefficient("b2", "of share² times distance", 0.0), *slopes),
    columns=("transport_distance",),
    member_columns=("share",),
    response="score",
    response_unit="of the metric",
    linear=("b0", "c0"),
    objective=Objective("linear", "l2"),
    question="What does the authors' program fit? It has no squares of the shares alone, and leaves one source out.",
    source=SOURCE + ", released notebook (its left-out source is the last; here it is the first pool)",
    example=EXAMPLE | {"b2": [0.0, -0.01, 0.02]},
    avoid=AVOID,
    variant_of="projektor",
)

ends = (
    Parameter("score_small", "real", start=(0.0, 1.0), meaning="score at size_small"),
    Parameter("score_large", "real", start=(0.0, 1.0), meaning="score at size_large"),
)

projektor_size = Law(
    name="projektor_size",
    formula=(sp.log(n / small) * ends[1].symbol - sp.log(n / large) * ends[0].symbol) / sp.log(large / small),
    parameters=ends,
    columns=("data_seen", "size_small", "size_large"),
    response="score",
    response_unit="of the metric",
    linear=("score_small", "score_large"),
    objective=Objective("linear", "l2"),
    question="Which score does the same mixture give at a larger size, from two small ones?",
    source=SOURCE,
    example={"data_seen": 10_000.0, "size_small": 1000.0, "size_large": 1500.0, "score_small": 0.50, "score_large": 0.54},
    avoid="Sizes far beyond the larger one: errors of the small scores are multiplied, and the score is not bounded.",
)
