"""Loss of routed models: bilinear in the logs of size and experts, experts saturating (Clark et al. 2022).

params_nonembedding is the dense model's size without routing; experts is the number of experts a routed layer (1 = dense).
"""

import math

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Published, run_column, symbols

N, experts = run_column("params_nonembedding"), run_column("experts")
_bilinear = (
    Parameter("size_slope", domain="real", start=(-0.3, 0.0), meaning="ln loss by ln size (the paper's a)"),
    Parameter("expert_slope", domain="real", start=(-0.3, 0.0), meaning="ln loss by ln experts (b)"),
    Parameter("interaction", domain="real", start=(0.0, 0.05), meaning="how size weakens experts (c)"),
    Parameter("intercept", domain="real", start=(0.0, 10.0), meaning="intercept (d)"),
)
a, b, c, d = symbols(*_bilinear)


def bilinear(ln_size: sp.Expr, ln_experts: sp.Expr) -> sp.Expr:
    """exp(a ln N + b ln E + c ln N ln E + d)."""
    return sp.exp(a * ln_size + b * ln_experts + c * ln_size * ln_experts + d)


_question = "What do more experts bring at this size, and from which size on nothing?"
_avoid = "Other data, batch or length than the fit's: the size term has no data term."

routing = Law(
    name="routing",
    formula=bilinear(sp.log(N), sp.log(experts)),
    parameters=_bilinear,
    columns=("params_nonembedding", "experts"),
    response="loss",
    objective=Objective(loss="l2"),
    question=_question,
    source="Clark et al. 2022, arXiv:2202.01169, eq. 7",
    published=(
        Published(
            "S-Base, MassiveText",
            {
                "size_slope": -0.082,
                "expert_slope": -0.108,
                "interaction": 0.009 / math.log(10),
                "intercept": 1.104 * math.log(10),
            },
            reference="from memory; interaction .009 and intercept 1.104 are for base 10 and converted here",
            verified=False,
        ),
    ),
    example={
        "params_nonembedding": 1e8,
        "experts": 64,
        "size_slope": -0.08,
        "expert_slope": -0.1,
        "interaction": 0.004,
        "intercept": 2.5,
    },
    avoid=_avoid,
    valid_range={"params_nonembedding": (1.5e7, 1.3e9), "experts": (1, 512)},
)

_saturating = (
    *_bilinear,
    Parameter("experts_first", start=(1.0, 10.0), meaning="experts from which routing helps (E_start)"),
    Parameter("experts_last", start=(100.0, 1000.0), meaning="experts at which it saturates (E_max)"),
)
first, last = symbols(*_saturating[4:])
_effective = 1 / (1 / (experts - 1 + 1 / (1 / first - 1 / last)) + 1 / last)

routing_saturating = Law(
    name="routing_saturating",
    formula=bilinear(sp.log(N), sp.log(_effective)),
    parameters=_saturating,
    columns=("params_nonembedding", "experts"),
    response="loss",
    objective=Objective(loss="l2"),
    question=_question,
    source="Clark et al. 2022, arXiv:2202.01169, eq. 8 and 9 (saturation from memory)",
    example={
        "params_nonembedding": 1e8,
        "experts": 64,
        "size_slope": -0.08,
        "expert_slope": -0.1,
        "interaction": 0.004,
        "intercept": 2.5,
        "experts_first": 2.0,
        "experts_last": 300.0,
    },
    avoid=_avoid + " The first expert count must stay below the last.",
    valid_range={"params_nonembedding": (1.5e7, 1.3e9), "experts": (1, 512)},
    variant_of="routing",
)
