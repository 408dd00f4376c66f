"""Average benchmark error falls exponentially with falling loss (Gadre et al. 2024, eq. 5; a power law in perplexity)."""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Published, Worked, run_column, symbols

L = run_column("loss")
parameters = (
    Parameter("epsilon", start=(0.5, 1.0), meaning="error at infinite loss, near chance"),
    Parameter("amplitude", start=(0.1, 10.0), meaning="fall of the error at a loss of 0 (the paper's k)"),
    Parameter("gamma", start=(0.2, 2.0), meaning="rate", unit="1/nat"),
)
epsilon, amplitude, gamma = symbols(*parameters)
VALUES = {  # epsilon, amplitude, gamma
    "C4, 17 tasks": (0.849742, 2.078907, 0.756121),
    "C4, 46 tasks": (0.758949, 1.288516, 0.972164),
    "RedPajama, 17 tasks": (0.856992, 2.206490, 0.714591),
    "RedPajama, 46 tasks": (0.760850, 1.322899, 0.890708),
    "RefinedWeb, 17 tasks": (0.865280, 2.214815, 0.707049),
    "RefinedWeb, 46 tasks": (0.767679, 1.128074, 0.821523),
}

gadre_error = Law(
    name="gadre_error",
    formula=epsilon - amplitude * sp.exp(-gamma * L),
    parameters=parameters,
    columns=("loss",),
    response="error",
    response_unit="mean top-1 error",
    linear=("epsilon", "amplitude"),
    objective=Objective(space="linear", loss="l2"),
    question="What average benchmark error does a run of this loss reach?",
    source="Gadre et al. 2024, arXiv:2403.08540, eq. 5",
    published=tuple(
        Published(setting, dict(zip(("epsilon", "amplitude", "gamma"), row, strict=True)), reference="refit of the authors' runs")
        for setting, row in VALUES.items()
    ),
    example={"loss": 2.5, "epsilon": 0.856992, "amplitude": 2.206490, "gamma": 0.714591},
    worked=(Worked("e to the minus two", {"loss": 4.0, "epsilon": 0.9, "amplitude": 2.0, "gamma": 0.5}, 0.6293294335267746),),
    avoid="Single tasks; tasks at chance; losses of another validation set than the fit's.",
    valid_range={"loss": (2.4, 5.4)},
    assumes="An error that falls ever faster as the loss falls: it bends nowhere, and knows no floor.",
)
