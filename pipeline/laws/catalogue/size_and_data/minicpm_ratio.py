"""Data per parameter of the compute-optimal run as a power of compute (Hu et al. 2024, MiniCPM): D/N = (C/6)^-eta / K^2.

The published K^2 and eta hold with N and D in billions, C in 1e18 FLOP; here compute is in FLOP and the ratio is D/N itself.
"""

from pipeline.laws.law import Law, Objective, Parameter, Published, Worked, run_column, symbols

C = run_column("flops")
UNIT = 6e18
parameters = (
    Parameter("k_squared", start=(1e-3, 0.1), meaning="parameters per token at 6e18 FLOP (the paper's K squared)"),
    Parameter("eta", domain="real", start=(-0.3, 0.3), meaning="exponent of compute in parameters per token"),
)
k_squared, eta = symbols(*parameters)

minicpm_ratio = Law(
    name="minicpm_ratio",
    formula=(C / UNIT) ** -eta / k_squared,
    parameters=parameters,
    columns=("flops",),
    response="data_per_param",
    response_unit="tokens per parameter",
    question="How many tokens a parameter does the compute-optimal run of this budget see?",
    source="Hu et al. 2024, arXiv:2404.06395",
    published=(Published("average of the fitted losses, parameters without embeddings", {"k_squared": 0.01, "eta": -0.10}),),
    example={"flops": 1e21, "k_squared": 0.01, "eta": -0.10},
    objective=Objective(loss="l2"),
    worked=(
        Worked("1e21 FLOP", {"flops": 1e21, "k_squared": 0.01, "eta": -0.10}, 167, within=0.5),
        Worked("1e22 FLOP", {"flops": 1e22, "k_squared": 0.01, "eta": -0.10}, 210, within=0.5),
        Worked("4.1e21 FLOP", {"flops": 4.1e21, "k_squared": 0.01, "eta": -0.10}, 192, within=0.5),
    ),
    avoid="Losses per token where these are per byte; raw units in K squared (it is off by 60 times); sizes with embeddings.",
)
