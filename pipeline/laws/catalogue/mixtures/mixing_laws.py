"""Validation loss as a function of the mixture of training domains; a domain is a pool, its proportion the member's share.

Exponential: Ye et al. 2024, M4 form c + k exp(sum t_j r_j). Proportions sum to 1, so ln k shifts every t_j alike: k is absorbed.
Linear: the regression baseline of Liu et al. 2024 (RegMix). One fit predicts the loss on one validation domain.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, member_column, pool_sum

share = member_column("share")
_limit = Parameter("E", domain="real", start=(0.0, 0.99), meaning="loss that no mixture goes below", unit="nats per token")
_pull = Parameter(
    "pull", domain="real", start=(-3.0, 3.0), per="pool", meaning="log of the reducible loss when trained on this domain alone"
)
_alone = Parameter(
    "alone", domain="real", start=(1.0, 10.0), per="pool", meaning="loss when trained on this domain alone", unit="nats per token"
)
_avoid = "Values at other sizes or lengths than the fit's (ranks transfer better); domains that repeat."

exponential_mixing = Law(
    name="exponential_mixing",
    formula=_limit.symbol + sp.exp(pool_sum(_pull.symbol * share)),
    parameters=(_limit, _pull),
    columns=(),
    member_columns=("share",),
    response="loss",
    linear=("E",),
    question="Which mixture of domains gives the lowest loss on this validation set?",
    source="Ye et al. 2024, arXiv:2403.16952, eq. M4",
    example={"share": [0.7, 0.3], "E": 2.0, "pull": [0.1, -0.5]},
    avoid=_avoid,
    assumes="One size and one budget; the loss is a constant and one exponential of the shares.",
)
_weight = Parameter("weight", start=(0.05, 5.0), per="pool", meaning="worth of a token of this domain for the validation domain")
_beta = Parameter("beta", start=(0.1, 1.0), meaning="exponent of the effective data")

effective_mixing = Law(
    name="effective_mixing",
    formula=_limit.symbol + pool_sum(_weight.symbol * share) ** -_beta.symbol,
    parameters=(_limit, _beta, _weight),
    columns=(),
    member_columns=("share",),
    response="loss",
    linear=("E",),
    question="What is a token of each domain worth for this validation set, and which mixture is best?",
    source="own form: a power of effective data, as pooled_effective_data, at one budget; the budget's scale is in the weights",
    example={"share": [0.7, 0.3], "E": 2.0, "beta": 0.3, "weight": [1.0, 0.2]},
    avoid=_avoid,
    assumes="One size and one budget; a token of each domain counts as so many of the target.",
)
linear_mixing = Law(
    name="linear_mixing",
    formula=pool_sum(_alone.symbol * share),
    parameters=(_alone,),
    columns=(),
    member_columns=("share",),
    response="loss",
    linear=("alone",),
    objective=Objective(space="linear", loss="l2"),
    question="How do mixtures of domains rank on this validation set?",
    source="Liu et al. 2024, arXiv:2407.01492 (linear regression)",
    example={"share": [0.7, 0.3], "alone": [3.0, 4.0]},
    avoid=_avoid,
    assumes="One size and one budget; ranks of mixtures are linear in the shares.",
)
