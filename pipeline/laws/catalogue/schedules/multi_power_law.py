"""Loss along any schedule: a power of the area minus a power-law relaxation after each drop of the rate (Luo et al. 2025).

L = E + A (S1 + S_W)^-alpha - B sum_k (eta_{k-1} - eta_k) (1 - (1 + C eta_k^-gamma S_k)^-beta), S_k the area since drop k.
The sum is over members: falls of the rate before the row, each with lr_drop, lr_after and lr_since (study/derived/schedules.py
groups them). The rise of the warm-up from zero is a negative fall: so were the published constants fitted, and E depends on it.
"""

from pipeline.laws.law import Law, Parameter, Published, member_column, pool_sum, run_column, symbols

S1 = run_column("s1")
drop, after, since = (member_column(name) for name in ("lr_drop", "lr_after", "lr_since"))
parameters = (
    Parameter("E", start=(0.5, 0.99), meaning="loss at infinite area", unit="nats per token"),
    Parameter("A", start=(0.1, 2.0), meaning="coefficient of the area"),
    Parameter("alpha", start=(0.2, 0.8), meaning="exponent of the area"),
    Parameter("B", start=(100.0, 1000.0), meaning="fall of the loss by a unit drop of the rate, long after it"),
    Parameter("relaxation", start=(0.5, 5.0), meaning="speed of that fall (the paper's C)"),
    Parameter("beta", start=(0.2, 1.0), meaning="exponent of that fall"),
    Parameter("gamma", start=(0.3, 1.0), meaning="how much slower a larger rate relaxes"),
)
E, A, alpha, B, relaxation, beta, gamma = symbols(*parameters)
VALUES = {
    "25M": (3.04045, 0.524686, 0.507869, 363.788, 2.06561, 0.58279, 0.641423),
    "100M": (2.65145, 0.601152, 0.452958, 437.946, 2.13246, 0.597852, 0.655236),
}

multi_power_law = Law(
    name="multi_power_law",
    formula=E + A * S1**-alpha - B * pool_sum(drop * (1 - (1 + relaxation * after**-gamma * since) ** -beta)),
    parameters=parameters,
    columns=("s1",),
    member_columns=("lr_drop", "lr_after", "lr_since"),
    response="loss",
    linear=("E", "A", "B"),
    question="What loss would another learning-rate schedule have reached, soon after a drop as well as long after?",
    source="Luo et al. 2025, arXiv:2503.12811",
    published=tuple(
        Published(f"{size}, cosine 24k, constant 24k, two-stage 9e-5", dict(zip((p.name for p in parameters), row, strict=True)))
        for size, row in VALUES.items()
    ),
    example={
        "s1": 6.9,
        "lr_drop": [2.1e-4, 6e-5],
        "lr_after": [9e-5, 3e-5],
        "lr_since": [0.3, 0.03],
        "E": 3.04045,
        "A": 0.524686,
        "alpha": 0.507869,
        "B": 363.788,
        "relaxation": 2.06561,
        "beta": 0.58279,
        "gamma": 0.641423,
    },
    avoid="Another peak rate or batch than the fit's; rates of zero; rising rates after warm-up.",
    assumes="Each drop of the learning rate brings a gain of its own that saturates; one size.",
)
