"""Plans in two plain sentences that a manager can read: what to do and what to expect, and how far to trust it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.schema.numbers_in_words import UNITS, Row, amount, difference, factor, flops, outcome, part, sets, spread
from pipeline.wording.approaches import disagreement
from pipeline.wording.cost_words import money, next_runs, serving
from pipeline.wording.data_words import SAID
from pipeline.wording.question_words import optimum, quantity, response, target
from pipeline.wording.recipe_words import benchmarks, hyperparameters, inference, schedule
from pipeline.wording.trust import trust

HALF, ONCE = 0.5, 1.005
KEPT = {"all": "all of the data", "easy": "the easiest {}", "hard": "the hardest {}", "any": "a random {}"}


def counted(row: Row) -> str:
    """What the data are counted in, where the caller does not know: tokens for a loss, else samples."""
    return "samples" if row.get("metric", "loss") not in ("loss", "bits_per_byte") else "tokens"


def metric(row: Row) -> str:
    """What the row's value is: a loss, where neither row nor caller says else."""
    return str(row.get("metric") or "loss")


def compute_optimal(row: Row, unit: str | None = None) -> str | None:
    """Train N parameters on D tokens. Only of the law's own optimum: the other approaches stand beside it in the table."""
    unit = unit or counted(row)
    if row.get("approach", "parametric") != "parametric":
        return None
    if row["params"] is None:
        return f"With {flops(row['flops'])} there is no best model size. {row['message']}"
    run = f"Train {amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}"
    doubts = (trust(row), row.get("message"), disagreement(row))
    return " ".join([f"{run}; expect {outcome(row, 'loss', metric(row))}.", *filter(None, doubts)])


def data_constrained(row: Row, unit: str | None = None) -> str:
    """Train N parameters on D tokens, so many epochs of the unique ones."""
    unit = unit or counted(row)
    if row["params"] is None:
        return f"With {flops(row['flops'])} there is no best model size. {row['message']}"
    run = f"Train {amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}"
    epochs = "less than one epoch" if row["epochs"] < 1 else times(row["epochs"])
    over = f"{epochs} over your {amount(row['data_unique'])} unique {unit}"
    return f"{run}, {over}; expect {outcome(row, 'loss', metric(row))}. {trust(row)}"


def repetition(row: Row, unit: str | None = None) -> str:
    """What so many epochs are worth."""
    unit = unit or counted(row)
    of = f" of {row['pool']}" if row.get("pool") else ""
    start = f"{times(row['epochs'])} of {amount(row['data_unique'])} {unit}{of}"
    if row["effective_data"] is None:
        return f"{start}: {row['message']}"
    worth = f"are worth {amount(row['effective_data'])} fresh {unit}{spread(row, 'effective_data', amount)}"
    if row["value_of_repeat"] is not None and row["value_of_repeat"] < 0:
        return f"{start} {worth}. One more epoch makes it worse."
    return f"{start} {worth}. One more epoch is worth {part(row['value_of_repeat'])} of fresh data."


def filtering(row: Row, unit: str | None = None) -> str | None:
    """Which pools to use; only of the best set."""
    unit = unit or counted(row)
    if row["rank"] != 1:
        return None
    size = f" and {amount(row['params'])} parameters" if row.get("params") else ""
    over = f"train {times(row['epochs'])} of {sets(row['pools'])}"
    start = f"With {amount(row['data_seen'])} {unit}{size}, {over}; expect {outcome(row, 'value', metric(row))}."
    said = [likely("It is the best set", row["probability_best"]), next_best(row), row["message"], trust(row)]
    return " ".join([start, *filter(None, said)])


def next_best(row: Row) -> str | None:
    """What the second best pool set costs: of a tie, that these runs cannot tell the two apart."""
    if not row.get("next_pools"):
        return None
    costs = difference(row, "next_behind", metric(row))
    if not row["ties"]:
        unknown = "" if row["ties"] is not None else "; there is no interval: too few independent runs"
        return f"The next best, {sets(row['next_pools'])}, is {costs} worse{unknown}."
    more = f", the nearest of {row['ties']} sets" if row["ties"] > 1 else ""
    return f"A tie: these runs cannot tell it from {sets(row['next_pools'])}{more}. Taking that instead costs {costs}."


