"""plan_hyperparameters in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, spread
from pipeline.wording.clauses import note, plain
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, beyond, first_row


def sentence(row: Row, unit: str) -> str:
    """Learning rate and batch of the next run."""
    said = [words for words in (rate(row), batch(row)) if words]
    run = (
        f"{amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}"
        if row["params"]
        else f"{amount(row['data_seen'])} {unit}"
    )
    if not said:
        return f"For {run} no setting can be said. {row['message'] or ''}".strip()
    return f"Train {run} with {' and '.join(said)}. {trust(row)}{note(row)}".strip()


def cells(row: Row) -> Cells:
    """Learning rate and batch of a run."""
    peak, sequences = rate(row), batch(row)
    size = [amount(row["params"]) if row["params"] else "", amount(row["data_seen"])]
    return [*size, peak.removeprefix("a peak learning rate of "), sequences.removeprefix("batches of "), beyond(row)]


def rate(row: Row) -> str:
    """The best learning rate with its interval."""
    if row["peak_lr"] is None:
        return ""
    return f"a peak learning rate of {plain(row['peak_lr'])}{spread(row, 'peak_lr', plain)}"


def batch(row: Row) -> str:
    """The best batch with its interval: in tokens where they are known."""
    if row["batch_tokens"] is not None:
        return f"batches of {amount(row['batch_tokens'])} tokens{spread(row, 'batch_tokens', amount)}"
    if row["batch_size"] is None:
        return ""
    return f"batches of {amount(row['batch_size'])}{spread(row, 'batch_size', amount)}"


WORDS = Words(
    sentence,
    Form("Learning rate and batch", ["parameters", "data", "learning rate", "batch", BEYOND], cells, first_row),
    leads=True,
)
