"""plan_mixture in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import UNITS, Row, amount, outcome
from pipeline.wording.clauses import drawn, metric, times
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, bare, beyond, furthest_known


def sentence(row: Row, unit: str) -> str:
    """Which share to draw from each pool."""
    start = f"With {amount(row['data_seen'])} {unit}, draw {drawn(row)}; expect {outcome(row, 'value', metric(row))}."
    sized = row["epochs_max"] is not None
    if row["message"] and sized:
        return f"{start} {row['message']}"
    better = "worse" if row["gain"] < 0 else "better"
    much = f"{abs(row['gain']):.2g}{_unit_behind(row)} {better} than" if abs(row["gain"]) > 1e-9 else "as good as"
    set_of = "the best pool set" if sized else "even shares of the pools that go together best"
    limit = f", with at most {times(row['epochs_max'])} of any pool" if sized else ""
    return " ".join(filter(None, [start, f"That is {much} {set_of}{limit}.", row["message"], trust(row)]))


def cells(row: Row) -> Cells:
    """The best mixture of a budget, and by how much it is better than the best whole pools."""
    gain = "" if row["gain"] is None or row["gain"] <= 0 else f"{row['gain']:.2g}"
    return [amount(row["data_seen"]), drawn(row), bare(row, "value"), gain, beyond(row)]


def _unit_behind(row: Row) -> str:
    return f" {UNITS[metric(row)]}" if metric(row) in UNITS else ""


WORDS = Words(
    sentence,
    Form("Mixture", ["data", "draw", "value", "better by", BEYOND], cells, furthest_known),
    leads=True,
)
