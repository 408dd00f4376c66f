"""The cells of a plan's rows as they are printed under its sentences: one function a plan, units in the heads."""

from __future__ import annotations

from pipeline.schema.limits import CLOSE
from pipeline.schema.numbers_in_words import Row, amount, decimals, factor, flops, part, sets, spread
from pipeline.wording import question_words, recipe_words
from pipeline.wording.cost_words import BARELY, device_time, duration, priced
from pipeline.wording.data_words import counted_draws
from pipeline.wording.pool_words import KEPT, drawn
from pipeline.wording.trust import guessed

Cells = list[str]
BEYOND = "extrapolation"
UNIT = "unit of data"
"""What a row's amounts of data are counted in, beside its own columns."""
GOALS = {"loss": "loss", "params": "best size", "pools": "best pools"}
ALLOWS = {"deadline": "the deadline allows", "money": "the money buys"}
GIVEN = {"nothing": "", "params": "this size", "data_seen": "this data"}


def limit(first: Row, last: Row | None) -> Cells:
    """A pool, its amount, and until which epoch it may be repeated."""
    over = [first["pool"] or "", amount(first["data_unique"])]
    if first.get("epochs_worth_half") is not None:
        until = f"{factor(first['epochs_worth_half'])}{spread(first, 'epochs_worth_half', factor)}"
        return [*over, until, "" if last is None else f"{part(last['value_of_repeat'])} after {factor(last['epochs'])}"]
    if last is None:
        return [*over, f"fewer than {factor(first['epochs'] + 1)}", ""]
    return [*over, factor(last["epochs"]), f"{part(last['value_of_repeat'])}{spread(last, 'value_of_repeat', part)}"]


def sized(row: Row) -> Cells:
    """A compute-optimal run."""
    size = [f"{amount(row['params'])}{spread(row, 'params', amount)}", amount(row["data_seen"])]
    size = size if row["params"] is not None else ["no best size", ""]
    return [flops(row["flops"]), *size, bare(row, "loss"), beyond(row)]


def limited(row: Row) -> Cells:
    """A compute-optimal run with limited data."""
    budget, *size, loss, far = sized(row)
    return [budget, amount(row["data_unique"]), *size, factor(row["epochs"]), loss, far]


def pools(row: Row) -> Cells:
    """The best pool set of a budget."""
    chance = row["probability_best"]
    sure = "" if chance is None else part(chance)
    return [amount(row["data_seen"]), sets(row["pools"]), factor(row["epochs"]), bare(row, "value"), sure, beyond(row)]


def kept(row: Row) -> Cells:
    """The best share of the data to keep."""
    keep = KEPT[row["keep"]].format(part(row["keep_fraction"])).removeprefix("the ").removesuffix(" of the data")
    chance, runs = row["probability_best"], row["approach"] == "runs"
    given = [amount(row["data_seen"]), ""] if runs else ["", factor(row["examples_per_dimension"])]
    value = bare(row, "value") if runs else f"{row['value']:.3g} in theory"
    epochs = factor(row["epochs"]) if runs else ""
    return [*given, keep, epochs, value, "" if chance is None else part(chance), beyond(row)]


def mixed(row: Row) -> Cells:
    """The best mixture of a budget, and by how much it is better than the best whole pools."""
    gain = "" if row["gain"] is None or row["gain"] <= 0 else f"{row['gain']:.2g}"
    return [amount(row["data_seen"]), drawn(row), bare(row, "value"), gain, beyond(row)]


def domain(row: Row) -> Cells:
    """The one mixture of all targets at a budget, and what this target gives up for it."""
    up = "" if row["given_up"] is None else f"{max(row['given_up'], 0.0):.2g}"
    return [amount(row["data_seen"]), drawn(row), bare(row, "value"), up, beyond(row)]


def projected(row: Row) -> Cells:
    """The best mixture at a larger size."""
    chance = row["probability_best"]
    sure = "" if chance is None else part(chance)
    return [amount(row["data_seen"]), drawn(row), bare(row, "value"), sure, beyond(row)]


def bought(row: Row) -> Cells:
    """What one budget of the frontier buys."""
    budget = flops(row["flops"]) if row.get("flops") else amount(row["data_seen"])
    return [budget, sets(row["pools"]), f"{row['epochs']:.3g}", bare(row, "value"), beyond(row)]


def switch(row: Row) -> Cells:
    """Where a pool is added."""
    share = row["share_of_draws"]
    at = f"{amount(row['data_seen'])}{spread(row, 'data_seen', amount)}"
    before, after = list(row["from_pools"]), list(row["to_pools"])
    added = [pool for pool in after if pool not in before]
    then = f"add {sets(added)}" if before + added == after else sets(after)
    return [at, sets(before), then, "" if share is None else part(share), beyond(row)]


def target(row: Row) -> Cells:
    """The cheapest run that reaches a loss."""
    if row["flops"] is None:
        return [f"{row['loss']:.4g}", GIVEN[row["fixed"]], "out of reach", "", "", ""]
    cost = f"{flops(row['flops'])}{spread(row, 'flops', flops)}"
    return [f"{row['loss']:.4g}", GIVEN[row["fixed"]], cost, amount(row["params"]), amount(row["data_seen"]), beyond(row)]


def price(row: Row) -> Cells:
    """What a run costs, and what speaks against it."""
    money = f"{priced(row['price'])} {row['currency']}"
    budget = flops(row["flops"]) + (f" (all that {ALLOWS[row['goal']]})" if row["goal"] in ALLOWS else "")
    against = ["late" if row["makes_deadline"] is False else "", "too large for the memory" if row["fits"] is False else ""]
    time = [device_time(row["accelerator_hours"]), duration(24 * row["days"])]
    return [budget, money, row["accelerator"], *time, ", ".join(filter(None, against)), beyond(row)]


