"""What sentences of several plans have in common: what data are counted in, how epochs, chances and shares of draws are said."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, factor, part


def counted(row: Row) -> str:
    """What the data are counted in, where the caller does not know: tokens for a loss, else samples."""
    return "samples" if row.get("metric", "loss") not in ("loss", "bits_per_byte") else "tokens"


def metric(row: Row) -> str:
    """What the row's value is: a loss, where neither row nor caller says else."""
    return str(row.get("metric") or "loss")


def times(epochs: float | None) -> str:
    """A number of epochs: 1 epoch, 9.5 epochs."""
    return "1 epoch" if epochs == 1 else f"{factor(epochs)} epochs"


def likely(claim: str, chance: float | None) -> str:
    """A claim with its probability; nothing where there are no draws to say."""
    return "" if chance is None else f"{claim} with a probability of {part(chance)}."


def drawn_so(claim: str, share: float | None) -> str:
    """A claim with the share of draws that bear it out; nothing where there are no draws to say."""
    return "" if share is None else f"{claim} in {part(share)} of draws."


def with_size(row: Row) -> str:
    """with 1.0 B parameters; nothing where the row has no size."""
    return f" with {amount(row['params'])} parameters" if row.get("params") else ""


def drawn(row: Row) -> str:
    """The shares of a mixture: 70 % from a, 30 % from b."""
    return ", ".join(f"{part(w)} from {p}" for p, w in zip(row["pools"], row["weights"], strict=True))


def note(row: Row) -> str:
    """What the row's message adds, behind a sentence."""
    return f" {row['message']}" if row.get("message") else ""


def plain(number: float) -> str:
    """A number of three digits."""
    return f"{number:.3g}"


def capital(text: str) -> str:
    """A clause as the start of a sentence."""
    return text[:1].upper() + text[1:]
