"""Scores from the loss: one less the error that gadre_error and the logistic errors give, with their parameters."""

from typing import Any

from pipeline.laws.catalogue.error_from_loss.gadre_error import gadre_error
from pipeline.laws.catalogue.error_from_loss.logistic_error import floored_logistic_error, logistic_error
from pipeline.laws.law import Law, Worked


def _turned(law: Law) -> dict[str, Any]:
    """What a law of scores has of the law of errors that it turns over."""
    return {
        "formula": 1 - law.formula,
        "parameters": law.parameters,
        "columns": law.columns,
        "response": "score",
        "response_unit": "fraction",
        "linear": law.linear,
        "objective": law.objective,
        "source": law.source,
        "example": law.example,
        "avoid": law.avoid,
        "worked": tuple(Worked(f"{one.claim}, turned over", one.at, 1 - one.value) for one in law.worked),
    }


exponential_score = Law(
    name="exponential_score",
    question="What average score does a run of this loss reach?",
    assumes="A score that rises ever faster as the loss falls: it bends nowhere.",
    **_turned(gadre_error),
)
logistic_score = Law(
    name="logistic_score",
    question="What score does a run of this loss reach on a benchmark that can be solved?",
    assumes="A score that rises to one, fastest at one loss.",
    **_turned(logistic_error),
)
capped_logistic_score = Law(
    name="capped_logistic_score",
    question="What score does a run of this loss reach on a benchmark of which a part is never solved?",
    assumes="A score that rises to a ceiling, fastest at one loss.",
    **_turned(floored_logistic_error),
)
