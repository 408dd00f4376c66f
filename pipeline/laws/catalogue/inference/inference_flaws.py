"""Resampling until an imperfect verifier accepts, at most K times (Stroebl et al. 2024, Inference Scaling fLaws).

Two kinds of task with prior easy_share; an attempt is correct with r, a correct one is accepted with `completeness`, a wrong one
rejected with `soundness`. Rewards are exact; the released notebook counts the posterior of the task kind twice.
"""

from typing import Any

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Published, run_column, symbols

K = run_column("attempts")
parameters = (
    Parameter("easy_share", domain="unit", start=(0.1, 0.9), meaning="share of easy tasks"),
    Parameter("r_easy", domain="unit", start=(0.5, 0.99), meaning="chance that one attempt at an easy task is correct"),
    Parameter("r_hard", domain="unit", start=(0.01, 0.5), meaning="chance that one attempt at a hard task is correct"),
    Parameter("completeness", domain="unit", start=(0.8, 0.999), meaning="chance that a correct attempt is accepted"),
    Parameter("soundness", domain="unit", start=(0.5, 0.99), meaning="chance that a wrong attempt is rejected"),
)
easy_share, r_easy, r_hard, complete, sound = symbols(*parameters)
value_right, value_wrong, cost = (run_column(name) for name in ("value_right", "value_wrong", "cost_attempt"))


def _kind(r: sp.Expr) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Rightly accepted, wrongly accepted, and expected attempts of one kind of task within K attempts."""
    right, wrong = complete * r, (1 - sound) * (1 - r)
    reject = (1 - complete) * r + sound * (1 - r)
    attempts = (1 - reject**K) / (1 - reject)
    return right * attempts, wrong * attempts, attempts


def _mean(which: int) -> sp.Expr:
    return easy_share * _kind(r_easy)[which] + (1 - easy_share) * _kind(r_hard)[which]


_at = {"attempts": 2, "easy_share": 0.58, "r_easy": 0.87, "r_hard": 0.13, "completeness": 0.999, "soundness": 0.75}
_values = {k: v for k, v in _at.items() if k != "attempts"}
_published = (
    Published(
        "the notebook's example, its completeness of 1 as .999",
        _values,
        reference="the notebook has 1, which a share inside (0, 1) cannot be",
        verified=False,
    ),
)
_source = "Stroebl et al. 2024, arXiv:2411.17501"
_avoid = "Verifiers whose soundness was not measured with stronger tests; attempts that are not independent."


def _law(name: str, formula: sp.Expr, response: str, question: str, columns: tuple[str, ...] = ("attempts",), **more: Any) -> Law:
    return Law(
        name=name,
        formula=formula,
        parameters=parameters,
        columns=columns,
        response=response,
        response_unit="fraction",
        objective=Objective(space="linear", loss="l2"),
        question=question,
        source=_source,
        published=_published,
        avoid=_avoid,
        **more,
    )


verifier_accuracy = _law(
    "verifier_accuracy", _mean(0), "accuracy", "Which share of tasks is answered rightly after at most K attempts?", example=_at
)
verifier_flukes = _law(
    "verifier_flukes",
    _mean(1),
    "false_positive_rate",
    "Which share of tasks gets a wrong answer that the verifier accepts?",
    example=_at,
)
verifier_reward = _law(
    "verifier_reward",
    value_right * _mean(0) + value_wrong * _mean(1) - cost * _mean(2),
    "reward",
    "How many attempts pay, given what right and wrong answers are worth?",
    ("attempts", "value_right", "value_wrong", "cost_attempt"),
    example=_at | {"value_right": 1.0, "value_wrong": -1.0, "cost_attempt": 0.0},
)
