"""A second pool whose value changes sign with the tokens a parameter has of the first (Russell et al. 2026).

L = E + A·n^(−α) + B·D_eff^(−β)·(1 + H); n = N/1e8, d = D_1/1e9 tokens of the first pool, r = D_2/D_1, t = D_1/(20·N); D_eff =
d·(1 + η·R*·(1 − exp(−r/R*))), R* = K·t^ρ; H = γ·t^u·n^v·(ln(1 + r) − r/(1 + r)). A model that is short of the first pool gains
by the second (η), one that has plenty loses by it (H). No law of effective data that is never negative can say so.
"""

import math

import sympy as sp

from pipeline.laws.law import Given, Law, Parameter, Published, Worked, member_column, pool_sum, run_column, symbols

N, D, share = run_column("params"), run_column("data_seen"), member_column("share")
parameters = (
    Parameter("E", start=(0.3, 0.99), meaning="irreducible loss", unit="nats per token"),
    Parameter("A", meaning="what 1e8 parameters leave", unit="nats per token"),
    Parameter("B", meaning="what 1e9 tokens of the first pool leave", unit="nats per token"),
    Parameter("alpha", start=(0.05, 1.0), meaning="size exponent"),
    Parameter("beta", start=(0.05, 1.0), meaning="data exponent"),
    Parameter("eta", start=(0.2, 3.0), meaning="worth of the first token of the second pool", bounds=(1e-4, 100.0)),
    Parameter("K", start=(1e-3, 1.0), meaning="saturation scale of the second pool at 20 tokens a parameter", bounds=(1e-8, 1e4)),
    Parameter("rho", "real", start=(-4.0, 0.0), meaning="power of tokens a parameter in that scale", bounds=(-12.0, 6.0)),
    Parameter("gamma", start=(0.03, 1.0), meaning="harm of the second pool at 20 tokens a parameter", bounds=(1e-6, 100.0)),
    Parameter("u", "real", start=(0.0, 2.0), meaning="power of tokens a parameter in the harm", bounds=(-6.0, 6.0)),
    Parameter("v", "real", start=(-0.5, 1.0), meaning="power of size in the harm", bounds=(-6.0, 6.0)),
    Parameter(
        "is_first", "real", per="pool", meaning="1 of the first pool, 0 of the others: not fitted", reference=1.0, others=0.0
    ),
)
E, A, B, alpha, beta, eta, K, rho, gamma, u, v, is_first = symbols(*parameters)
first_share = pool_sum(is_first * share)
first = first_share * D
n, t, r = N / 1e8, first / (20 * N), 1 / first_share - 1
scale = K * t**rho
worth = first / 1e9 * (1 + eta * scale * (1 - sp.exp(-r / scale)))
harm = gamma * t**u * n**v * (sp.log(1 + r) - r / (1 + r))
C4 = {"E": 0.7115029, "A": 0.2548477, "alpha": 0.3027352, "B": 0.0848007, "beta": 0.4721662, "eta": 1.7291646, "K": 0.0019969706}
C4 |= {"rho": -3.2930284, "gamma": 0.4053355, "u": 1.2036266, "v": 0.4421995}
ROLES = {"is_first": [1.0, 0.0]}


def _at(params: float, first_data: float, ratio: float) -> Given:
    """A run on `first_data` of the first pool and `ratio` times as much of the second."""
    return {"params": params, "data_seen": first_data * (1 + ratio), "share": [1 / (1 + ratio), ratio / (1 + ratio)], **ROLES}


harmful_pool = Law(
    name="harmful_pool",
    formula=E + A * n**-alpha + B * worth**-beta * (1 + harm),
    parameters=parameters,
    columns=("params", "data_seen"),
    member_columns=("share",),
    response="loss",
    linear=("E", "A", "B"),
    question="Up to how many tokens a parameter does a second pool help, and from when does it harm?",
    source="Russell et al. 2026, arXiv:2609.40295 (WildAI)",
    published=(
        Published(
            "C4 with text of language models as the second pool, bits per byte, 726 runs of at most 268 M parameters",
            C4,
            reference="the authors' constants; CC BY-NC-SA 4.0",
        ),
    ),
    example={"params": 1e8, "data_seen": 4e9, "share": [0.5, 0.5], **C4, **ROLES},
    worked=(
        Worked("none of the second pool, every power of one", _at(1e8, 1e9, 0.0) | C4, C4["E"] + C4["A"] + C4["B"], 1e-12),
        Worked(
            "effective data twice the first pool's, twice as dear by harm",
            _at(1e8, 2e9, math.e - 1)
            | {"E": 1.0, "A": 2.0, "B": 3.0, "alpha": 1.0, "beta": 0.5, "K": (math.e - 1) / math.log(2), "rho": 1.0}
            | {"eta": 2 * math.log(2) / (math.e - 1), "gamma": math.e, "u": 1.0, "v": 1.0},
            6.0,
        ),
    ),
    avoid="Runs without the first pool (tokens a parameter are of it); more than two pools, of which all but the first count "
    "alike; a first pool that repeats.",
    valid_range={"params": (1e7, 2.68e8)},
    assumes="A second pool helps while the first is short for the model and harms when it is not; one pass over the first.",
)
