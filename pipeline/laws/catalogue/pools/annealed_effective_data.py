"""Pooled effective data read in the middle of a decaying schedule (the project's own form; the winner among its mixture laws).

(1 − y)/y = (D_eff·e^(κ·φ)/D1)^g, D_eff = Σ_i q_i·eff(n_i; U_i, R·q_i^ρ), φ = data_seen/data_planned: the odds of a right answer
are a power of effective data. Points of one run share its schedule: without κ·φ the flattening towards the end of a cosine is
taken for repetition, repeats look worse than they are, and the forecast of a fresh mixture is too good. One repetition constant
and its power ρ of quality replace one constant a pool, and there is no irreducible error: no curve here comes near one. In the
curves of one schedule length φ cannot be told from samples seen, so that its reading as annealing is assumed. A finished run
has φ = 1, so plans compare complete schedules.
"""

import sympy as sp

from pipeline.laws.catalogue.pools.pooled_effective_data import effective
from pipeline.laws.law import Law, Objective, Parameter, member_column, pool_sum, run_column, symbols

n, planned = run_column("data_seen"), run_column("data_planned")
share, unique = member_column("share"), member_column("unique")
parameters = (
    Parameter("D1", start=(1e7, 1e9), meaning="effective samples at which the error is one half", unit="samples"),
    Parameter("g", start=(0.5, 1.5), meaning="power of effective data in the odds of a right answer", bounds=(0.01, 10.0)),
    Parameter(
        "kappa", "real", start=(-1.0, 0.2), meaning="change of ln effective data over a whole schedule", bounds=(-3.0, 3.0)
    ),
    Parameter("R", start=(1.0, 15.0), meaning="repetition constant at quality 1", unit="repetitions", bounds=(0.05, 100.0)),
    Parameter("rho", "real", start=(-0.2, 0.8), meaning="power of quality in the repetition constant", bounds=(-3.0, 3.0)),
    Parameter(
        "q", start=(0.1, 1.5), per="pool", meaning="quality: worth of a fresh sample relative to the first pool", reference=1.0
    ),
)
D1, g, kappa, R, rho, q = symbols(*parameters)
worth = pool_sum(q * effective(share * n, unique, R * q**rho)) * sp.exp(kappa * n / planned)

annealed_effective_data = Law(
    name="annealed_effective_data",
    formula=1 / (1 + (worth / D1) ** g),
    parameters=parameters,
    columns=("data_seen", "data_planned"),
    member_columns=("share", "unique"),
    response="error",
    response_unit="fraction",
    objective=Objective("linear", "l2"),
    question="Which quality pools should a run use at its sample budget, told from points in the middle of decaying schedules?",
    source="Lawbook's own; repetition term of Muennighoff et al. 2023, arXiv:2305.16264",
    example={
        "data_seen": 64e6,
        "data_planned": 128e6,
        "share": [0.5, 0.5],
        "unique": [12.8e6, 12.8e6],
        "D1": 2.0e8,
        "g": 1.04,
        "kappa": -0.35,
        "R": 4.8,
        "rho": 0.33,
        "q": [1.0, 1.15],
    },
    avoid="Final points only (kappa is then not identified: use pooled_effective_data); schedules of several shapes in one fit; "
    "curves that do not start at chance error 1 or that near a floor.",
    assumes="As pooled_effective_data; points inside a schedule lack what its remaining decay gives, alike for every pool.",
)
