"""plan_proxies in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, factor
from pipeline.wording.words import BEYOND, Cells, Form, Words, beyond, first_row


def sentence(row: Row, unit: str) -> str:
    """A small run that repeats a pool as often as the plan."""
    start = f"To stand for {amount(row['data_seen'])} {unit}, a run of {amount(row['proxy_data_seen'])} keeps "
    kept = f"{amount(row['proxy_unique'])} {unit} of {row['pool']}: {factor(row['epochs'])} epochs, as planned"
    whole = f"; on the whole pool it would be {factor(row['epochs_unmatched'])}, {factor(row['mismatch'])} times fewer."
    return " ".join(filter(None, [start + kept + (whole if row["mismatch"] > 1 else "."), row["message"]]))


def cells(row: Row) -> Cells:
    """A small run that repeats a pool as the plan does."""
    run = [amount(row["data_seen"]), amount(row["proxy_data_seen"]), row["pool"], amount(row["proxy_unique"])]
    return [*run, factor(row["epochs"]), beyond(row)]


WORDS = Words(
    sentence, Form("Small runs that match", ["data", "in a run of", "pool", "keep", "epochs", BEYOND], cells, first_row)
)
