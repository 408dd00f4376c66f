"""plan_benchmarks in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, flops, outcome
from pipeline.wording.clauses import metric, note
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, bare, beyond, first_row

TRENDS = {
    "standard": "gets better with compute",
    "inverse": "gets worse with compute",
    "U": "gets worse and then better with compute (a U)",
    "inverted U": "gets better and then worse with compute (an inverted U)",
    "flat": "does not change with compute as far as its noise lets one tell",
}


def sentence(row: Row, unit: str) -> str:  # noqa: ARG001 - one signature for all sentences
    """Whether a benchmark can be forecast, and its forecast."""
    if row["trend"] is None:
        return f"{row['task']} is not forecast. {row['message']}"
    start = f"{row['task']} {TRENDS[row['trend']]}"
    if not row["extrapolates"]:
        return f"{start}: no law may extrapolate it, so it is not forecast.{note(row)}"
    if row["value"] is None:
        return f"{start}: it may be forecast by a law of compute, or of size and data.{note(row)}"
    return f"{start}: at {flops(row['flops'])} expect {outcome(row, 'value', metric(row))}. {trust(row)}{note(row)}".strip()


def cells(row: Row) -> Cells:
    """A benchmark's trend and forecast."""
    at = "" if row["flops"] is None else flops(row["flops"])
    return [row["task"], row["trend"] or "cannot be told", at, bare(row, "value"), beyond(row)]


WORDS = Words(
    sentence,
    Form("Benchmarks", ["benchmark", "trend", "at", "value", BEYOND], cells, first_row),
    leads=True,
)