def served(row: Row) -> Cells:
    """The model that is cheapest to train and to serve."""
    run = [amount(row["params"]), amount(row["data_seen"])]
    return [
        flops(row["flops"]),
        amount(row["served_tokens"]),
        *run,
        f"{part(row['extra_training'])}{spread(row, 'extra_training', part)}",
        f"{part(row['saving'])}{spread(row, 'saving', part)}",
        beyond(row),
    ]


def _unit(row: Row) -> str:
    return str(row.get(UNIT, "tokens"))


def compared(row: Row) -> Cells:
    """Which of two recipes."""
    chance, cross = row["probability_other_wins"], row["crossover"]
    where = (
        "" if cross is None else f"{question_words.quantity(row['axis'], cross, _unit(row))}{spread(row, 'crossover', amount)}"
    )
    return [
        question_words.quantity(row["axis"], row["amount"], _unit(row)),
        row["other_cohort"],
        "" if chance is None else part(chance),
        where,
        beyond(row),
    ]


def run(row: Row) -> Cells:
    """A run to do next."""
    size, on = (amount(row["params"]) if row["params"] is not None else ""), (sets(row["pools"]) if row["pools"] else "")
    narrower = f"{factor(row['interval_reduction'])}×" if row["interval_reduction"] >= BARELY else "hardly"
    return [GOALS[row["target"]], str(row["replicates"]), size, on, amount(row["data_seen"]), narrower]


def answer(row: Row) -> Cells:
    """What any law predicts of a run."""
    return [question_words.run_of(row, _unit(row)), question_words.value(row, _unit(row)), beyond(row)]


def reached(row: Row) -> Cells:
    """Where any law reaches a target."""
    need = "out of reach" if row["amount"] is None else question_words.sought(row, _unit(row))
    return [question_words.run_of(row, _unit(row)), f"{row['target']:.4g}", need, beyond(row)]


def best(row: Row) -> Cells:
    """Where any law is least or most."""
    if row["amount"] is None:
        return [question_words.run_of(row, _unit(row)), "none", "", beyond(row)]
    return [
        question_words.run_of(row, _unit(row)),
        question_words.sought(row, _unit(row)),
        question_words.value(row, _unit(row)),
        beyond(row),
    ]


def turning(row: Row) -> Cells:
    """Where another epoch hurts."""
    over = [amount(row["data_unique"]), row["pool"] or "", amount(row["params"]) if row["params"] else ""]
    most = "no end" if row["epochs"] is None else f"{factor(row['epochs'])}{spread(row, 'epochs', factor)}"
    share = row["share_of_draws"]
    return [*over, most, "" if share is None else part(share), bare(row, "value"), beyond(row)]


def sign(row: Row) -> Cells:
    """Where a pool's value changes its sign."""
    at = (
        ""
        if row["data_per_param"] is None
        else f"{factor(row['data_per_param'])}{spread(row, 'data_per_param', factor)} a parameter"
    )
    return [row["pool"], row["beside"], row["direction"] or "no value", at, beyond(row)]


def policy(row: Row) -> Cells:
    """How often documents of each pool are drawn."""
    if row["rank"] is None:
        return [amount(row["data_seen"]), "no policy reaches it", "", "", beyond(row)]
    drawn = ", ".join(f"{pool} {factor(n)}" for n, pool in counted_draws(row))
    sure = "" if row["probability_best"] is None else part(row["probability_best"])
    return [amount(row["data_seen"]), drawn, bare(row, "value"), sure, beyond(row)]


def proxy(row: Row) -> Cells:
    """A small run that repeats a pool as the plan does."""
    run = [amount(row["data_seen"]), amount(row["proxy_data_seen"]), row["pool"], amount(row["proxy_unique"])]
    return [*run, factor(row["epochs"]), beyond(row)]


def data_limit(row: Row) -> Cells:
    """What data are worth without a limit."""
    return [row["axis"], bare(row, "value")]


def settings(row: Row) -> Cells:
    """Learning rate and batch of a run."""
    rate, batch = recipe_words.rate(row), recipe_words.batch(row)
    size = [amount(row["params"]) if row["params"] else "", amount(row["data_seen"])]
    return [*size, rate.removeprefix("a peak learning rate of "), batch.removeprefix("batches of "), beyond(row)]


def annealed(row: Row) -> Cells:
    """The best schedule of a length."""
    chance = row["probability_best"]
    return [str(row["steps"]), recipe_words.decay(row), bare(row, "value"), "" if chance is None else part(chance), beyond(row)]


def benchmark(row: Row) -> Cells:
    """A benchmark's trend and forecast."""
    at = "" if row["flops"] is None else flops(row["flops"])
    return [row["task"], row["trend"] or "cannot be told", at, bare(row, "value"), beyond(row)]


def answered(row: Row) -> Cells:
    """The amount of work to buy."""
    price = "" if row["price_per_answer"] is None else f"{row['price_per_answer']:.2g} {row['currency']}"
    return [
        question_words.quantity(row["axis"], row["amount"], _unit(row)),
        bare(row, "value"),
        bare(row, "gain"),
        price,
        beyond(row),
    ]


def bare(row: Row, name: str) -> str:
    """A value and its interval without the unit, which stands in the head."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    if row[name] is None or low is None or high is None:
        return "" if row[name] is None else f"{row[name]:.3g}"
    number, ends = decimals(row[name], low, high)
    return f"{number} ({ends})"


def beyond(row: Row) -> str:
    """How many times a row's budget is that of the largest run, and whether that is too far to be more than a guess."""
    distance = row.get("distance")
    if distance is None or distance <= CLOSE:
        return ""
    return f"{factor(10**distance)}×{', a guess' if guessed(row) else ''}"