def filtering_switches(row: Row, unit: str | None = None) -> str | None:
    """Where the best nested set changes, and the best of those that the study names."""
    unit = unit or counted(row)
    if row.get("candidates", "nested") == "subsets":
        return None
    if row.get("candidates") == "named":
        at = f"{amount(row['data_seen'])} {unit}{spread(row, 'data_seen', amount)}"
        start = f"{sets(row['to_pools'])} instead of {sets(row['from_pools'])}: from {at} on."
        return " ".join([start, *filter(None, [drawn_so("They cross", row["share_of_draws"]), trust(row)])])
    at = f"{amount(row['data_seen'])} {unit}{spread(row, 'data_seen', amount)}"
    start = f"Up to {at} use {sets(row['from_pools'])}, beyond it {sets(row['to_pools'])}."
    return " ".join([start, *filter(None, [drawn_so("The switch occurs", row["share_of_draws"]), trust(row)])])


def filter_cost(row: Row, unit: str | None = None) -> str | None:
    """What the wrong filter costs; nothing of the best set."""
    unit = unit or counted(row)
    if row["pools"] == row["best_pools"]:
        return None
    start = f"At {amount(row['data_seen'])} {unit}, {sets(row['pools'])} instead of {sets(row['best_pools'])}"
    cost = f"costs {difference(row, 'excess', metric(row))}"
    if row["times_budget"] is None:
        return f"{start} {cost}. {row['message']}"
    return f"{start} {cost}. It catches up with {factor(max(row['times_budget'], 1.01))} times the budget."


def frontier(row: Row, unit: str | None = None) -> str:
    """What a budget buys."""
    unit = unit or counted(row)
    budget = flops(row["flops"]) if row.get("flops") else f"{amount(row['data_seen'])} {unit}"
    return f"{budget} buys {outcome(row, 'value', metric(row))} with {sets(row['pools'])}. {trust(row)}"


def pool_worth(row: Row, unit: str | None = None) -> str:
    """How large a new pool must be."""
    unit = unit or counted(row)
    start = f"At {amount(row['data_seen'])} {unit}, a new pool as good as {row['like_pool']}"
    if row["data_unique"] is None:
        return f"{start} is not worth adding to {sets(row['pools'])}. {row['message']}"
    size = f"{amount(row['data_unique'])} {unit}{spread(row, 'data_unique', amount)}"
    gain = f"It then improves the result by {part(row['improvement'])}."
    return f"{start} is worth adding to {sets(row['pools'])} if it has {size}. {gain}"


def dataset_value(row: Row, unit: str | None = None) -> str:
    """What a pool set is worth without a limit of compute, and from when it is the best."""
    unit = unit or counted(row)
    start = f"Without a limit on compute {sets(row['pools'])} reaches {outcome(row, 'value', metric(row))}, rank {row['rank']}."
    if row["wins_from"] is None:
        return f"{start} {row['message']}"
    budget = flops(row["wins_from"]) if row.get("params") else f"{amount(row['wins_from'])} {unit}"
    return f"{start} It is the best set from {budget} on."


def mixture(row: Row, unit: str | None = None) -> str:
    """Which share to draw from each pool."""
    unit = unit or counted(row)
    start = f"With {amount(row['data_seen'])} {unit}, draw {drawn(row)}; expect {outcome(row, 'value', metric(row))}."
    if row["message"]:
        return f"{start} {row['message']}"
    better = "worse" if row["gain"] < 0 else "better"
    much = f"{abs(row['gain']):.2g}{_unit(row)} {better} than" if abs(row["gain"]) > 1e-9 else "as good as"
    gain = f"That is {much} the best pool set"
    return f"{start} {gain}, with at most {times(row['epochs_max'])} of any pool. {trust(row)}"


