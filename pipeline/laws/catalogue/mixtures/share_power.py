"""A power of the share: the tokens of a domain count less than in proportion, and more where it is rare (own form).

L = E + A/N^α + B/(D·Σ_j q_j·h_j^p)^β for one target domain. p = 1 is effective_mixing with size and data; p < 1 says that the
first tokens of a domain help most. One power for all domains: K + 5 parameters.
"""

from pipeline.laws.law import Given, Law, Parameter, Worked, member_column, pool_sum, run_column, symbols

N, D, share = run_column("params"), run_column("data_seen"), member_column("share")
parameters = (
    Parameter("E", start=(0.3, 0.99), meaning="irreducible loss on the target", unit="nats per token"),
    Parameter("A", meaning="size coefficient"),
    Parameter("B", meaning="data coefficient"),
    Parameter("alpha", start=(0.05, 1.0), meaning="size exponent"),
    Parameter("beta", start=(0.05, 1.0), meaning="data exponent"),
    Parameter("p", start=(0.2, 1.2), meaning="power of the share", bounds=(0.02, 3.0)),
    Parameter("q", start=(0.1, 1.5), per="pool", meaning="help of a domain alone, relative to the first", reference=1.0),
)
E, A, B, alpha, beta, p, q = symbols(*parameters)
EXAMPLE: Given = {"params": 1e9, "data_seen": 2e10, "share": [0.6, 0.4], "E": 1.8, "A": 480.0, "B": 2100.0}
EXAMPLE |= {"alpha": 0.35, "beta": 0.37, "p": 0.5, "q": [1.0, 0.3]}
ROOTS: Given = {"params": 4.0, "data_seen": 2.0, "share": [0.25, 0.25], "E": 1.0, "A": 2.0, "B": 6.0, "alpha": 0.5, "beta": 1.0}
ROOTS |= {"p": 0.5, "q": [1.0, 2.0]}

share_power = Law(
    name="share_power",
    formula=E + A / N**alpha + B / (D * pool_sum(q * share**p)) ** beta,
    parameters=parameters,
    columns=("params", "data_seen"),
    member_columns=("share",),
    response="loss",
    linear=("E", "A", "B"),
    question="Which mixture is best for a target domain, when the first tokens of each domain help most?",
    source="Lawbook's own; the power of a share of Shukor et al. 2025, arXiv:2507.09404, in effective data",
    example=EXAMPLE,
    worked=(
        Worked(
            "roots of a quarter",
            ROOTS,
            4.0,
        ),
    ),
    avoid="Domains that repeat (it sees no unique data): see scarce_target; more than one target in a fit.",
    assumes="The tokens of a domain help by a power of its share, alike for all domains; size adds. All data is fresh.",
)
