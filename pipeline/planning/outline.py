"""A plan as an outline: a title, two sentences about the row that matters most, and the other rows as a small table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.planning.cost_words import BARELY, CENT
from pipeline.planning.numbers_in_words import UNITS, Row, amount, decimals, factor, flops, part, sets, spread
from pipeline.planning.words import GUESS, by_pool, half_worth, last_worthwhile, metric, sentence

Cells = list[str]
BEYOND = "beyond runs"
GOALS = {"loss": "loss", "params": "best size", "pools": "best pools"}


@dataclass(frozen=True)
class Outline:
    """What is printed of one plan of one study."""

    title: str
    lead: str
    heads: Cells
    rows: list[Cells]


@dataclass(frozen=True)
class Form:
    """How a plan is outlined: its title, the heads of its columns ("data" becomes the unit), a row's cells, and who leads."""

    title: str
    heads: Cells
    cells: Callable[[Row], Cells]
    lead: Callable[[Sequence[Row]], Row]


def outline(table: str, rows: Sequence[Row], unit: str) -> Outline | None:
    """The outline of the rows of one plan; None where none of them needs words. `unit` is singular: token, sample."""
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
    cells = [form.cells(row) for row, _ in said] if len(said) > 1 else []
    named = {"data": f"{unit}s", "value": UNITS.get(metric(first), metric(first))}
    heads = [named.get(head, head) for head in form.heads]
    return Outline(form.title, lead, *_filled(heads, cells))


def _filled(heads: Cells, rows: list[Cells]) -> tuple[Cells, list[Cells]]:
    """Without the columns that are empty in every row."""
    kept = [place for place in range(len(heads)) if any(row[place] for row in rows)]
    return [heads[place] for place in kept], [[row[place] for place in kept] for row in rows]


def furthest_known(rows: Sequence[Row]) -> Row:
    """The largest budget that is no guess; the first row where all are."""
    known = [row for row in rows if (row.get("distance") or 0.0) < GUESS]
    return max(known, key=lambda row: row.get("distance") or 0.0) if known else rows[0]


def first_row(rows: Sequence[Row]) -> Row:
    """The first row."""
    return rows[0]


def _repetition(rows: Sequence[Row], unit: str) -> Outline | None:
    groups = by_pool(rows)
    if not groups:
        return None
    if len(groups) == 1:
        return Outline("Repeats", half_worth(groups[0], unit), [], [])
    lead = f"Repeat data as long as the next pass is worth at least half of fresh {unit}. The limits are:"
    heads = ["pool", unit, "passes", "worth of the next"]
    return Outline("Repeats", lead, *_filled(heads, [_limit(group[0], last_worthwhile(group)) for group in groups]))


def _limit(first: Row, last: Row | None) -> Cells:
    over = [first["pool"] or "", amount(first["data_unique"])]
    if last is None:
        return [*over, f"fewer than {factor(first['epochs'] + 1)}", ""]
    return [*over, factor(last["epochs"]), f"{part(last['value_of_repeat'])}{spread(last, 'value_of_repeat', part)}"]


def _next_runs(rows: Sequence[Row], unit: str) -> Outline | None:
    """All runs of a target together, then each run; or why none helps."""
    last: dict[str, Row] = {row["target"]: row for row in rows if row["run_order"] is not None}
    hopeless = [row["message"] for row in rows if row["run_order"] is None and row["message"]]
    if not last:
        return Outline("Next runs", " ".join(dict.fromkeys(hopeless)), [], []) if hopeless else None
    gains = [f"the {GOALS[target]} {factor(row['narrowing'])} times" for target, row in last.items()]
    spent = sum(row["experiment_flops"] * (row["cumulative_share"] or 0.0) for row in last.values())
    cost = f"{flops(spent)}" if all(row["flops"] is not None for row in last.values()) else f"{amount(spent)} {unit}"
    lead = f"The runs below cost {cost} together. After them you know {' and '.join(gains)} as sharply as now."
    heads = ["for", "runs", "parameters", "pools", unit, "sharper"]
    cells = [_run(row) for row in rows if row["run_order"] is not None]
    return Outline("Next runs", " ".join([lead, *dict.fromkeys(hopeless)]), *_filled(heads, cells))


def _sized(row: Row) -> Cells:
    size = [amount(row["params"]), amount(row["data_seen"])] if row["params"] is not None else ["no best size", ""]
    return [flops(row["flops"]), *size, bare(row, "loss"), beyond(row)]


def _limited(row: Row) -> Cells:
    budget, *size, loss, far = _sized(row)
    return [budget, amount(row["data_unique"]), *size, factor(row["epochs"]), loss, far]


def _pools(row: Row) -> Cells:
    chance = row["probability_best"]
    sure = "" if chance is None else part(chance)
    return [amount(row["data_seen"]), sets(row["pools"]), factor(row["epochs"]), bare(row, "value"), sure, beyond(row)]


def _switch(row: Row) -> Cells:
    share = row["share_of_draws"]
    at = f"{amount(row['data_seen'])}{spread(row, 'data_seen', amount)}"
    before, after = list(row["from_pools"]), list(row["to_pools"])
    added = [pool for pool in after if pool not in before]
    then = f"add {sets(added)}" if before + added == after else sets(after)
    return [at, sets(before), then, "" if share is None else part(share), beyond(row)]


def _money(row: Row) -> Cells:
    price = f"{row['price']:,.2f} {row['currency']}" if row["price"] >= CENT else f"less than 0.01 {row['currency']}"
    return [flops(row["flops"]), price, f"{amount(row['accelerator_hours'])} of {row['accelerator']}", beyond(row)]


def _run(row: Row) -> Cells:
    size, pools = (amount(row["params"]) if row["params"] is not None else ""), (sets(row["pools"]) if row["pools"] else "")
    sharper = f"{factor(row['narrowing'])} times" if row["narrowing"] >= BARELY else "hardly"
    return [GOALS[row["target"]], str(row["replicates"]), size, pools, amount(row["data_seen"]), sharper]


def bare(row: Row, name: str) -> str:
    """A value and its interval without the unit, which stands in the head."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    if row[name] is None or low is None or high is None:
        return "" if row[name] is None else f"{row[name]:.3g}"
    number, ends = decimals(row[name], low, high)
    return f"{number} ({ends})"


def beyond(row: Row) -> str:
    """How far a row lies from the runs, in three words."""
    distance = row.get("distance")
    if distance is None or distance <= 0.005:
        return ""
    return f"{factor(10**distance)} times{': a guess' if distance >= GUESS else ''}"


FORMS = {
    "compute_optimal": Form("Size and data", ["budget", "parameters", "data", "value", BEYOND], _sized, furthest_known),
    "data_constrained": Form(
        "With limited data",
        ["budget", "fresh data", "parameters", "data", "passes", "value", BEYOND],
        _limited,
        furthest_known,
    ),
    "filtering": Form("Pools", ["data", "pools", "passes", "value", "best in", BEYOND], _pools, furthest_known),
    "filtering_switches": Form("When to add a pool", ["up to", "use", "then", "draws", BEYOND], _switch, first_row),
    "money": Form("Price", ["budget", "price", "hours", BEYOND], _money, furthest_known),
}
"""The plans that are outlined, beside repetition and next_runs; the tables hold them all."""
