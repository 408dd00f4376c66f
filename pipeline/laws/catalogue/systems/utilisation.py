"""Share of the devices' peak against their number: what the pipeline's bubble leaves, falling as a power of the devices.

MFU = m0 (1 - bubble) n^-delta, to be fitted to eight logged jobs or more of one model size.
"""

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

n, bubble = run_column("accelerator_count"), run_column("bubble")
parameters = (
    Parameter("single", domain="unit", start=(0.2, 0.7), meaning="share of the peak on one device without a bubble"),
    Parameter("spread_loss", start=(1e-3, 0.2), meaning="exponent with which it falls in the devices"),
)
single, spread_loss = symbols(*parameters)

utilisation = Law(
    name="utilisation",
    formula=single * (1 - bubble) * n**-spread_loss,
    parameters=parameters,
    columns=("accelerator_count", "bubble"),
    response="mfu",
    response_unit="share of the dense peak",
    linear=("single",),
    objective=Objective(space="linear", loss="l2"),
    question="Which share of the peak will a job on so many devices reach?",
    source="own form; bubble of Huang et al. 2019, arXiv:1811.06965",
    example={"accelerator_count": 256.0, "bubble": 0.15789, "single": 0.5, "spread_loss": 0.03},
    worked=(
        Worked("one device", {"accelerator_count": 1.0, "bubble": 0.2, "single": 0.5, "spread_loss": 0.03}, 0.4),
        Worked("1e10 devices lose a half", {"accelerator_count": 1024.0, "bubble": 0.2, "single": 0.5, "spread_loss": 0.1}, 0.2),
    ),
    valid_range={"bubble": (0.01, 0.6)},
    avoid="Another model size, network or precision than the logged jobs'; goodput, which failures lower too.",
)
