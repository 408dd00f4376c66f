"""plan_money in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, factor, flops, part, spread
from pipeline.wording.cost_words import CENT, device_time, duration, priced
from pipeline.wording.words import BEYOND, Cells, Form, Words, beyond, furthest_known

GOALS = {"deadline": "The most that the deadline allows: ", "money": "The most that the money buys: "}
ALLOWS = {"deadline": "the deadline allows", "money": "the money buys"}


def sentence(row: Row, unit: str) -> str:
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


def cells(row: Row) -> Cells:
    """What a run costs, and what speaks against it."""
    money = f"{priced(row['price'])} {row['currency']}"
    budget = flops(row["flops"]) + (f" (all that {ALLOWS[row['goal']]})" if row["goal"] in ALLOWS else "")
    against = ["late" if row["makes_deadline"] is False else "", "too large for the memory" if row["fits"] is False else ""]
    time = [device_time(row["accelerator_hours"]), duration(24 * row["days"])]
    return [budget, money, row["accelerator"], *time, ", ".join(filter(None, against)), beyond(row)]


def _prices(row: Row) -> str:
    low, high = row.get("price_low"), row.get("price_high")
    if low is not None and high is not None and low < CENT <= high:
        return f" (up to {priced(high)})"
    return spread(row, "price", priced)


WORDS = Words(
    sentence,
    Form("Price", ["budget", "price", "device", "device time", "done in", "but", BEYOND], cells, furthest_known),
    leads=True,
)
