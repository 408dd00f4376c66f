"""A plan as an outline: a title, two sentences about the row that matters most, and the other rows as a small table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.schema.numbers_in_words import UNITS, Row, amount, called, factor, flops, part
from pipeline.wording import outline_cells as cells
from pipeline.wording.advice import steps
from pipeline.wording.clauses import metric
from pipeline.wording.cost_words import SOUGHT, no_run, undeclared
from pipeline.wording.outline_cells import BEYOND, UNIT, Cells
from pipeline.wording.repetition_words import by_pool, half_worth, last_worthwhile
from pipeline.wording.sentences import sentence
from pipeline.wording.trust import guessed


@dataclass(frozen=True)
class Outline:
    """What is printed of one plan of one study."""

    title: str
    lead: str
    heads: Cells
    rows: list[Cells]
    asked: bool = False
    """Whether the study asks for it by name: then it is printed among what a lead needs first."""


@dataclass(frozen=True)
class Form:
    """How a plan is outlined: its title, the heads of its columns ("data" becomes the unit), a row's cells, and who leads."""

    title: str
    heads: Cells
    cells: Callable[[Row], Cells]
    lead: Callable[[Sequence[Row]], Row]
    most: int | None = None
    """So many rows are printed, evenly chosen, of a plan that is a curve."""


