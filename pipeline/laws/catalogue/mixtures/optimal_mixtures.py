"""Loss on one target domain over mixture, model size and data together (Shukor et al. 2025); a domain is a pool, h_j its share.

Additive: L = E + 1/(Σ_j C_j·h_j^γ_j) + A/N^α + B/D^β: the best mixture is the same at every scale. Joint: A and B depend on the
mixture too, as power means of what they are when each domain is trained on alone, A(h) = (Σ_j h_j·A_j^(1/γ_A))^γ_A, and B(h)
likewise: the best mixture moves with size and data. (The paper writes C^A_j for A_j^(1/γ_A): the same law, but its C^A and γ_A
run off together.) The joint search starts at the additive solution, from which bad minima are far. Sizes and data in 1e9. One
fit is of one target domain.
"""

import sympy as sp

from pipeline.laws.law import Given, Law, Parameter, Worked, member_column, pool_sum, run_column, symbols

N, D, share = run_column("params") / 1e9, run_column("data_seen") / 1e9, member_column("share")
floor = Parameter("E", start=(0.3, 0.99), meaning="loss that no mixture, size or data goes below", unit="nats per token")
exponents = (
    Parameter("alpha", start=(0.05, 1.0), meaning="size exponent"),
    Parameter("beta", start=(0.05, 1.0), meaning="data exponent"),
)
coefficients = (
    Parameter("A", meaning="what 1e9 parameters leave", unit="nats per token"),
    Parameter("B", meaning="what 1e9 tokens leave", unit="nats per token"),
)
value = (
    Parameter("C", start=(0.3, 30.0), per="pool", meaning="help of a domain to the target", unit="1 / nats per token"),
    Parameter("g", start=(0.1, 1.5), per="pool", meaning="power of its share", bounds=(0.01, 5.0)),
)
alone = (
    Parameter(
        "A",
        start=(0.05, 1.0),
        per="pool",
        meaning="what 1e9 parameters leave, trained on this domain alone",
        unit="nats per token",
    ),
    Parameter("B", start=(0.05, 1.0), per="pool", meaning="what 1e9 tokens of this domain alone leave", unit="nats per token"),
)
bends = (
    Parameter("size_bend", start=(0.3, 2.0), meaning="bend of the mean of A: 1 is arithmetic", bounds=(0.05, 20.0)),
    Parameter("data_bend", start=(0.3, 2.0), meaning="bend of the mean of B: 1 is arithmetic", bounds=(0.05, 20.0)),
)
E, alpha, beta, A, B, C, g, size_bend, data_bend = symbols(floor, *exponents, *coefficients, *value, *bends)


def power_mean(levels: sp.Expr, bend: sp.Expr) -> sp.Expr:
    """(Σ_j h_j·level_j^(1/bend))^bend."""
    return pool_sum(share * levels ** (1 / bend)) ** bend


SOURCE = "Shukor et al. 2025, arXiv:2507.09404"
AVOID = (
    "Domains that repeat (it is of single epochs); a mixture in which no domain helps the target; more than one target in a fit."
)
EXAMPLE: Given = {
    "params": 1e9,
    "data_seen": 2e10,
    "share": [0.6, 0.4],
    "E": 1.2,
    "alpha": 0.35,
    "beta": 0.3,
}
EXAMPLE |= {"C": [3.0, 1.0], "g": [0.4, 0.6]}
ROUND: Given = {
    "params": 4e9,
    "data_seen": 9e9,
    "share": [0.25, 0.75],
    "E": 1.0,
    "alpha": 0.5,
    "beta": 0.5,
}
ROUND |= {"C": [1.0, 2.0], "g": [0.5, 1.0]}

additive_mixture = Law(
    name="additive_mixture",
    formula=E + 1 / pool_sum(C * share**g) + A / N**alpha + B / D**beta,
    parameters=(floor, *exponents, *coefficients, *value),
    columns=("params", "data_seen"),
    member_columns=("share",),
    response="loss",
    linear=("E", "A", "B"),
    question="Which mixture of domains is best for a target domain, whatever the size and the data?",
    source=SOURCE,
    example=EXAMPLE | {"A": 0.4, "B": 0.5},
    worked=(Worked("a root of a quarter, and three quarters twice", ROUND | {"A": 2.0, "B": 3.0}, 3.5),),
    avoid=AVOID,
    assumes="Mixture, size and data add: the best mixture is the same at every scale. All data is fresh.",
)

joint_mixture = Law(
    name="joint_mixture",
    formula=E + 1 / pool_sum(C * share**g) + power_mean(A, size_bend) / N**alpha + power_mean(B, data_bend) / D**beta,
    parameters=(floor, *exponents, *bends, *value, *alone),
    columns=("params", "data_seen"),
    member_columns=("share",),
    response="loss",
    linear=("E",),
    question="Which mixture of domains is best for a target domain at this size and this much data?",
    source=SOURCE,
    example=EXAMPLE | {"size_bend": 1.0, "data_bend": 0.6, "A": [0.4, 0.6], "B": [0.5, 0.3]},
    worked=(
        Worked(
            "arithmetic in size, root mean square in data",
            ROUND | {"size_bend": 1.0, "data_bend": 0.5, "A": [5.0, 1.0], "B": [0.0, 3.4641016151377544]},
            3.5,
        ),
    ),
    avoid=AVOID + " Fewer runs than twice its parameters.",
    variant_of="additive_mixture",
    nests={"size_bend": 1.0, "data_bend": 1.0},
    assumes="What size and data bring depends on the mixture, as power means of the domains. All data is fresh.",
)
