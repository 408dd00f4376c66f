"""Two objectives or recipes on one curve: the treated one needs a multiple of the compute (Nie et al. 2024: masked diffusion)."""

from pipeline.laws.law import Law, Objective, Parameter, Published, Worked, run_column, symbols

C, treated = run_column("flops"), run_column("treated")
parameters = (
    Parameter("E", start=(0.3, 0.99), meaning="irreducible loss", unit="nats per token"),
    Parameter("A", start=(1.0, 1e4), meaning="compute coefficient"),
    Parameter("alpha", start=(0.02, 0.5), meaning="exponent of compute"),
    Parameter("multiplier", start=(0.1, 100.0), meaning="compute of the treated runs over that of the others at equal loss"),
)
E, A, alpha, multiplier = symbols(*parameters)

compute_multiplier = Law(
    name="compute_multiplier",
    formula=E + A * (C / multiplier**treated) ** -alpha,
    parameters=parameters,
    columns=("flops", "treated"),
    response="loss",
    linear=("E", "A"),
    question="How much compute does this recipe save or cost at equal loss, if it changes nothing else?",
    source="Nie et al. 2024, arXiv:2410.18514 (equal rates, multiplier 16)",
    published=(
        Published(
            "masked diffusion against autoregression, 6e18 to 1e20 FLOP",
            {"multiplier": 16.0},
            reference="its loss is an upper bound",
        ),
        Published("continuous diffusion against autoregression", {"multiplier": 64.0}, reference="as quoted by Nie et al. 2024"),
    ),
    example={"flops": 1.6e21, "treated": 1, "E": 1.7, "A": 900.0, "alpha": 0.15, "multiplier": 16.0},
    avoid="Recipes whose exponents differ: they cross, and plan_comparison says where. treated is 0 or 1.",
)

compute_multiplier_of_scores = Law(
    name="compute_multiplier_of_scores",
    formula=E - A * (C / multiplier**treated) ** -alpha,
    parameters=(Parameter("E", start=(0.3, 0.99), meaning="score without a limit of compute"), *parameters[1:]),
    columns=("flops", "treated"),
    response="score",
    response_unit="fraction",
    linear=("E", "A"),
    objective=Objective(space="linear", loss="l2"),
    question="How much compute does this recipe save or cost at an equal score (the savings rate)?",
    source="Tay et al. 2022, arXiv:2210.11399 (savings rate at equal quality)",
    published=(
        Published(
            "U-PaLM 540B: 2500 against 1075 zettaFLOP at equal quality",
            {"multiplier": 0.43},
            reference="the paper prints 2.35 for 2.326",
        ),
    ),
    example={"flops": 1.6e21, "treated": 1, "E": 0.9, "A": 300.0, "alpha": 0.15, "multiplier": 0.43},
    worked=(
        Worked(
            "a quarter of the compute counts, and has the root 4",
            {"flops": 64.0, "treated": 1.0, "E": 0.9, "A": 2.0, "alpha": 0.5, "multiplier": 4.0},
            0.4,
        ),
    ),
    avoid="Scores at chance; recipes whose exponents differ: they cross, and plan_comparison says where. treated is 0 or 1.",
    variant_of="compute_multiplier",
)
