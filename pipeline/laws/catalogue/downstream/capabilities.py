"""Benchmarks from what models have in common: a logistic in a capability or in task loss, capability linear in log compute.

observational: Ruan et al. 2024; skills: Maia Polo et al. 2024 (Sloth, one skill); ladder: Bhagia et al. 2024, step two.
"""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, run_column, symbols

capability, C, N, D, chance = (run_column(n) for n in ("capability", "flops", "params", "data_seen", "chance"))
task_loss = run_column("task_loss")
_fit = Objective(space="linear", loss="l2")


def _real(name: str, low: float, high: float, meaning: str) -> Parameter:
    return Parameter(name, domain="real", start=(low, high), meaning=meaning)


def logistic(z: sp.Expr) -> sp.Expr:
    """1 / (1 + exp(-z))."""
    return 1 / (1 + sp.exp(-z))


_link = (
    Parameter("ceiling", domain="unit", start=(0.5, 0.99), meaning="score at unlimited capability"),
    _real("slope", 0.1, 3.0, "logits a unit of capability"),
    _real("intercept", -5.0, 5.0, "logits at capability 0"),
)
ceiling, slope, intercept = symbols(*_link)

observational = Law(
    name="observational",
    formula=ceiling * logistic(slope * capability + intercept),
    parameters=_link,
    columns=("capability",),
    response="score",
    response_unit="fraction",
    objective=_fit,
    question="Which score does a model of this capability reach on a complex task?",
    source="Ruan et al. 2024, arXiv:2405.10938",
    example={"capability": 1.5, "ceiling": 0.9, "slope": 1.2, "intercept": -1.0},
    avoid="Capabilities whose principal components were made with the target benchmark in them.",
)

_line = (
    _real("efficiency", 0.1, 3.0, "capability a unit of ln compute"),
    _real("intercept", -100.0, 0.0, "capability at one FLOP"),
)
capability_compute = Law(
    name="capability_compute",
    formula=_line[0].symbol * sp.log(C) + _line[1].symbol,
    parameters=_line,
    columns=("flops",),
    response="capability",
    response_unit="standard deviations",
    linear=("efficiency", "intercept"),
    objective=_fit,
    question="How fast does one model family turn compute into capability?",
    source="Ruan et al. 2024, arXiv:2405.10938",
    example={"flops": 1e22, "efficiency": 0.6, "intercept": -30.0},
    avoid="Several families in one fit: slope and intercept are a family's own. Unknown compute is not 0.",
)

_skill = (
    _real("intercept", -20.0, 5.0, "skill of the family"),
    _real("size_slope", -1.0, 2.0, "logits a unit of ln billion parameters"),
    _real("data_slope", -1.0, 2.0, "logits a unit of ln trillion tokens"),
    _real("interaction", -0.5, 0.5, "logits by both"),
)
b0, b1, b2, b3 = symbols(*_skill)
_x, _y = sp.log(N / 1e9), sp.log(D / 1e12)

sloth_skill = Law(
    name="sloth_skill",
    formula=chance + (1 - chance) * logistic(b0 + b1 * _x + b2 * _y + b3 * _x * _y),
    parameters=_skill,
    columns=("params", "data_seen", "chance"),
    response="score",
    response_unit="fraction",
    objective=_fit,
    question="Which benchmark score does the next size of this family reach?",
    source="Maia Polo et al. 2024, arXiv:2412.06540 (one skill)",
    example={
        "params": 7e9,
        "data_seen": 2e12,
        "chance": 0.25,
        "intercept": -0.5,
        "size_slope": 0.5,
        "data_slope": 0.3,
        "interaction": 0.02,
    },
    avoid="Families in one fit; scores below chance.",
)

_ladder = (
    _real("score_floor", 0.0, 0.5, "score at high loss (the paper's b)"),
    _real("score_rise", 0.2, 1.0, "score gained at low loss (a; steep where k is positive)"),
    Parameter("steepness", start=(0.5, 20.0), meaning="logits a unit of task loss (k)"),
    _real("midpoint", 0.0, 2.0, "task loss at half the rise (L0)"),
)
score_floor, score_rise, steepness, midpoint = symbols(*_ladder)

ladder_score = Law(
    name="ladder_score",
    formula=score_floor + score_rise * logistic(steepness * (midpoint - task_loss)),
    parameters=_ladder,
    columns=("task_loss",),
    response="score",
    response_unit="fraction",
    linear=("score_floor", "score_rise"),
    objective=_fit,
    question="Which task accuracy does a predicted task loss mean?",
    source="Bhagia et al. 2024, arXiv:2412.04403, step two (step one is chinchilla on the task loss)",
    example={"task_loss": 0.7, "score_floor": 0.25, "score_rise": 0.7, "steepness": 6.0, "midpoint": 0.75},
    avoid="Tasks still at chance at the largest rung: the rise is then not determined.",
)
