"""What data are worth, in words: the best number of epochs, the sign of a pool, limits, policies of drawing, matched proxies."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, difference, factor, outcome, part, spread
from pipeline.wording.clauses import drawn_so

HARDLY = 0.01
"""Expected draws of a document below which its pool is left out of the words."""
SURE = 0.95
"""From this share of the draws on nothing is said of the others."""


def _counted(row: Row, unit: str | None) -> str:
    return unit or ("samples" if row.get("metric", "loss") not in ("loss", "bits_per_byte") else "tokens")


def _size(row: Row) -> str:
    return f" with {amount(row['params'])} parameters" if row.get("params") else ""


def epochs(row: Row, unit: str | None = None) -> str:
    """Until which epoch training goes on, or that no epoch hurts."""
    of = f" of {row['pool']}" if row.get("pool") else ""
    start = f"Over {amount(row['data_unique'])} {_counted(row, unit)}{of}{_size(row)}"
    if row["epochs"] is None:
        return f"{start}: {row['message']}"
    most = f"train {factor(row['epochs'])} epochs{spread(row, 'epochs', factor)}"
    once = f"expect {outcome(row, 'value', str(row.get('metric') or 'loss'))}; beyond them every further epoch only hurts."
    share = row.get("share_of_draws")
    doubt = drawn_so("Another epoch hurts at all", share) if share is not None and share < SURE else ""
    return " ".join(filter(None, [f"{start}, {most}; {once}", doubt, row["message"]]))


def pool_signs(row: Row, unit: str | None = None) -> str:
    """Up to how many tokens a parameter a pool helps, and from when it harms."""
    counted, beside = _counted(row, unit), row["beside"]
    if row["direction"] is None:
        return str(row["message"])
    if row["data_per_param"] is None:
        verb = "helps" if row["direction"] == "always helps" else "harms"
        return f"Under this law {row['pool']} beside {beside} {verb} at every size. {row['message']}"
    low, high = row["data_per_param_low"], row["data_per_param_high"]
    first, then = row["direction"].split(" then ")
    known = low is not None and high is not None
    ends = (low, high) if known else (row["data_per_param"], row["data_per_param"])
    says = f"{row['pool']} beside {beside} {first} below {factor(ends[0])} {counted} of {beside} a parameter and {then} above "
    return f"{says}{factor(ends[1])}: with its {counted} once through, the change is at {amount(row['params'])} parameters."


def data_limits(row: Row, unit: str | None = None) -> str:
    """What fixed data reach without a limit of compute."""
    over = f"{amount(row['data_unique'])} {_counted(row, unit)} reach" if row.get("data_unique") else "These data reach"
    grows = {
        "size": "with ever more parameters",
        "ensemble": f"with ever more members of {amount(row['params'] or 0.0)} parameters",
    }
    grows["size and ensemble"] = "with ever more members of ever more parameters"
    grows["ensemble"] = grows["ensemble"] if row["params"] else "with ever more members"
    said = f"{over} {outcome(row, 'value', str(row.get('metric') or 'loss'))} {grows[row['axis']]}."
    return " ".join(filter(None, [said, row["message"]]))


def policies(row: Row, unit: str | None = None) -> str | None:
    """How often documents of each quality are drawn; only of the best policy."""
    if row["rank"] is None:
        return str(row["message"])
    if row["rank"] != 1:
        return None
    drawn = ", ".join(f"{factor(n)} times from {pool}" for n, pool in counted_draws(row))
    start = f"With {amount(row['data_seen'])} {_counted(row, unit)}{_size(row)}, draw each document {drawn}"
    sure = (
        ""
        if row["probability_best"] is None
        else f" It is the best of these policies with a probability of {part(row['probability_best'])}."
    )
    return f"{start}; expect {outcome(row, 'value', str(row.get('metric') or 'loss'))}.{sure}"


def interventions(row: Row, unit: str | None = None) -> str:
    """Which of two interventions on the data is better at an asked run."""
    run = f"At {amount(row['params'])} parameters and {amount(row['data_seen'])} {_counted(row, unit)}"
    chance = row["probability_other_wins"]
    sure = "" if chance is None else f", better with a probability of {part(chance)}"
    return f"{run} {row['other_cohort']} is {difference(row, 'excess', str(row.get('metric') or 'loss'))} apart{sure}."


def counted_draws(row: Row) -> list[tuple[float, str]]:
    """How often a document of each pool is drawn, without the pools of which hardly any is."""
    return [(n, pool) for n, pool in zip(row["draws_of_pools"], row["pools"], strict=True) if n >= HARDLY]


def proxies(row: Row, unit: str | None = None) -> str:
    """A small run that repeats a pool as often as the plan."""
    counted = _counted(row, unit)
    start = f"To stand for {amount(row['data_seen'])} {counted}, a run of {amount(row['proxy_data_seen'])} keeps "
    kept = f"{amount(row['proxy_unique'])} {counted} of {row['pool']}: {factor(row['epochs'])} epochs, as planned"
    whole = f"; on the whole pool it would be {factor(row['epochs_unmatched'])}, {factor(row['mismatch'])} times fewer."
    return " ".join(filter(None, [start + kept + (whole if row["mismatch"] > 1 else "."), row["message"]]))


SAID = {
    "plan_epochs": epochs,
    "plan_pool_signs": pool_signs,
    "plan_data_limits": data_limits,
    "plan_policies": policies,
    "plan_proxies": proxies,
    "plan_interventions": interventions,
}
"""The sentences of these plan tables."""

__all__ = ["SAID", "data_limits", "epochs", "interventions", "policies", "pool_signs", "proxies"]
