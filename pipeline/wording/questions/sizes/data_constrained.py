"""plan_data_constrained in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, factor, flops, outcome
from pipeline.wording.clauses import metric, times
from pipeline.wording.questions.sizes.compute_optimal import cells as sized
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, furthest_known


def sentence(row: Row, unit: str) -> str:
    """Train N parameters on D tokens, so many epochs of the unique ones."""
    if row["params"] is None:
        return f"With {flops(row['flops'])} there is no best model size. {row['message']}"
    run = f"Train {amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}"
    epochs = "less than one epoch" if row["epochs"] < 1 else times(row["epochs"])
    over = f"{epochs} over your {amount(row['data_unique'])} unique {unit}"
    return f"{run}, {over}; expect {outcome(row, 'loss', metric(row))}. {trust(row)}"


def cells(row: Row) -> Cells:
    """A compute-optimal run with limited data."""
    budget, *size, loss, far = sized(row)
    return [budget, amount(row["data_unique"]), *size, factor(row["epochs"]), loss, far]


WORDS = Words(
    sentence,
    Form(
        "With limited data",
        ["budget", "fresh data", "parameters", "data", "epochs", "value", BEYOND],
        cells,
        furthest_known,
    ),
    leads=True,
)
