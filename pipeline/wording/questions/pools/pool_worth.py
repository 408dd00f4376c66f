"""plan_pool_worth in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, part, sets, spread
from pipeline.wording.words import Words


def sentence(row: Row, unit: str) -> str:
    """How large a new pool must be."""
    start = f"At {amount(row['data_seen'])} {unit}, a new pool as good as {row['like_pool']}"
    if row["data_unique"] is None:
        return f"{start} is not worth adding to {sets(row['pools'])}. {row['message']}"
    size = f"{amount(row['data_unique'])} {unit}{spread(row, 'data_unique', amount)}"
    gain = f"It then improves the result by {part(row['improvement'])}."
    return f"{start} is worth adding to {sets(row['pools'])} if it has {size}. {gain}"


WORDS = Words(sentence)
