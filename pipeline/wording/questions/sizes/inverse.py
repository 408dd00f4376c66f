"""plan_inverse in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import UNITS, Row, amount, flops, spread
from pipeline.wording.clauses import metric
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, beyond, first_row

GIVEN = {"nothing": "", "params": "this size", "data_seen": "this data"}


def sentence(row: Row, unit: str) -> str:
    """What a loss costs."""
    fixed = {"params": f" with {amount(row['params'])} parameters", "data_seen": f" with {amount(row['data_seen'])} {unit}"}
    goal = (
        f"{'an' if metric(row)[:1] in 'aeiou' else 'a'} {metric(row)} of {row['loss']:.4g} {UNITS.get(metric(row), '')}".rstrip()
    )
    target = f"{goal[:1].upper()}{goal[1:]}{fixed.get(row['fixed'], '')}"
    if row["flops"] is None:
        return f"{target} is out of reach. {row['message']}"
    run = f"{amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}"
    return f"{target} costs {flops(row['flops'])}{spread(row, 'flops', flops)}: {run}. {trust(row)}"


def cells(row: Row) -> Cells:
    """The cheapest run that reaches a loss."""
    if row["flops"] is None:
        return [f"{row['loss']:.4g}", GIVEN[row["fixed"]], "out of reach", "", "", ""]
    cost = f"{flops(row['flops'])}{spread(row, 'flops', flops)}"
    return [f"{row['loss']:.4g}", GIVEN[row["fixed"]], cost, amount(row["params"]), amount(row["data_seen"]), beyond(row)]


WORDS = Words(
    sentence,
    Form("To reach a loss", ["value", "with", "costs", "parameters", "data", BEYOND], cells, first_row),
)
