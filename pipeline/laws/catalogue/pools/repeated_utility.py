"""Each repetition of a pool halves its utility every half-life of epochs; mixtures average utilities (Goyal et al. 2024, §3-4).

One pool: y = d + (a·n_1/1e5)^b · Π_{k≥1} (n_{k+1}/n_k)^(b·δ^k), δ = 2^(−1/τ), n_k = k epochs. In logarithms this is
additive over pools, so a run that draws the share w_i of its n samples from u_i unique samples of pool i (an epoch of which is
L_i = u_i/w_i samples of the run long) has ln(y − d) = Σ_i w_i·b_i·G(n; L_i, τ̂_i). Half-lives are counted in epochs of the whole
pool, so τ̂_i = τ_i·L_i/size_i: the published theorem τ̂ = p·τ for the union of p equal pools drawn uniformly, and τ̂ = τ for a
random subsample of the size of one pool, are special cases.
"""

import sympy as sp

from pipeline.laws.engine.functions import repeat_growth
from pipeline.laws.law import Law, Objective, Parameter, Published, member_column, pool_sum, run_column, symbols

n = run_column("data_seen")
share, unique, size = member_column("share"), member_column("unique"), member_column("size")
parameters = (
    Parameter("a", start=(0.005, 0.1), meaning="inverse of the samples (in 1e5) at which a pool's error less the floor is 1"),
    Parameter("d", start=(0.01, 0.3), meaning="irreducible error", unit="fraction", bounds=(1e-6, 1.0)),
    Parameter("b", "real", start=(-0.25, -0.02), per="pool", meaning="utility; more negative is better", bounds=(-2.0, 0.0)),
    Parameter("tau", start=(1.0, 15.0), per="pool", meaning="half-life of the utility", unit="epochs", bounds=(0.05, 100.0)),
)
a, d, b, tau = symbols(*parameters)

epochs = n * share / unique
rate = sp.log(2) * share * size / (tau * unique)
first = sp.Piecewise((n, n * share <= unique), (unique / share, True))
first_epoch = share * b * sp.log(a * first / 100_000)
repeats = share * b * repeat_growth(epochs, rate, 0)

POOLS = ("top 0-10 %", "10-20 %", "20-30 %", "30-40 %", "0-40 % random 25 %")
UTILITIES = dict(zip(POOLS, (-0.16, -0.125, -0.10, -0.085, -0.12), strict=True))
HALF_LIVES = dict(zip(POOLS, (6.7272727272727275, 8.545454545454547, 5.2727272727272725, 2.2727272727272725, 6.0), strict=True))
EXAMPLE: dict[str, float | list[float]] = {
    "data_seen": 128e6,
    "share": [0.5, 0.5],
    "unique": [12.8e6, 12.8e6],
    "size": [12.8e6, 12.8e6],
    "a": 0.025,
    "d": 0.1,
    "b": [-0.16, -0.125],
    "tau": [6.7272727272727275, 8.545454545454547],
}
released = Published(
    "T-MARS quality pools of 12.8 M samples, ImageNet zero-shot error; fitted with the released program (d inside the product)",
    {"a": 0.025, "d": 0.1, "b": UTILITIES, "tau": HALF_LIVES},
    reference="released parameter file of the authors' program",
)

repeated_utility = Law(
    name="repeated_utility",
    formula=d + sp.exp(pool_sum(first_epoch + repeats)),
    parameters=parameters,
    columns=("data_seen",),
    member_columns=("share", "unique", "size"),
    response="error",
    response_unit="fraction",
    linear=("d",),
    objective=Objective("linear", "l2"),
    question="Which quality pools should a run use at its sample budget, and how often may it repeat them?",
    source="Goyal et al. 2024, arXiv:2404.07177",
    example=EXAMPLE,
    avoid="Constants fitted with the released program (see repeated_utility_released); forecasts of fresh mixtures, which it "
    "undervalues; fewer than 1e5/a samples, where a better pool has the larger error.",
    valid_range={"data_seen": (4e6, 6.4e8)},
    assumes="Pools mix by the exponents of their utilities, which decay with half-lives of their own; no size, no schedule.",
)

repeated_utility_released = Law(
    name="repeated_utility_released",
    formula=(d + sp.exp(pool_sum(first_epoch))) * sp.exp(pool_sum(repeats)),
    parameters=parameters,
    columns=("data_seen",),
    member_columns=("share", "unique", "size"),
    response="error",
    response_unit="fraction",
    objective=Objective("linear", "l2"),
    question="What does the authors' released program say? Its irreducible error decays with every repetition.",
    source="Goyal et al. 2024, arXiv:2404.07177, released program",
    published=(released,),
    example=EXAMPLE,
    avoid="New fits: the irreducible error shrinks as a pool is repeated; use repeated_utility.",
    valid_range={"data_seen": (4e6, 6.4e8)},
    variant_of="repeated_utility",
)
