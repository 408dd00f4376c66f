"""plan_compute_optimal in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, flops, outcome, spread
from pipeline.wording.approaches import disagreement
from pipeline.wording.clauses import metric
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, bare, beyond, furthest_known


def sentence(row: Row, unit: str) -> str | None:
    """Train N parameters on D tokens. Only of the law's own optimum: the other approaches stand beside it in the table."""
    if row.get("approach", "parametric") != "parametric":
        return None
    if row["params"] is None:
        return f"With {flops(row['flops'])} there is no best model size. {row['message']}"
    run = f"Train {amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}"
    doubts = (trust(row), row.get("message"), disagreement(row))
    return " ".join([f"{run}; expect {outcome(row, 'loss', metric(row))}.", *filter(None, doubts)])


def cells(row: Row) -> Cells:
    """A compute-optimal run."""
    size = [f"{amount(row['params'])}{spread(row, 'params', amount)}", amount(row["data_seen"])]
    size = size if row["params"] is not None else ["no best size", ""]
    return [flops(row["flops"]), *size, bare(row, "loss"), beyond(row)]


WORDS = Words(
    sentence, Form("Size and data", ["budget", "parameters", "data", "value", BEYOND], cells, furthest_known), leads=True
)
