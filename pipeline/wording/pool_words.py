"""Pools in plain sentences: which to use, from when on, in which shares, what they are worth and what of them to keep."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import UNITS, Row, amount, difference, factor, flops, outcome, part, sets, spread
from pipeline.wording.clauses import counted, drawn_so, likely, metric, times
from pipeline.wording.trust import trust

KEPT = {"all": "all of the data", "easy": "the easiest {}", "hard": "the hardest {}", "any": "a random {}"}


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
    sized = row["epochs_max"] is not None
    if row["message"] and sized:
        return f"{start} {row['message']}"
    better = "worse" if row["gain"] < 0 else "better"
    much = f"{abs(row['gain']):.2g}{_unit(row)} {better} than" if abs(row["gain"]) > 1e-9 else "as good as"
    set_of = "the best pool set" if sized else "even shares of the pools that go together best"
    limit = f", with at most {times(row['epochs_max'])} of any pool" if sized else ""
    return " ".join(filter(None, [start, f"That is {much} {set_of}{limit}.", row["message"], trust(row)]))


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


def _unit(row: Row) -> str:
    return f" {UNITS[metric(row)]}" if metric(row) in UNITS else ""