def domains(row: Row, unit: str | None = None) -> str:
    """The one mixture of all targets, and what this one gives up for the others."""
    unit, name = unit or counted(row), metric(row)
    size = f" and {amount(row['params'])} parameters" if row.get("params") else ""
    start = f"With {amount(row['data_seen'])} {unit}{size}, draw {drawn(row)} for all targets"
    here = f"{row['target']}, {part(row['target_weight'])} of the weight, ends at {outcome(row, 'value', name)}"
    own = f"its own best mixture would be better by {difference(row, 'given_up', name)}"
    even = f"Together they are {difference(row, 'gain', name)} better than with equal shares of all pools."
    return " ".join(filter(None, [f"{start}: {here}; {own}.", even, trust(row)]))


def pruning(row: Row, unit: str | None = None) -> str | None:
    """What to keep; only of the best choice."""
    unit = unit or counted(row)
    if row["rank"] != 1:
        return None
    kept = KEPT[row["keep"]].format(part(row["keep_fraction"]))
    if row["approach"] == "saddle_point":
        there = f"Where there are {factor(row['examples_per_dimension'])} examples for each input dimension"
        return f"{there}, a perceptron student errs least ({row['value']:.3g}) if you keep {kept}. {row['message']}"
    size = f" and {amount(row['params'])} parameters" if row.get("params") else ""
    start = f"With {amount(row['data_seen'])} {unit}{size}, keep {kept}; expect {outcome(row, 'value', metric(row))}."
    return " ".join([start, *filter(None, [likely("It is the best choice", row["probability_best"]), trust(row)])])


def projection(row: Row, unit: str | None = None) -> str | None:
    """Which mixture is best at a larger size; only of the best one."""
    unit = unit or counted(row)
    if row["rank"] != 1:
        return None
    from_sizes = f"extrapolated from {amount(row['size_small'])} and {amount(row['size_large'])} {unit}"
    start = f"At {amount(row['data_seen'])} {unit}, draw {drawn(row)}; {from_sizes}, expect {outcome(row, 'value', metric(row))}."
    sure = likely("It is the best of the mixtures", row["probability_best"])
    return " ".join(words for words in (start, sure, trust(row), row["message"]) if words)


def drawn(row: Row) -> str:
    """The shares of a mixture: 70 % from a, 30 % from b."""
    return ", ".join(f"{part(w)} from {p}" for p, w in zip(row["pools"], row["weights"], strict=True))


def inverse(row: Row, unit: str | None = None) -> str:
    """What a loss costs."""
    unit = unit or counted(row)
    fixed = {"params": f" with {amount(row['params'])} parameters", "data_seen": f" with {amount(row['data_seen'])} {unit}"}
    goal = (
        f"{'an' if metric(row)[:1] in 'aeiou' else 'a'} {metric(row)} of {row['loss']:.4g} {UNITS.get(metric(row), '')}".rstrip()
    )
    target = f"{goal[:1].upper()}{goal[1:]}{fixed.get(row['fixed'], '')}"
    if row["flops"] is None:
        return f"{target} is out of reach. {row['message']}"
    run = f"{amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}"
    return f"{target} costs {flops(row['flops'])}{spread(row, 'flops', flops)}: {run}. {trust(row)}"


def ladder(row: Row, unit: str | None = None) -> str:
    """One rung."""
    unit = unit or counted(row)
    run = f"Rung {row['rung']}: {amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}"
    spent = f"The rungs so far cost {part(row['share_of_target'])} of the target's compute."
    return f"{run}; expect {outcome(row, 'loss', metric(row))}. {spent}"


def comparison(row: Row, unit: str | None = None) -> str:
    """Which of two recipes, and where it changes."""
    chance = row["probability_other_wins"]
    start = f"At {quantity(row['axis'], row['amount'], unit or 'tokens')}, {row['other_cohort']} is better"
    start = (
        f"{start} with a probability of {part(chance)}." if chance is not None else f"{start} or not: there are no draws to say."
    )
    if row["crossover"] is None:
        return f"{start} {row['message']}"
    where = f"{quantity(row['axis'], row['crossover'], unit or 'tokens')}{spread(row, 'crossover', amount)}"
    return f"{start} {drawn_so(f'The two cross at {where}', row['share_of_draws'])}"


