"""Benchmark scores of many model families in one fit: a skill level of each family, slopes in size and data shared by all.

Maia Polo et al. 2024 (Sloth), one skill a benchmark. A family is the pool of its models: the one pool of a run, with share 1. One
model of a family is enough to place it, which `sloth_skill`, whose four constants are one family's own, cannot do.
"""

import sympy as sp

from pipeline.laws.catalogue.downstream.capabilities import logistic
from pipeline.laws.law import Law, Objective, Parameter, Worked, member_column, pool_sum, run_column, symbols

N, D, chance = (run_column(n) for n in ("params", "data_seen", "chance"))
share = member_column("share")
_level = Parameter(
    "level",
    domain="real",
    start=(-3.0, 3.0),
    per="pool",
    meaning="logits of the family at a billion parameters and a trillion tokens",
)
_slopes = (
    Parameter("size_slope", domain="real", start=(-1.0, 2.0), meaning="logits a unit of ln billion parameters"),
    Parameter("data_slope", domain="real", start=(-1.0, 2.0), meaning="logits a unit of ln trillion tokens"),
    Parameter("interaction", domain="real", start=(-0.5, 0.5), meaning="logits by both"),
)
b1, b2, b3 = symbols(*_slopes)
_x, _y = sp.log(N / 1e9), sp.log(D / 1e12)

family_skill = Law(
    name="family_skill",
    formula=chance + (1 - chance) * logistic(pool_sum(_level.symbol * share) + b1 * _x + b2 * _y + b3 * _x * _y),
    parameters=(_level, *_slopes),
    columns=("params", "data_seen", "chance"),
    member_columns=("share",),
    response="score",
    response_unit="fraction",
    objective=Objective(space="linear", loss="l2"),
    question="Which benchmark score does the next size of a family reach, given one model of it and the models of others?",
    source="Maia Polo et al. 2024, arXiv:2412.06540 (one skill a benchmark, link fixed)",
    example={
        "params": 7e9,
        "data_seen": 2e12,
        "chance": 0.25,
        "share": [1.0],
        "level": [-0.5],
        "size_slope": 0.5,
        "data_slope": 0.3,
        "interaction": 0.02,
    },
    worked=(
        Worked(
            "half above chance at a billion parameters and a trillion tokens",
            {
                "params": 1e9,
                "data_seen": 1e12,
                "chance": 0.25,
                "share": [1.0],
                "level": [0.0],
                "size_slope": 0.5,
                "data_slope": 0.3,
                "interaction": 0.02,
            },
            0.625,
        ),
    ),
    avoid="Families without one scored model; scores that some rows give above chance and others raw.",
)
