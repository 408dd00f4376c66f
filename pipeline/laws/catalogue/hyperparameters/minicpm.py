"""Best batch as a power of the loss that it is to reach (Hu et al. 2024, MiniCPM). Loss is the C4 loss, nats per token."""

from pipeline.laws.law import Law, Objective, Parameter, Published, run_column, symbols

L = run_column("loss")
parameters = (
    Parameter("coefficient", start=(1e6, 1e11), meaning="batch at a loss of 1", unit="tokens"),
    Parameter("fall", start=(1.0, 10.0), meaning="exponent of the loss"),
)
coefficient, fall = symbols(*parameters)

minicpm_batch = Law(
    name="minicpm_batch",
    formula=coefficient / L**fall,
    parameters=parameters,
    columns=("loss",),
    response="batch_tokens",
    response_unit="tokens",
    linear=("coefficient",),
    objective=Objective(loss="l2"),
    question="Which batch reaches this loss with the least data and steps together?",
    source="Hu et al. 2024, arXiv:2404.06395",
    published=(
        Published("models of .009, .03 and .17 B", {"coefficient": 1.21e9, "fall": 6.24}),
        Published(
            "OpenAI's critical batch, as quoted by Li et al. 2025",
            {"coefficient": 2e18, "fall": 4.7619},
            reference="prefactor is a misquotation of 2.1e8",
            verified=False,
        ),
    ),
    example={"loss": 3.0, "coefficient": 1.21e9, "fall": 6.24},
    avoid="Losses per byte or of another tokenizer.",
    valid_range={"loss": (2.4, 4.5)},
    variant_of="critical_batch",
)