def refusal(law: str, grade: str, note: str, fix: str | None = None) -> str:
    """The reasoned refusal: why there is no plan from a law, and the runs that would fix it."""
    start = f"No plan from {law}: its fit is {grade}, because {note.removeprefix('not identified: ').rstrip('.')}."
    return f"{start} {fix[:1].upper()}{fix[1:].rstrip('.')}." if fix and fix not in note else start


def by_pool(rows: Sequence[Row]) -> list[list[Row]]:
    """The repetition rows of each pool and amount of it."""
    groups: dict[tuple[Any, Any, Any], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.get("law"), row["pool"], row["data_unique"]), []).append(row)
    return list(groups.values())


def half_worth(rows: Sequence[Row], unit: str | None = None) -> str:
    """Until how many epochs of one pool one more is worth at least half of fresh data."""
    last, first = last_worthwhile(rows), rows[0]
    of = f" of {first['pool']}" if first.get("pool") else ""
    over = f"{amount(first['data_unique'])} {unit or counted(first)}{of}"
    if first.get("epochs_worth_half") is not None:
        until = f"{times(first['epochs_worth_half'])}{spread(first, 'epochs_worth_half', factor)}"
        if first["epochs_worth_half"] < ONCE:
            return f"Do not repeat the {over}: one more epoch is worth less than half of fresh data."
        return f"Train up to {until} of the {over}. From there on one more is worth less than half of fresh data."
    if last is None:
        return f"Do not repeat the {over}: after {times(first['epochs'])} one more is worth less than half of fresh data."
    worth = f"{part(last['value_of_repeat'])}{spread(last, 'value_of_repeat', part)}"
    return f"Train up to {times(last['epochs'])} of the {over}. One more is then worth {worth} of fresh data."


def times(epochs: float | None) -> str:
    """A number of epochs: 1 epoch, 9.5 epochs."""
    return "1 epoch" if epochs == 1 else f"{factor(epochs)} epochs"


def likely(claim: str, chance: float | None) -> str:
    """A claim with its probability; nothing where there are no draws to say."""
    return "" if chance is None else f"{claim} with a probability of {part(chance)}."


def drawn_so(claim: str, share: float | None) -> str:
    """A claim with the share of draws that bear it out; nothing where there are no draws to say."""
    return "" if share is None else f"{claim} in {part(share)} of draws."


def _unit(row: Row) -> str:
    return f" {UNITS[metric(row)]}" if metric(row) in UNITS else ""


def last_worthwhile(rows: Sequence[Row]) -> Row | None:
    """Of the repetition rows of one pool: the one of most epochs whose next is still worth half a fresh sample."""
    worth = [row for row in rows if row["value_of_repeat"] is not None and row["value_of_repeat"] >= HALF]
    return max(worth, key=lambda row: row["epochs"]) if worth else None


SENTENCES: Mapping[str, Callable[..., str | None]] = {
    "plan_compute_optimal": compute_optimal,
    "plan_data_constrained": data_constrained,
    "plan_repetition": repetition,
    "plan_filtering": filtering,
    "plan_filtering_switches": filtering_switches,
    "plan_filter_cost": filter_cost,
    "plan_frontier": frontier,
    "plan_pool_worth": pool_worth,
    "plan_dataset_value": dataset_value,
    "plan_mixture": mixture,
    "plan_domains": domains,
    "plan_pruning": pruning,
    "plan_projection": projection,
    "plan_inverse": inverse,
    "plan_ladder": ladder,
    "plan_comparison": comparison,
    "plan_money": money,
    "plan_serving": serving,
    "plan_next_runs": next_runs,
    "plan_response": response,
    "plan_target": target,
    "plan_optimum": optimum,
    **SAID,
    "plan_hyperparameters": hyperparameters,
    "plan_schedule": schedule,
    "plan_benchmarks": benchmarks,
    "plan_inference": inference,
}
"""For each plan table: a row in two sentences, or None for rows that need none."""


def sentence(table: str, row: Mapping[str, Any], unit: str | None = None) -> str | None:
    """Two sentences about a row of a plan table; None where the table has none or the row is one among alternatives."""
    write = SENTENCES.get(f"plan_{table.removeprefix('plan_').removeprefix('best_')}")
    if write is None:
        return None
    return write(dict(row)) if unit is None else write(dict(row), f"{unit.rstrip('s')}s")
