"""The decaying end of a warm-up, stable, decay schedule: the rate halves every so many steps (Hu et al. 2024, MiniCPM)."""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Published, Worked, run_column, symbols

step = run_column("step")
parameters = (
    Parameter("stable_rate", start=(1e-5, 0.1), meaning="learning rate before the decay"),
    Parameter("decay_start", start=(1e3, 1e5), meaning="step at which the decay begins", unit="steps"),
    Parameter("half_life", start=(500.0, 2e4), meaning="steps in which the rate halves", unit="steps"),
)
stable_rate, decay_start, half_life = symbols(*parameters)

wsd_decay = Law(
    name="wsd_decay",
    formula=stable_rate * sp.exp(-sp.log(2) * sp.Piecewise((step - decay_start, step > decay_start), (0, True)) / half_life),
    parameters=parameters,
    columns=("step",),
    response="lr",
    response_unit="1",
    objective=Objective(loss="l2"),
    question="Which learning rate does a run have so far into its decay, and when is it down to a tenth?",
    source="Hu et al. 2024, arXiv:2404.06395 (released schedule: half-life 5000 steps of 4 M tokens)",
    published=(Published("released schedule, half-life only", {"half_life": 5000.0}),),
    example={"step": 12000.0, "stable_rate": 0.01, "decay_start": 8000.0, "half_life": 5000.0},
    worked=(
        Worked("before the decay", {"step": 5000.0, "stable_rate": 0.01, "decay_start": 8000.0, "half_life": 5000.0}, 0.01),
        Worked("two half-lives on", {"step": 18000.0, "stable_rate": 0.01, "decay_start": 8000.0, "half_life": 5000.0}, 0.0025),
    ),
    avoid="Cosine and linear schedules; decays of less than a tenth of the tokens, which are too short to pay.",
)
