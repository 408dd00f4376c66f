"""A plan as an outline: a title, two sentences about the row that matters most, and the other rows as a small table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.discovery import in_reading_order
from pipeline.schema.numbers_in_words import UNITS, Row, called
from pipeline.wording.advice import steps
from pipeline.wording.clauses import metric
from pipeline.wording.sentences import WORDS, sentence
from pipeline.wording.words import UNIT, Form, Outline, filled

READ = (
    "compute_optimal",
    "data_constrained",
    "filtering",
    "mixture",
    "domains",
    "pruning",
    "projection",
    "response",
    "target",
    "optimum",
    "hyperparameters",
    "schedule",
    "benchmarks",
    "inference",
    "money",
    "next_runs",
    "filtering_switches",
    "frontier",
    "repetition",
    "epochs",
    "pool_signs",
    "policies",
    "proxies",
    "data_limits",
    "comparison",
    "serving",
    "inverse",
)
"""The order in which plans are read, by what matters; a question that is not named here is read after these."""
ASKED = tuple(in_reading_order([name for name, words in WORDS.items() if words.printed], READ))
"""All that is printed; the tables hold more."""
ORDER = "order_of_advice"


def outline(table: str, rows: Sequence[Row], unit: str) -> Outline | None:
    """The outline of the rows of one plan; None where none of them needs words. `unit` is singular: token, sample."""
    words = WORDS.get(table)
    if words is None:
        return None
    rows = [{**row, "metric": called(metric(row), unit)} for row in rows]
    if words.outline is not None:
        return words.outline(rows, f"{unit}s")
    return None if words.form is None else _formed(table, words.form, rows, unit)


def _formed(table: str, form: Form, rows: Sequence[Row], unit: str) -> Outline | None:
    said = [(row, line) for row in rows if (line := sentence(table, row, unit))]
    if not said:
        return None
    first = form.lead([row for row, _ in said])
    lead = next(line for row, line in said if row is first)
    shown = said if form.most is None else said[:: -(-len(said) // form.most)]
    table_rows = [form.cells({**row, UNIT: f"{unit}s"}) for row, _ in shown] if len(said) > 1 else []
    named = {"data": f"{unit}s", "spent": "budget" if first.get("flops") else f"{unit}s", "value": valued(metric(first))}
    heads = [named.get(head, head) for head in form.heads]
    return Outline(form.title, lead, *filled(heads, table_rows), asked=_asked(table, first))


def _asked(table: str, first: Row) -> bool:
    """Whether the study asks for it by name: two sets of pools, or recipes along an axis that is not compute."""
    return first.get("candidates") == "named" or (table == "comparison" and first.get("axis") not in (None, "flops"))


def valued(name: str) -> str:
    """A metric as the head of a column, with its unit: loss (nats/token)."""
    return f"{name} ({UNITS[name]})" if name in UNITS else name


def outlines(plans: Mapping[str, Sequence[Row]], unit: str) -> dict[str, Outline]:
    """The outline of each plan that has one, by its table, in the order of ASKED."""
    every = ((name, outline(name, plans[name], unit)) for name in ASKED if plans.get(name))
    found = {name: made for name, made in every if made}
    return found | ({ORDER: made} if (made := order_of_advice(plans, f"{unit}s")) else {})


def order_of_advice(plans: Mapping[str, Sequence[Row]], unit: str) -> Outline | None:
    """What to do with data first, second and last, each with this study's numbers; None where it plans no pools."""
    found = steps(plans, unit)
    if not found:
        return None
    lead = "From the first step to the last; a step ends where its data do. The sources are in docs/mixtures.md."
    return Outline("In which order", lead, *filled(["until", "do", "here", "source"], [list(step) for step in found]))


def leading(found: Mapping[str, Outline]) -> list[str]:
    """The tables that are printed first: those that lead, or the first one where a law answers none of them.

    A mixture leads where there are no sets of pools to choose among: beside them it is a refinement.
    """
    first = [name for name in found if (name == ORDER or WORDS[name].leads) and (name != "mixture" or "filtering" not in found)]
    return first + [name for name in found if found[name].asked and name not in first] or list(found)[:1]
