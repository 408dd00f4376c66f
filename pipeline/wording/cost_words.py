"""Prices, serving and next runs in plain sentences; `words.py` lists them with the others."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, factor, flops, part, sets, spread

GOALS = {"deadline": "The most that the deadline allows: ", "money": "The most that the money buys: "}


SOUGHT = {"loss": "the expected loss", "params": "the best model size", "pools": "the best pools' lead"}
CENT, DAYS_FROM = 0.01, 72.0
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


def money(row: Row, unit: str = "tokens") -> str:
    """What a run costs, whether it fits and whether it is in time."""
    run = f"{amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}, " if row["params"] is not None else ""
    price = f"{priced(row['price'])} {row['currency']}{_prices(row)}"
    hours = f"{device_time(row['accelerator_hours'])} of {row['accelerator']}"
    devices = f"{row['accelerator_count']} device{'' if row['accelerator_count'] == 1 else 's'}"
    days = f"{duration(24 * row['days'])} on {devices}"
    share = f"{part(row['mfu'])} of peak ({row['mfu_source']})"
    late = "" if row["makes_deadline"] is not False else f" It misses the deadline of {factor(row['deadline_days'])} days."
    tight = "" if row["fits"] is not False else " It does not fit into the devices' memory."
    return f"{GOALS.get(row['goal'], '')}{run}{flops(row['flops'])}: {price}. That is {hours}, or {days} at {share}.{late}{tight}"


def serving(row: Row, unit: str = "tokens") -> str | None:
    """Which model is cheapest once it is served."""
    if row["params"] is None:
        return None
    run = f"{amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}"
    more, less = (f"{part(row[name])}{spread(row, name, part)}" for name in ("extra_training", "saving"))
    extra = f"training costs {more} more, and training and serving together {less} less"
    return f"To serve {amount(row['served_tokens'])} {unit} at the quality of {flops(row['flops'])}, train {run}: {extra}."


def next_runs(row: Row, unit: str = "tokens") -> str | None:
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


def no_run(row: Row, unit: str = "tokens") -> str | None:
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


def undeclared(row: Row, unit: str = "tokens") -> str:
    """What the next runs may cost where the study does not say it; nothing where it does."""
    if row.get("experiment_source") in (None, "declared"):
        return ""
    less = ", capped at half of the run that they prepare" if row["experiment_source"] == "half_of_target" else ""
    taken = f"{_spendable(row, unit)} is taken, as much as the fitted runs took together{less}"
    return f"[plan] experiment_flops is not declared: {taken}."


def _spendable(row: Row, unit: str) -> str:
    return flops(row["experiment_flops"]) if row["experiment_unit"] == "flops" else f"{amount(row['experiment_flops'])} {unit}"


def priced(price: float) -> str:
    """A sum of money without its currency: 172,031, 8.40, less than 0.01."""
    return f"{price:,.0f}" if price >= 100 else f"{price:.2f}" if price >= CENT or price == 0 else "less than 0.01"


def _prices(row: Row) -> str:
    low, high = row.get("price_low"), row.get("price_high")
    if low is not None and high is not None and low < CENT <= high:
        return f" (up to {priced(high)})"
    return spread(row, "price", priced)


def device_time(hours: float) -> str:
    """The work of devices: in hours, below one in minutes or seconds."""
    return _several(amount(hours), "hour") if hours >= 1 else duration(hours)


def duration(hours: float) -> str:
    """Seconds, minutes, hours or days, whichever has few digits: 2.2 seconds, 1 hour, 58982 hours, 4.8 days."""
    if hours < 1 / 60:
        return _several(factor(3600 * hours), "second")
    if hours < 1:
        return _several(factor(60 * hours), "minute")
    return _several(factor(hours), "hour") if hours < DAYS_FROM else _several(factor(hours / 24), "day")


def _several(number: str, one: str) -> str:
    """The noun by the number that is printed: what reads as 1 is one."""
    return f"{number} {one}" if number == "1" else f"{number} {one}s"
