"""The recipe of the next run and what follows it, in plain sentences: settings, schedule, benchmarks, answers."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, flops, outcome, part, spread
from pipeline.wording.question_words import quantity
from pipeline.wording.trust import trust

SHAPES = {"linear": "on a line", "exponential": "exponentially"}
TRENDS = {
    "standard": "gets better with compute",
    "inverse": "gets worse with compute",
    "U": "gets worse and then better with compute (a U)",
    "inverted U": "gets better and then worse with compute (an inverted U)",
    "flat": "does not change with compute as far as its noise lets one tell",
}


def hyperparameters(row: Row, unit: str = "tokens") -> str:
    """Learning rate and batch of the next run."""
    said = [words for words in (rate(row), batch(row)) if words]
    run = (
        f"{amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}"
        if row["params"]
        else f"{amount(row['data_seen'])} {unit}"
    )
    if not said:
        return f"For {run} no setting can be said. {row['message'] or ''}".strip()
    return f"Train {run} with {' and '.join(said)}. {trust(row)}{_note(row)}".strip()


def rate(row: Row) -> str:
    """The best learning rate with its interval."""
    if row["peak_lr"] is None:
        return ""
    return f"a peak learning rate of {_plain(row['peak_lr'])}{spread(row, 'peak_lr', _plain)}"


def batch(row: Row) -> str:
    """The best batch with its interval: in tokens where they are known."""
    if row["batch_tokens"] is not None:
        return f"batches of {amount(row['batch_tokens'])} tokens{spread(row, 'batch_tokens', amount)}"
    if row["batch_size"] is None:
        return ""
    return f"batches of {amount(row['batch_size'])}{spread(row, 'batch_size', amount)}"


def schedule(row: Row, unit: str = "tokens") -> str | None:  # noqa: ARG001 - one signature for all sentences
    """Which schedule, and how long it anneals; only of the best one of a length."""
    if row["rank"] != 1:
        return None
    said = f"With {row['steps']} steps, {decay(row)}; expect {outcome(row, 'value', str(row['metric']))}."
    sure = (
        f" It is the best with a probability of {part(row['probability_best'])}." if row["probability_best"] is not None else ""
    )
    error = row["left_out_error"]
    honest = (
        "" if error is None else f" On {row['schedules_left_out']} schedules left out of the fit the law errs by {part(error)}."
    )
    return f"{said}{sure}{honest} {trust(row)}{_note(row)}".strip()


def decay(row: Row) -> str:
    """How a schedule anneals."""
    if row["schedule"] != "wsd":
        return {"constant": "keep the rate constant"}.get(
            row["schedule"], f"let the rate fall as a {row['schedule']} over all of them"
        )
    return f"branch off at step {row['branch_step']} and anneal {SHAPES[row['shape']]} over the last {part(row['decay_share'])}"


def benchmarks(row: Row, unit: str = "tokens") -> str:  # noqa: ARG001 - one signature for all sentences
    """Whether a benchmark can be forecast, and its forecast."""
    if row["trend"] is None:
        return f"{row['task']} is not forecast. {row['message']}"
    start = f"{row['task']} {TRENDS[row['trend']]}"
    if not row["extrapolates"]:
        return f"{start}: no law may extrapolate it, so it is not forecast.{_note(row)}"
    if row["value"] is None:
        return f"{start}: it may be forecast by a law of compute, or of size and data.{_note(row)}"
    return (
        f"{start}: at {flops(row['flops'])} expect {outcome(row, 'value', str(row['metric']))}. {trust(row)}{_note(row)}".strip()
    )


def inference(row: Row, unit: str = "tokens") -> str | None:  # noqa: ARG001 - one signature for all sentences
    """How much work to buy for an answer; only of the amount to buy, or where none pays."""
    if not row["best"]:
        return row["message"] if row["message"] and row["message"].startswith("No amount pays") else None
    bought = f"Buy {quantity(row['axis'], row['amount'])}; expect {outcome(row, 'value', str(row['metric']))}."
    more = f" Twice as much adds {_plain(row['gain'])}{spread(row, 'gain', _plain)}." if row["gain"] is not None else ""
    top = f" No amount brings more than {_plain(row['ceiling'])}." if row["ceiling"] is not None else ""
    cost = row["price_per_answer"]
    price = "" if cost is None else f" An answer costs {cost:.2g} {row['currency']} ({flops(row['flops_per_answer'])})."
    return f"{bought}{more}{top}{price} {trust(row)}{_note(row)}".strip()


def _plain(number: float) -> str:
    return f"{number:.3g}"


def _note(row: Row) -> str:
    return f" {row['message']}" if row.get("message") else ""
