"""Pools add effective data, each sample worth its quality and less at every repetition (the project's own form).

y = d + (1 − d)·(1 + D_eff/D0)^(−b), D_eff = Σ_i q_i·eff(n_i; U_i, R_i), n_i = share_i·n. It starts at chance error, is
monotone, needs no equal pool sizes, and adds data where the theorem of repeated utility averages exponents. D0 = b·D1 is fitted
as D1, because D0 and b run off together where no curve nears its floor.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, member_column, pool_sum, run_column, symbols

n = run_column("data_seen")
share, unique = member_column("share"), member_column("unique")


def effective(seen: sp.Expr, fresh: sp.Expr, constant: sp.Expr) -> sp.Expr:
    """eff(n; U, R) = n while fresh, then U + U·R·(1 − exp(−(n/U − 1)/R)): what n samples of U unique ones are worth."""
    repeats = seen / fresh - 1
    return sp.Piecewise((seen, seen <= fresh), (fresh + fresh * constant * (1 - sp.exp(-repeats / constant)), True))


parameters = (
    Parameter("d", start=(0.01, 0.3), meaning="irreducible error", unit="fraction", bounds=(1e-6, 1.0)),
    Parameter(
        "D1", start=(1e7, 1e9), meaning="effective samples in which the reducible error falls by 1/e at first", unit="samples"
    ),
    Parameter("b", start=(0.05, 2.0), meaning="exponent far beyond D1", bounds=(1e-3, 20.0)),
    Parameter(
        "q", start=(0.1, 1.5), per="pool", meaning="quality: worth of a fresh sample relative to the first pool", reference=1.0
    ),
    Parameter("R", start=(1.0, 15.0), per="pool", meaning="repetition constant", unit="repetitions", bounds=(0.05, 100.0)),
)
d, D1, b, q, R = symbols(*parameters)

pooled_effective_data = Law(
    name="pooled_effective_data",
    formula=d + (1 - d) * (1 + pool_sum(q * effective(share * n, unique, R)) / (b * D1)) ** (-b),
    parameters=parameters,
    columns=("data_seen",),
    member_columns=("share", "unique"),
    response="error",
    response_unit="fraction",
    linear=("d",),
    objective=Objective("linear", "l2"),
    question="Which quality pools should a run use at its sample budget, when pools add data instead of averaging exponents?",
    source="Lawbook's own; repetition term of Muennighoff et al. 2023, arXiv:2305.16264",
    example={
        "data_seen": 128e6,
        "share": [0.5, 0.5],
        "unique": [12.8e6, 12.8e6],
        "d": 0.1,
        "D1": 6.67e7,
        "b": 0.15,
        "q": [1.0, 1.27],
        "R": [4.7, 4.3],
    },
    avoid="Curves that do not start at chance error 1; d and b are not identified unless a curve nears its floor.",
    assumes="Pools add effective data; what a repeat is worth falls exponentially with one constant; no schedule.",
)
