"""plan_filtering_switches in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, part, sets, spread
from pipeline.wording.clauses import drawn_so
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, beyond, named_first


def sentence(row: Row, unit: str) -> str | None:
    """Where the best nested set changes, and the best of those that the study names."""
    if row.get("candidates", "nested") == "subsets":
        return None
    if row.get("candidates") == "named":
        at = f"{amount(row['data_seen'])} {unit}{spread(row, 'data_seen', amount)}"
        start = f"{sets(row['to_pools'])} instead of {sets(row['from_pools'])}: from {at} on."
        return " ".join([start, *filter(None, [drawn_so("They cross", row["share_of_draws"]), trust(row)])])
    at = f"{amount(row['data_seen'])} {unit}{spread(row, 'data_seen', amount)}"
    start = f"Up to {at} use {sets(row['from_pools'])}, beyond it {sets(row['to_pools'])}."
    return " ".join([start, *filter(None, [drawn_so("The switch occurs", row["share_of_draws"]), trust(row)])])


def cells(row: Row) -> Cells:
    """Where a pool is added."""
    share = row["share_of_draws"]
    at = f"{amount(row['data_seen'])}{spread(row, 'data_seen', amount)}"
    before, after = list(row["from_pools"]), list(row["to_pools"])
    added = [pool for pool in after if pool not in before]
    then = f"add {sets(added)}" if before + added == after else sets(after)
    return [at, sets(before), then, "" if share is None else part(share), beyond(row)]


WORDS = Words(
    sentence,
    Form("When to add a pool", ["up to", "use", "then", "chance", BEYOND], cells, named_first),
)
