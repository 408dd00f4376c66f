"""plan_filtering in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, difference, factor, outcome, part, sets
from pipeline.wording.clauses import likely, metric, times
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, bare, beyond, furthest_known


def sentence(row: Row, unit: str) -> str | None:
    """Which pools to use; only of the best set."""
    if row["rank"] != 1:
        return None
    size = f" and {amount(row['params'])} parameters" if row.get("params") else ""
    over = f"train {times(row['epochs'])} of {sets(row['pools'])}"
    start = f"With {amount(row['data_seen'])} {unit}{size}, {over}; expect {outcome(row, 'value', metric(row))}."
    said = [likely("It is the best set", row["probability_best"]), next_best(row), row["message"], trust(row)]
    return " ".join([start, *filter(None, said)])


def cells(row: Row) -> Cells:
    """The best pool set of a budget."""
    chance = row["probability_best"]
    sure = "" if chance is None else part(chance)
    return [amount(row["data_seen"]), sets(row["pools"]), factor(row["epochs"]), bare(row, "value"), sure, beyond(row)]


def next_best(row: Row) -> str | None:
    """What the second best pool set costs: of a tie, that these runs cannot tell the two apart."""
    if not row.get("next_pools"):
        return None
    costs = difference(row, "next_behind", metric(row))
    if not row["ties"]:
        unknown = "" if row["ties"] is not None else "; there is no interval: too few independent runs"
        return f"The next best, {sets(row['next_pools'])}, is {costs} worse{unknown}."
    more = f", the nearest of {row['ties']} sets" if row["ties"] > 1 else ""
    return f"A tie: these runs cannot tell it from {sets(row['next_pools'])}{more}. Taking that instead costs {costs}."


WORDS = Words(
    sentence,
    Form("Pools", ["data", "pools", "epochs", "value", "chance", BEYOND], cells, furthest_known),
    leads=True,
)
