"""Loss over model size and pools whose samples add effective data; quality and repetition may depend on model size.

L = E + A/N^α + B/D_eff^β, D_eff = Σ_i q_i·eff(n_i; U_i, R_i). In the null model q and R are constants; in the alternative ln q_i
and ln R_i are linear in ln N, so that the data decide whether a larger model makes more of poor data (Mohri et al. 2026).
"""

import sympy as sp

from pipeline.laws.catalogue.pools.pooled_effective_data import effective
from pipeline.laws.law import Law, Parameter, member_column, pool_sum, run_column, symbols

N, n = run_column("params"), run_column("data_seen")
share, unique = member_column("share"), member_column("unique")
REFERENCE_SIZE = 1e9
"""Parameters at which q and R of the size-dependent law are stated."""

shared = (
    Parameter("E", start=(0.3, 0.99), meaning="irreducible loss", unit="nats per token"),
    Parameter("A", meaning="size coefficient"),
    Parameter("B", meaning="data coefficient"),
    Parameter("alpha", start=(0.05, 1.0), meaning="size exponent"),
    Parameter("beta", start=(0.05, 1.0), meaning="data exponent"),
)
quality = Parameter("q", start=(0.1, 1.5), per="pool", meaning="worth of a fresh token relative to the first pool", reference=1.0)
repetition = Parameter("R", start=(1.0, 15.0), per="pool", meaning="repetition constant", unit="repetitions", bounds=(0.05, 1e3))
growth = (
    Parameter("gq", "real", start=(-0.3, 0.3), per="pool", meaning="d ln q / d ln N", reference=0.0, bounds=(-3.0, 3.0)),
    Parameter("gR", "real", start=(-0.3, 0.3), per="pool", meaning="d ln R / d ln N", bounds=(-3.0, 3.0)),
)
E, A, B, alpha, beta = symbols(*shared)
q, R, gq, gR = symbols(quality, repetition, *growth)


def _loss(worth: sp.Expr, constant: sp.Expr) -> sp.Expr:
    return E + A / N**alpha + B / pool_sum(worth * effective(share * n, unique, constant)) ** beta


EXAMPLE: dict[str, float | list[float]] = {
    "params": 1e9,
    "data_seen": 1e11,
    "share": [0.5, 0.5],
    "unique": [2e10, 1e11],
    "E": 1.8,
    "A": 480.0,
    "B": 2100.0,
    "alpha": 0.35,
    "beta": 0.37,
    "q": [1.0, 0.6],
    "R": [15.0, 6.0],
}
COLUMNS = ("params", "data_seen")
SOURCE = "Lawbook's own; after Muennighoff et al. 2023, arXiv:2305.16264, and Mohri et al. 2026, arXiv:2605.19407"
AVOID = "Fewer than three model sizes or data amounts; pools that every run draws in the same proportion."

pooled_effective_loss = Law(
    name="pooled_effective_loss",
    formula=_loss(q, R),
    parameters=(*shared, quality, repetition),
    columns=COLUMNS,
    member_columns=("share", "unique"),
    response="loss",
    linear=("E", "A", "B"),
    question="Which pools, how many epochs and which model size together, when quality is the same for every model?",
    source=SOURCE,
    example=EXAMPLE,
    avoid=AVOID,
    assumes="Pools add effective data beside a term of size; the quality of a pool is the same for every size.",
)

pooled_effective_loss_by_size = Law(
    name="pooled_effective_loss_by_size",
    formula=_loss(q * (N / REFERENCE_SIZE) ** gq, R * (N / REFERENCE_SIZE) ** gR),
    parameters=(*shared, quality, repetition, *growth),
    columns=COLUMNS,
    member_columns=("share", "unique"),
    response="loss",
    linear=("E", "A", "B"),
    question="Does a larger model make more of poor or repeated data, so that at some compute no filter wins?",
    source=SOURCE,
    example=EXAMPLE | {"gq": [0.0, 0.1], "gR": [0.0, 0.1]},
    avoid=AVOID,
    variant_of="pooled_effective_loss",
)
