"""plan_epochs in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, factor, outcome, part, spread
from pipeline.wording.clauses import drawn_so, metric, with_size
from pipeline.wording.words import BEYOND, Cells, Form, Words, bare, beyond, first_row

SURE = 0.95
"""From this share of the draws on nothing is said of the others."""


def sentence(row: Row, unit: str) -> str:
    """Until which epoch training goes on, or that no epoch hurts."""
    of = f" of {row['pool']}" if row.get("pool") else ""
    start = f"Over {amount(row['data_unique'])} {unit}{of}{with_size(row)}"
    if row["epochs"] is None:
        return f"{start}: {row['message']}"
    most = f"train {factor(row['epochs'])} epochs{spread(row, 'epochs', factor)}"
    once = f"expect {outcome(row, 'value', metric(row))}; beyond them every further epoch only hurts."
    share = row.get("share_of_draws")
    doubt = drawn_so("Another epoch hurts at all", share) if share is not None and share < SURE else ""
    return " ".join(filter(None, [f"{start}, {most}; {once}", doubt, row["message"]]))


def cells(row: Row) -> Cells:
    """Where another epoch hurts."""
    over = [amount(row["data_unique"]), row["pool"] or "", amount(row["params"]) if row["params"] else ""]
    most = "no end" if row["epochs"] is None else f"{factor(row['epochs'])}{spread(row, 'epochs', factor)}"
    share = row["share_of_draws"]
    return [*over, most, "" if share is None else part(share), bare(row, "value"), beyond(row)]


WORDS = Words(
    sentence,
    Form(
        "When another epoch hurts",
        ["fresh data", "pool", "parameters", "epochs", "chance", "value", BEYOND],
        cells,
        first_row,
    ),
)
