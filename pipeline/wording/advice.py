"""The order of advice on data: from fresh good data to no filter, each step with the study's own numbers and where it ends.

The order is the field's of 2026 (docs/mixtures.md has each source): enough fresh good data, filter and train one epoch; repeat
up to about four epochs; up to twenty with regularisation or mixed in; beyond the best number of epochs a larger model, then
ensembles, then worse pools; no filter last. What the study's plans do not say is said to be missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.schema.numbers_in_words import Row, amount, factor, flops, part, sets, spread
from pipeline.wording.questions.data_worth.pool_signs import sentence as pool_signs

FREE, MIXED = 4.0, 20.0
"""Epochs up to which repeats are nearly fresh, and up to which a scarce source was repeated inside a mixture."""
LINKS = {
    "fresh": "arXiv:2404.07177",
    "repeat": "arXiv:2305.16264",
    "mix": "arXiv:2605.12715, 2605.01640",
    "size": "arXiv:2605.01640, 2509.14786",
    "worse": "arXiv:2609.40295",
    "all": "arXiv:2605.19407",
}
Step = tuple[str, str, str, str]
"""Until which amount of data, what to do, what this study says of it, source."""


def steps(plans: Mapping[str, Sequence[Row]], unit: str) -> list[Step]:
    """The steps in their order; none where the study plans no pools."""
    filtering = [row for row in plans.get("filtering", ()) if row["rank"] == 1]
    if not filtering:
        return []
    first = min(filtering, key=lambda row: row["data_seen"])
    unique, good = float(first["data_unique"]), sets(first["pools"])
    best = _best_epochs(plans, first["pools"][0])
    turn = best["epochs"] if best and best["epochs"] is not None else None
    return [
        (f"{amount(unique)} {unit}", f"filter: one epoch of {good}", _chance(first), LINKS["fresh"]),
        (
            f"{amount(FREE * unique)} {unit}",
            f"repeat, up to {factor(FREE)} epochs",
            _worth(plans, first["pools"][0]),
            LINKS["repeat"],
        ),
        (
            f"{amount((turn or MIXED) * unique)} {unit}",
            "repeat with strong weight decay, or mixed in",
            _turn(best),
            LINKS["mix"],
        ),
        ("", "then a larger model, then an ensemble", _larger(plans), LINKS["size"]),
        (_until_worse(plans, unit), "then worse pools", _worse(plans, unit), LINKS["worse"]),
        ("", "no filter last", _unfiltered(plans, unit), LINKS["all"]),
    ]


def _chance(row: Row) -> str:
    sure = "" if row["probability_best"] is None else f", best with {part(row['probability_best'])}"
    return f"{sets(row['pools'])} at {amount(row['data_seen'])}{sure}"


def _worth(plans: Mapping[str, Sequence[Row]], pool: str) -> str:
    """What one more epoch of the best pool is worth where its repeats are said to be free."""
    rows = [row for row in plans.get("repetition", ()) if row["pool"] == pool and row["value_of_repeat"] is not None]
    if not rows:
        return "not known here"
    near = min(rows, key=lambda row: abs(row["epochs"] - FREE))
    return (
        f"one more after {factor(near['epochs'])} is worth {part(near['value_of_repeat'])}{spread(near, 'value_of_repeat', part)}"
    )


def _best_epochs(plans: Mapping[str, Sequence[Row]], pool: str) -> Row | None:
    rows = [row for row in plans.get("epochs", ()) if row["pool"] == pool]
    return max(rows, key=lambda row: row["params"] or 0.0) if rows else None


def _turn(best: Row | None) -> str:
    if best is None:
        return "not known here"
    if best["epochs"] is None:
        return "no epoch hurts under this law"
    return f"every epoch beyond {factor(best['epochs'])}{spread(best, 'epochs', factor)} of {best['pool']} hurts"


def _larger(plans: Mapping[str, Sequence[Row]]) -> str:
    """What a limit over size or ensembles promises, or that no run says."""
    found = plans.get("data_limits", ())
    return "; ".join(f"{row['axis']}: {row['value']:.3g}" for row in found) or "no ensemble was logged"


def _switch(plans: Mapping[str, Sequence[Row]]) -> Row | None:
    return next((row for row in plans.get("filtering_switches", ()) if row.get("candidates", "nested") == "nested"), None)


def _until_worse(plans: Mapping[str, Sequence[Row]], unit: str) -> str:
    found = _switch(plans)
    return "" if found is None else f"from {amount(found['data_seen'])} {unit}"


def _worse(plans: Mapping[str, Sequence[Row]], unit: str) -> str:
    found = _switch(plans)
    turned = [pool_signs(row, unit) for row in plans.get("pool_signs", ()) if row["data_per_param"] is not None]
    if found is None:
        return " ".join(["no worse pool is worth adding at any budget searched", *turned])
    where = f"{sets(found['to_pools'])} from {amount(found['data_seen'])}{spread(found, 'data_seen', amount)}"
    return ". ".join([where, *turned])


def _unfiltered(plans: Mapping[str, Sequence[Row]], unit: str) -> str:
    """From which budget all pools together are the best set: by the switches of the plan, else without a limit of compute."""
    switches = [row for row in plans.get("filtering_switches", ()) if row.get("candidates", "nested") == "nested"]
    most = max((len(row["pools"]) for row in plans.get("filtering", ())), default=0)
    last = next((row for row in switches if len(row["to_pools"]) == most), None)
    if last is not None:
        return f"from {amount(last['data_seen'])} {unit}{spread(last, 'data_seen', amount)}"
    rows = list(plans.get("dataset_value", ()))
    if not rows:
        return "not known here"
    every = max(rows, key=lambda row: len(row["pools"]))
    say = (lambda x: flops(x)) if every.get("params") else (lambda x: f"{amount(x)} {unit}")
    if every["wins_from"] is not None:
        return f"from {say(every['wins_from'])}{spread(every, 'wins_from', say)}"
    return "at no budget searched" if every.get("not_before") is None else f"not before {say(every['not_before'])}"
