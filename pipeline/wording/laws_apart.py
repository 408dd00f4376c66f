"""Where a plan stands on several laws: how much each counts, and how far apart they are at the row that matters most."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pipeline.schema import TABLES
from pipeline.schema.numbers_in_words import Row, amount, flops, part, sets
from pipeline.wording.trust import guessed

LEAST = 0.005
"""A weight below this is not printed."""
AMOUNTS, METRIC = 1.05, 1.01
"""Laws whose amounts, or whose values of a metric, differ by less than this factor are not said to differ."""
KNOWN = {
    "params": ("parameters", AMOUNTS),
    "data_seen": ("data", AMOUNTS),
    "loss": ("{metric}", METRIC),
    "value": ("{metric}", METRIC),
    "epochs": ("epochs", AMOUNTS),
}


def weights(rows: Sequence[Row]) -> str:
    """Which laws the combination is made of, the heaviest first: "a combination of laws: skaling 99 %, gadre 1 %"."""
    return f"a combination of laws by their held-out errors: {_weighed(rows)}"


def chain(rows: Sequence[Row], link: str, first: Collection[str], direct: Collection[str], metric: str) -> str:
    """Which laws stand one after the other, and beside them: "chinchilla predicts the loss, gadre_error the error from it"."""
    one, beside = ([row for row in rows if row["law"] in names] for names in (first, direct))
    other = [row for row in rows if row["law"] not in {*first, *direct}]
    of = [f"the {name.replace('_', ' ')}" for name in (link, metric)]
    if not one or not counting(other):
        return f"{_weighed(beside)} {_predict(beside)} {of[1]} without {of[0]}"
    named = _weighed(one) if len(one) > 1 else one[0]["law"]
    then = _weighed(other) if len(other) > 1 or counting(beside) else other[0]["law"]
    without = f", {_weighed(beside)} without it (by held-out errors)" if counting(beside) else ""
    return f"{named} {_predict(one)} {of[0]}, {then} {of[1]} from it{without}; what is not known of {of[0]} is in every interval"


def _predict(rows: Sequence[Row]) -> str:
    return "predict" if len(counting(rows)) > 1 else "predicts"


def through_the_link(rows: Sequence[Row], parts: Sequence[Row], apart_from: Collection[str]) -> list[Row]:
    """Plan rows of a chain that ends in one law that counts, called by it; a chain of several has rows of each already."""
    ends = counting(parts) - set(apart_from)
    return [{**row, "law": law} for law in ends for row in rows if row["law"] == "chained"] if len(ends) == 1 else []


def counting(rows: Sequence[Row]) -> set[str]:
    """The laws of a combination that count: what a law without weight would plan is no disagreement."""
    return {str(row["law"]) for row in rows if row["weight"] >= LEAST}


def _weighed(rows: Sequence[Row]) -> str:
    ordered = sorted(rows, key=lambda row: -row["weight"])
    return ", ".join(f"{row['law']} {part(row['weight'])}" for row in ordered if row["law"] in counting(rows))


def apart(table: str, chosen: Sequence[Row], others: Sequence[Row], metric: str) -> str | None:
    """How far the laws are apart at the plan's row that lies farthest within ten times the runs; None where one law answers."""
    row = _headline(chosen)
    if row is None:
        return None
    keys = [key for key in TABLES[table].keys if key != "pools"]
    there = [other for other in others if other["law"] != row["law"] and all(_same(other[key], row[key]) for key in keys)]
    rivals = [other for other in there if other["grade"] != "refused"]
    if len({other["law"] for other in rivals}) < 2:
        return None
    said = _best_sets(row, rivals) if "rank" in row else _values(row, rivals, metric.replace("_", " "))
    return f"At {_budget(row)} the laws disagree: {'; '.join(said)}." if said else f"At {_budget(row)} the laws agree."


def _headline(rows: Sequence[Row]) -> Row | None:
    near = [row for row in rows if not guessed(row) and row.get("rank", 1) == 1]
    return max(near, key=lambda row: row.get("distance") or 0.0, default=None)


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
    return one == other


def _budget(row: Row) -> str:
    if row.get("flops"):
        return flops(row["flops"])
    return f"{amount(row['data_seen'])} of data" if row.get("data_seen") else "that row"


def _values(row: Row, rivals: Sequence[Row], metric: str) -> list[str]:
    """For each estimate on which the laws differ, the law that says least and the one that says most."""
    found = []
    for name, (words, least) in KNOWN.items():
        if row.get(name) is None or f"{name}_low" not in row:
            continue
        known = sorted((rival for rival in rivals if rival[name] is not None), key=lambda rival: rival[name])
        if len(known) > 1 and known[-1][name] > least * known[0][name] > 0:
            ends = (f"{amount(rival[name])} ({rival['law']})" for rival in (known[0], known[-1]))
            found.append(f"{words.format(metric=metric)} {' to '.join(ends)}")
    return found


def _best_sets(row: Row, rivals: Sequence[Row]) -> list[str]:
    """Which laws would take another set."""
    takers: dict[str, list[str]] = {}
    for rival in rivals:
        if rival["rank"] == 1 and rival["pools"] != row["pools"]:
            takers.setdefault(sets(rival["pools"]), []).append(rival["law"])
    return [f"{' and '.join(laws)} {'takes' if len(laws) == 1 else 'take'} {pools}" for pools, laws in takers.items()]
