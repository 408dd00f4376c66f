"""plan_inference in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, flops, outcome, spread
from pipeline.wording.clauses import metric, note, plain
from pipeline.wording.quantities import quantity
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, bare, beyond, first_row, unit_of


def sentence(row: Row, unit: str) -> str | None:  # noqa: ARG001 - one signature for all sentences
    """How much work to buy for an answer; only of the amount to buy, or where none pays."""
    if not row["best"]:
        return row["message"] if row["message"] and row["message"].startswith("No amount pays") else None
    bought = f"Buy {quantity(row['axis'], row['amount'])}; expect {outcome(row, 'value', metric(row))}."
    more = f" Twice as much adds {plain(row['gain'])}{spread(row, 'gain', plain)}." if row["gain"] is not None else ""
    top = f" No amount brings more than {plain(row['ceiling'])}." if row["ceiling"] is not None else ""
    cost = row["price_per_answer"]
    price = "" if cost is None else f" An answer costs {cost:.2g} {row['currency']} ({flops(row['flops_per_answer'])})."
    return f"{bought}{more}{top}{price} {trust(row)}{note(row)}".strip()


def cells(row: Row) -> Cells:
    """The amount of work to buy."""
    price = "" if row["price_per_answer"] is None else f"{row['price_per_answer']:.2g} {row['currency']}"
    return [
        quantity(row["axis"], row["amount"], unit_of(row)),
        bare(row, "value"),
        bare(row, "gain"),
        price,
        beyond(row),
    ]


WORDS = Words(
    sentence, Form("Work on an answer", ["amount", "value", "twice as much adds", "price", BEYOND], cells, first_row), leads=True
)
