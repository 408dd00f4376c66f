"""plan_serving in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, flops, part, spread
from pipeline.wording.words import BEYOND, Cells, Form, Words, beyond, furthest_known


def sentence(row: Row, unit: str) -> str | None:
    """Which model is cheapest once it is served."""
    if row["params"] is None:
        return None
    run = f"{amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}"
    more, less = (f"{part(row[name])}{spread(row, name, part)}" for name in ("extra_training", "saving"))
    extra = f"training costs {more} more, and training and serving together {less} less"
    return f"To serve {amount(row['served_tokens'])} {unit} at the quality of {flops(row['flops'])}, train {run}: {extra}."


def cells(row: Row) -> Cells:
    """The model that is cheapest to train and to serve."""
    run = [amount(row["params"]), amount(row["data_seen"])]
    return [
        flops(row["flops"]),
        amount(row["served_tokens"]),
        *run,
        f"{part(row['extra_training'])}{spread(row, 'extra_training', part)}",
        f"{part(row['saving'])}{spread(row, 'saving', part)}",
        beyond(row),
    ]


WORDS = Words(
    sentence,
    Form(
        "To serve",
        ["quality of", "to serve", "parameters", "data", "more training", "saves", BEYOND],
        cells,
        furthest_known,
    ),
)
