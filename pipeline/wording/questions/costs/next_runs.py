"""plan_next_runs in words."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.schema.numbers_in_words import Row, amount, factor, flops, part, sets
from pipeline.wording.words import Cells, Outline, Words, filled

SOUGHT = {"loss": "the expected loss", "params": "the best model size", "pools": "the best pools' lead"}
GOALS = {"loss": "loss", "params": "best size", "pools": "best pools"}
BARELY = 1.05
"""Below this an interval has hardly become narrower."""
NO_INTERVAL = {
    "no_draws": "Fewer than two independent runs inform the law: no interval to narrow. "
    "Do two runs that differ in size and data.",
    "one_run_a_pool": "A pool that a single run informs has no interval to narrow: "
    "do a second run on each pool, with other data_seen.",
}
HARDLY = {
    "law_error": "what the law itself gets wrong at that distance outweighs the noise of its parameters",
    "too_small": "all are too small",
}
"""Why no run helps, by `obstacle` of plan_next_runs."""


def sentence(row: Row, unit: str) -> str | None:
    """One run to do next, or why none helps."""
    if row["run_order"] is None:
        return no_run(row, unit)
    seeds = f", {row['replicates']} seeds" if row["replicates"] > 1 else ""
    size = f"{amount(row['params'])} parameters on " if row["params"] is not None else ""
    pools = f" of {sets(row['pools'])}" if row["pools"] else ""
    times = row["interval_reduction"]
    narrow = "hardly narrower yet" if times < BARELY else f"then {factor(times)} times narrower"
    left = f"the interval of {SOUGHT[row['target']]} is {narrow}"
    spent = f" So far {part(row['share_of_target'])} of the target's cost." if row.get("share_of_target") else ""
    said = f"Next run {row['run_order']}: {size}{amount(row['data_seen'])} {unit}{pools}{seeds}; {left}.{spent}"
    return f"{said} {undeclared(row, unit)}".rstrip() if row["run_order"] == 1 else said


def cells(row: Row) -> Cells:
    """A run to do next."""
    size, on = (amount(row["params"]) if row["params"] is not None else ""), (sets(row["pools"]) if row["pools"] else "")
    narrower = f"{factor(row['interval_reduction'])}×" if row["interval_reduction"] >= BARELY else "hardly"
    return [GOALS[row["target"]], str(row["replicates"]), size, on, amount(row["data_seen"]), narrower]


def no_run(row: Row, unit: str) -> str | None:
    """Why no run that one could do helps, and what would."""
    if row["obstacle"] in NO_INTERVAL:
        return NO_INTERVAL[row["obstacle"]]
    if row["obstacle"] == "too_dear":
        return f"No run as small as the fitted ones costs less than {_spendable(row, unit)}: raise [plan] experiment_flops."
    if row["obstacle"] not in HARDLY:
        return None
    return (
        f"No set of runs within {_spendable(row, unit)} narrows the interval of {SOUGHT[row['target']]} by 5 % "
        f"(best: {100 * (row['interval_reduction'] - 1):.1f} %): {HARDLY[row['obstacle']]}. "
        "Do one run nearer to the target instead."
    )


def undeclared(row: Row, unit: str) -> str:
    """What the next runs may cost where the study does not say it; nothing where it does."""
    if row.get("experiment_source") in (None, "declared"):
        return ""
    less = ", capped at half of the run that they prepare" if row["experiment_source"] == "half_of_target" else ""
    taken = f"{_spendable(row, unit)} is taken, as much as the fitted runs took together{less}"
    return f"[plan] experiment_flops is not declared: {taken}."


def _spendable(row: Row, unit: str) -> str:
    return flops(row["experiment_flops"]) if row["experiment_unit"] == "flops" else f"{amount(row['experiment_flops'])} {unit}"


def outline(rows: Sequence[Row], unit: str) -> Outline | None:
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
    each = [cells(row) for row in rows if row["run_order"] is not None]
    return Outline("Next runs", " ".join([lead, *dict.fromkeys(notes)]), *filled(heads, each))


def _gain(target: str, last: Row, alone: bool) -> str:
    """What all runs of one target cost and bring."""
    cost = f"cost {part(last['share_of_target'])} of the run that they prepare and " if last.get("share_of_target") else ""
    bring = f"{factor(last['interval_reduction'])} times narrower"
    if alone:
        return f"they {cost}make the interval of {SOUGHT[target]} {bring}"
    return f"those for {SOUGHT[target]} {cost}make its interval {bring}"


WORDS = Words(sentence, outline=outline, leads=True)
