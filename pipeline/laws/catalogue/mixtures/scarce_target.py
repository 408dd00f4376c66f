"""A scarce target inside a generic stream may be repeated more often than alone (Sedova et al. 2026).

L = E + A/N^α + B·N^δ/D_eff^β + Σ_i g_i·share_i, D_eff = Σ_i q_i·eff(n_i; U_i, R); N in 1e9. The first pool is the target (q =
1, g = 0), of whose tokens r = n/U epochs are worth 1 + R·(1 − exp(−(r − 1)/R)) of one; δ > 0 lets a large model lose more by
every missing token. The paper has one generic pool, always fresh: its price γ·h of too little generic text is g = −γ there, and
its E is E − γ here.
"""

from pipeline.laws.catalogue.pools.pooled_effective_data import effective
from pipeline.laws.law import Given, Law, Parameter, Worked, member_column, pool_sum, run_column, symbols

N, n = run_column("params") / 1e9, run_column("data_seen")
share, unique = member_column("share"), member_column("unique")
parameters = (
    Parameter("E", start=(0.3, 0.99), meaning="irreducible loss on the target, trained on it alone", unit="nats per token"),
    Parameter("A", meaning="what 1e9 parameters leave", unit="nats per token"),
    Parameter("B", meaning="data coefficient at 1e9 parameters"),
    Parameter("alpha", start=(0.05, 1.0), meaning="size exponent"),
    Parameter("beta", start=(0.05, 1.0), meaning="data exponent"),
    Parameter("delta", "real", start=(-0.1, 0.4), meaning="power of size in what missing data cost", bounds=(-2.0, 2.0)),
    Parameter("R", start=(2.0, 40.0), meaning="repetition scale of every pool", unit="epochs", bounds=(0.05, 1e3)),
    Parameter("q", start=(0.02, 1.0), per="pool", meaning="worth of a token for the target, relative to its own", reference=1.0),
    Parameter(
        "g",
        "real",
        start=(-0.3, 0.1),
        per="pool",
        meaning="change of the loss by the share of this pool",
        reference=0.0,
        bounds=(-10.0, 10.0),
    ),
)
E, A, B, alpha, beta, delta, R, q, g = symbols(*parameters)
ONE: Given = {
    "params": 1e9,
    "share": [1.0],
    "unique": [1.0],
    "E": 0.0,
    "A": 0.0,
    "B": 1.0,
    "alpha": 1.0,
    "beta": 1.0,
    "delta": 0.2,
}
HALVES: Given = {"params": 4e9, "data_seen": 2.0, "share": [0.5, 0.5], "unique": [2.0, 9.0], "E": 1.0, "A": 2.0, "B": 1.5}
HALVES |= {"alpha": 0.5, "beta": 1.0, "delta": 0.5, "R": 15.0, "q": [1.0, 0.5], "g": [0.0, -1.0]}
EXAMPLE: Given = {"params": 5e8, "data_seen": 1e10, "share": [0.3, 0.7], "unique": [2e8, 1e11], "E": 2.0, "A": 0.4, "B": 2000.0}
EXAMPLE |= {"alpha": 0.35, "beta": 0.37, "delta": 0.1, "R": 15.0, "q": [1.0, 0.15], "g": [0.0, -0.2]}

scarce_target = Law(
    name="scarce_target",
    formula=E + A / N**alpha + B * N**delta / pool_sum(q * effective(share * n, unique, R)) ** beta + pool_sum(g * share),
    parameters=parameters,
    columns=("params", "data_seen"),
    member_columns=("share", "unique"),
    response="loss",
    linear=("E", "A", "B"),
    question="Which share of the stream should a scarce target have, and how often may it then be repeated?",
    source="Sedova et al. 2026, arXiv:2605.12715, as re-implemented in marin-community/marin; more generic pools: Lawbook",
    example=EXAMPLE,
    worked=(
        *(
            Worked(
                f"{epochs:g} epochs are worth {worth} at a scale of 15",
                ONE | {"data_seen": epochs, "R": 15.0, "q": [1.0], "g": [0.0]},
                1 / worth,
                1e-5,
            )
            for epochs, worth in ((1.0, 1.0), (4.0, 3.719), (16.0, 10.482), (40.0, 14.886))
        ),
        Worked(
            "half a target epoch, as many generic tokens at a half, and their price",
            HALVES,
            3.5,
        ),
    ),
    avoid="Losses on other text than the target's; pools that every run draws in the same proportion; a target that no run "
    "repeats, which leaves R open.",
    assumes="Pools add effective data for one target, repeats fade with one scale, each share has a price.",
)
