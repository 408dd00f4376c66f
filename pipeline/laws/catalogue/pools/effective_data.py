"""Repetition decays the worth of samples, not the utility: the ablation of Goyal et al. 2024, after Muennighoff et al. 2023.

One pool: y = d + (n_eff)^b, n_eff = Σ_k (a/1e5)·(samples of epoch k)·2^(−k/τ). A mixture follows the authors' aggregation:
per-epoch utilities b^(k) = Σ b_i·δ̂_i^k / Σ δ̂_i^k over the growth of the mixture's effective data, written for any shares and
sizes in effective_path.py.
"""

import sympy as sp

from pipeline.laws.catalogue.pools.repeated_utility import EXAMPLE, POOLS, n, share, size, unique
from pipeline.laws.engine.effective_path import effective_path
from pipeline.laws.law import Law, Objective, Parameter, Published, symbols

parameters = (
    Parameter("a", start=(0.005, 0.1), meaning="inverse of the samples (in 1e5) at which a pool's error less the floor is 1"),
    Parameter("d", start=(0.01, 0.3), meaning="irreducible error", unit="fraction", bounds=(1e-6, 1.0)),
    Parameter("b", "real", start=(-0.25, -0.02), per="pool", meaning="utility; more negative is better", bounds=(-2.0, 0.0)),
    Parameter("tau", start=(1.0, 15.0), per="pool", meaning="half-life of a sample's worth", unit="epochs", bounds=(0.05, 100.0)),
)
a, d, b, tau = symbols(*parameters)

UTILITIES = (-0.18227272727272728, -0.14484848484848487, -0.13530303030303031, -0.09757575757575758, -0.14196969696969697)
HALF_LIVES = (4.0, 4.363636363636363, 2.909090909090909, 1.4545454545454546, 3.4545454545454546)

effective_data = Law(
    name="effective_data",
    formula=d + sp.exp(effective_path(n, share, unique, size, a, b, tau)),
    parameters=parameters,
    columns=("data_seen",),
    member_columns=("share", "unique", "size"),
    response="error",
    response_unit="fraction",
    linear=("d",),
    objective=Objective("linear", "l2"),
    question="Which quality pools should a run use, if repetition decays samples instead of utilities?",
    source="Goyal et al. 2024, arXiv:2404.07177, ablation",
    published=(
        Published(
            "T-MARS quality pools of 12.8 M samples, ImageNet zero-shot error; d is the program's default",
            {
                "a": 0.022,
                "d": 0.1,
                "b": dict(zip(POOLS, UTILITIES, strict=True)),
                "tau": dict(zip(POOLS, HALF_LIVES, strict=True)),
            },
            reference="released parameter file of the authors' program",
        ),
    ),
    example=EXAMPLE | {"a": 0.022, "b": list(UTILITIES[:2]), "tau": list(HALF_LIVES[:2])},
    avoid="Fewer than 1e5/a samples, where a better pool has the larger error; constants of repeated_utility.",
    valid_range={"data_seen": (4.5e6, 6.4e8)},
    assumes="Pools mix by exponents as in repeated_utility; repetition decays the samples, not the utility.",
)
