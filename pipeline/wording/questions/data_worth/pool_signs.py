"""plan_pool_signs in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, factor, spread
from pipeline.wording.words import BEYOND, Cells, Form, Words, beyond, first_row


def sentence(row: Row, unit: str) -> str:
    """Up to how many tokens a parameter a pool helps, and from when it harms."""
    beside = row["beside"]
    if row["direction"] is None:
        return str(row["message"])
    if row["data_per_param"] is None:
        verb = "helps" if row["direction"] == "always helps" else "harms"
        return f"Under this law {row['pool']} beside {beside} {verb} at every size. {row['message']}"
    low, high = row["data_per_param_low"], row["data_per_param_high"]
    first, then = row["direction"].split(" then ")
    known = low is not None and high is not None
    ends = (low, high) if known else (row["data_per_param"], row["data_per_param"])
    says = f"{row['pool']} beside {beside} {first} below {factor(ends[0])} {unit} of {beside} a parameter and {then} above "
    return f"{says}{factor(ends[1])}: with its {unit} once through, the change is at {amount(row['params'])} parameters."


def cells(row: Row) -> Cells:
    """Where a pool's value changes its sign."""
    at = (
        ""
        if row["data_per_param"] is None
        else f"{factor(row['data_per_param'])}{spread(row, 'data_per_param', factor)} a parameter"
    )
    return [row["pool"], row["beside"], row["direction"] or "no value", at, beyond(row)]


WORDS = Words(
    sentence,
    Form("Where a pool changes sign", ["pool", "beside", "sign", "changes at", BEYOND], cells, first_row),
)
