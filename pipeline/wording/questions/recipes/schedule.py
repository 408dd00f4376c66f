"""plan_schedule in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, outcome, part
from pipeline.wording.clauses import metric, note
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, bare, beyond, first_row

SHAPES = {"linear": "on a line", "exponential": "exponentially"}


def sentence(row: Row, unit: str) -> str | None:  # noqa: ARG001 - one signature for all sentences
    """Which schedule, and how long it anneals; only of the best one of a length."""
    if row["rank"] != 1:
        return None
    said = f"With {row['steps']} steps, {decay(row)}; expect {outcome(row, 'value', metric(row))}."
    sure = (
        f" It is the best with a probability of {part(row['probability_best'])}." if row["probability_best"] is not None else ""
    )
    error = row["left_out_error"]
    honest = (
        "" if error is None else f" On {row['schedules_left_out']} schedules left out of the fit the law errs by {part(error)}."
    )
    return f"{said}{sure}{honest} {trust(row)}{note(row)}".strip()


def cells(row: Row) -> Cells:
    """The best schedule of a length."""
    chance = row["probability_best"]
    return [str(row["steps"]), decay(row), bare(row, "value"), "" if chance is None else part(chance), beyond(row)]


def decay(row: Row) -> str:
    """How a schedule anneals."""
    if row["schedule"] != "wsd":
        return {"constant": "keep the rate constant"}.get(
            row["schedule"], f"let the rate fall as a {row['schedule']} over all of them"
        )
    return f"branch off at step {row['branch_step']} and anneal {SHAPES[row['shape']]} over the last {part(row['decay_share'])}"


WORDS = Words(
    sentence,
    Form("Schedule", ["steps", "schedule", "value", "chance", BEYOND], cells, first_row),
    leads=True,
)