def outline(table: str, rows: Sequence[Row], unit: str) -> Outline | None:
    """The outline of the rows of one plan; None where none of them needs words. `unit` is singular: token, sample."""
    rows = [{**row, "metric": called(metric(row), unit)} for row in rows]
    if table == "repetition":
        return _repetition(rows, f"{unit}s")
    if table == "next_runs":
        return _next_runs(rows, f"{unit}s")
    said = [(row, line) for row in rows if (line := sentence(table, row, unit))]
    if table not in FORMS or not said:
        return None
    form = FORMS[table]
    first = form.lead([row for row, _ in said])
    lead = next(line for row, line in said if row is first)
    shown = said if form.most is None else said[:: -(-len(said) // form.most)]
    table_rows = [form.cells({**row, UNIT: f"{unit}s"}) for row, _ in shown] if len(said) > 1 else []
    named = {"data": f"{unit}s", "spent": "budget" if first.get("flops") else f"{unit}s", "value": valued(metric(first))}
    heads = [named.get(head, head) for head in form.heads]
    return Outline(form.title, lead, *_filled(heads, table_rows), asked=_asked(table, first))


def _asked(table: str, first: Row) -> bool:
    """Whether the study asks for it by name: two sets of pools, or recipes along an axis that is not compute."""
    return first.get("candidates") == "named" or (table == "comparison" and first.get("axis") not in (None, "flops"))


def valued(name: str) -> str:
    """A metric as the head of a column, with its unit: loss (nats/token)."""
    return f"{name} ({UNITS[name]})" if name in UNITS else name


def _filled(heads: Cells, rows: list[Cells]) -> tuple[Cells, list[Cells]]:
    """Without the columns that are empty in every row."""
    kept = [place for place in range(len(heads)) if any(row[place] for row in rows)]
    return [heads[place] for place in kept], [[row[place] for place in kept] for row in rows]


def furthest_known(rows: Sequence[Row]) -> Row:
    """The largest budget that is no guess; the first row where all are."""
    known = [row for row in rows if not guessed(row)]
    return max(known, key=lambda row: row.get("distance") or 0.0) if known else rows[0]


def first_row(rows: Sequence[Row]) -> Row:
    """The first row."""
    return rows[0]


def named_first(rows: Sequence[Row]) -> Row:
    """The first row of the sets that the study names; the first of all where it names none."""
    return next((row for row in rows if row.get("candidates") == "named"), rows[0])


def _repetition(rows: Sequence[Row], unit: str) -> Outline | None:
    groups = by_pool(rows)
    if not groups:
        return None
    if len(groups) == 1:
        return Outline("Repeats", half_worth(groups[0], unit), [], [])
    lead = f"Repeat data as long as one more epoch is worth at least half of fresh {unit}. The limits are:"
    heads = ["pool", unit, "epochs", "worth of one more"]
    return Outline("Repeats", lead, *_filled(heads, [cells.limit(group[0], last_worthwhile(group)) for group in groups]))


def _next_runs(rows: Sequence[Row], unit: str) -> Outline | None:
    """All runs of a target together, then each run; or why none helps."""
    last: dict[str, Row] = {row["target"]: row for row in rows if row["run_order"] is not None}
    notes = [said for row in rows if row["run_order"] is None and (said := no_run(row, unit))]
    if not last:
        return Outline("Next runs", " ".join(dict.fromkeys(notes)), [], []) if notes else None
    spent = sum(row["experiment_flops"] * (row["cumulative_share"] or 0.0) for row in last.values())
    cost = f"{flops(spent)}" if all(row["flops"] is not None for row in last.values()) else f"{amount(spent)} {unit}"
    notes += [said for row in last.values() if (said := undeclared(row, unit))]
    gains = "; ".join(_gain(target, row, len(last) == 1) for target, row in last.items())
    lead = f"The runs below cost {cost} together. {gains[:1].upper()}{gains[1:]}."
    heads = ["for", "runs", "parameters", "pools", unit, "narrower"]
    each = [cells.run(row) for row in rows if row["run_order"] is not None]
    return Outline("Next runs", " ".join([lead, *dict.fromkeys(notes)]), *_filled(heads, each))


def _gain(target: str, last: Row, alone: bool) -> str:
    """What all runs of one target cost and bring."""
    cost = f"cost {part(last['share_of_target'])} of the run that they prepare and " if last.get("share_of_target") else ""
    bring = f"{factor(last['interval_reduction'])} times narrower"
    if alone:
        return f"they {cost}make the interval of {SOUGHT[target]} {bring}"
    return f"those for {SOUGHT[target]} {cost}make its interval {bring}"


FORMS = {
    "compute_optimal": Form("Size and data", ["budget", "parameters", "data", "value", BEYOND], cells.sized, furthest_known),
    "data_constrained": Form(
        "With limited data",
        ["budget", "fresh data", "parameters", "data", "epochs", "value", BEYOND],
        cells.limited,
        furthest_known,
    ),
    "filtering": Form("Pools", ["data", "pools", "epochs", "value", "chance", BEYOND], cells.pools, furthest_known),
    "filtering_switches": Form("When to add a pool", ["up to", "use", "then", "chance", BEYOND], cells.switch, named_first),
    "frontier": Form("What each budget buys", ["spent", "pools", "epochs", "value", BEYOND], cells.bought, furthest_known, 10),
    "pruning": Form(
        "What to keep of the data",
        ["data", "a dimension", "keep", "epochs", "value", "chance", BEYOND],
        cells.kept,
        furthest_known,
    ),
    "mixture": Form("Mixture", ["data", "draw", "value", "better by", BEYOND], cells.mixed, furthest_known),
    "domains": Form("One mixture for all targets", ["data", "draw", "value", "gives up", BEYOND], cells.domain, furthest_known),
    "projection": Form("Mixture at a larger size", ["data", "draw", "value", "chance", BEYOND], cells.projected, furthest_known),
    "inverse": Form("To reach a loss", ["value", "with", "costs", "parameters", "data", BEYOND], cells.target, first_row),
    "money": Form("Price", ["budget", "price", "device", "device time", "done in", "but", BEYOND], cells.price, furthest_known),
    "serving": Form(
        "To serve",
        ["quality of", "to serve", "parameters", "data", "more training", "saves", BEYOND],
        cells.served,
        furthest_known,
    ),
    "comparison": Form("Two recipes", ["budget", "other", "chance of it", "they cross at", BEYOND], cells.compared, first_row),
    "response": Form("What to expect", ["run", "expect", BEYOND], cells.answer, first_row),
    "target": Form("To reach a value", ["run", "value", "needs", BEYOND], cells.reached, first_row),
    "epochs": Form(
        "When another epoch hurts",
        ["fresh data", "pool", "parameters", "epochs", "chance", "value", BEYOND],
        cells.turning,
        first_row,
    ),
    "pool_signs": Form("Where a pool changes sign", ["pool", "beside", "sign", "changes at", BEYOND], cells.sign, first_row),
    "policies": Form("How often each pool", ["data", "draws", "value", "chance", BEYOND], cells.policy, furthest_known),
    "proxies": Form("Small runs that match", ["data", "in a run of", "pool", "keep", "epochs", BEYOND], cells.proxy, first_row),
    "data_limits": Form("Without a limit of compute", ["grows", "value"], cells.data_limit, first_row),
    "hyperparameters": Form(
        "Learning rate and batch", ["parameters", "data", "learning rate", "batch", BEYOND], cells.settings, first_row
    ),
    "schedule": Form("Schedule", ["steps", "schedule", "value", "chance", BEYOND], cells.annealed, first_row),
    "benchmarks": Form("Benchmarks", ["benchmark", "trend", "at", "value", BEYOND], cells.benchmark, first_row),
    "inference": Form("Work on an answer", ["amount", "value", "twice as much adds", "price", BEYOND], cells.answered, first_row),
    "optimum": Form("Where it is best", ["run", "best at", "expect", BEYOND], cells.best, first_row),
}
"""The plans that are outlined, beside repetition and next_runs; the tables hold them all."""

ORDER = "order_of_advice"
LEAD = (
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
    ORDER,
)
"""What a lead needs first: size and data, pools and epochs, what the study itself asks, price and days, the next runs."""
ASKED = (
    *(name for name in LEAD if name != ORDER),
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
"""All that is printed, by what matters; the tables hold more."""


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
    return Outline("In which order", lead, *_filled(["until", "do", "here", "source"], [list(step) for step in found]))


def leading(found: Mapping[str, Outline]) -> list[str]:
    """The tables that are printed first: those of LEAD, or the first one where a law answers none of them.

    A mixture leads where there are no sets of pools to choose among: beside them it is a refinement.
    """
    first = [name for name in found if name in LEAD and (name != "mixture" or "filtering" not in found)]
    return first + [name for name in found if found[name].asked and name not in first] or list(found)[:1]
