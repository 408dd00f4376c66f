"""plan_data_limits in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, outcome
from pipeline.wording.clauses import metric
from pipeline.wording.words import Cells, Form, Words, bare, first_row


def sentence(row: Row, unit: str) -> str:
    """What fixed data reach without a limit of compute."""
    over = f"{amount(row['data_unique'])} {unit} reach" if row.get("data_unique") else "These data reach"
    grows = {
        "size": "with ever more parameters",
        "ensemble": f"with ever more members of {amount(row['params'] or 0.0)} parameters",
    }
    grows["size and ensemble"] = "with ever more members of ever more parameters"
    grows["ensemble"] = grows["ensemble"] if row["params"] else "with ever more members"
    said = f"{over} {outcome(row, 'value', metric(row))} {grows[row['axis']]}."
    return " ".join(filter(None, [said, row["message"]]))


def cells(row: Row) -> Cells:
    """What data are worth without a limit."""
    return [row["axis"], bare(row, "value")]


WORDS = Words(sentence, Form("Without a limit of compute", ["grows", "value"], cells, first_row))
