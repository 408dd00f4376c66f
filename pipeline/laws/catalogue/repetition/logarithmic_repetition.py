"""Error of one model on repeated data: a power of U·ln(1 + D/U), the worth of D samples drawn from U distinct ones.

Fresh samples count in full (D ≪ U), the k-th pass adds about 1/k of a pass, and there is no repetition constant to identify: two
pools of different size at two lengths are enough to forecast a longer run. Lawbook's own; an alternative to the saturating
U·(1 + R·(1 − exp(−k/R))) of Muennighoff et al. 2023, whose floor the CLIP runs of Cherti et al. 2022 do not show.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, run_column, symbols

D, U = run_column("data_seen"), run_column("data_unique")
SCALE = 1e9
parameters = (
    Parameter("a", start=(0.1, 1.0), meaning="error at an effective 1e9 samples", unit="fraction"),
    Parameter("b", start=(0.05, 0.5), meaning="exponent of effective data"),
)
a, b = symbols(*parameters)


def worth(seen: sp.Expr, unique: sp.Expr) -> sp.Expr:
    """Effective data of `seen` samples drawn evenly from `unique` distinct ones: U·ln(1 + D/U)."""
    return unique * sp.log(1 + seen / unique)


logarithmic_repetition = Law(
    name="logarithmic_repetition",
    formula=a * (worth(D, U) / SCALE) ** -b,
    parameters=parameters,
    columns=("data_seen", "data_unique"),
    response="error",
    response_unit="fraction",
    question="How far does the error of one model fall when a limited pool is repeated for longer?",
    source="Lawbook's own; measured on Cherti et al. 2022, arXiv:2212.07143 (docs/lawbook_results.md)",
    objective=Objective("log", "l2"),
    example={"data_seen": 34e9, "data_unique": 4e8, "a": 0.35, "b": 0.147},
    avoid="More than one architecture in a cohort; a metric with a floor that the runs come near; pools of different quality.",
    valid_range={"data_seen": (2.4e9, 3.5e10), "data_unique": (8e7, 4.2e8)},
    assumes="One model size; the k-th epoch adds about 1/k of an epoch, without end; no floor of the error.",
)
