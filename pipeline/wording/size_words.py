"""Size and data in plain sentences: what to train, what a loss costs, the next rung, which of two recipes."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import UNITS, Row, amount, flops, outcome, part, spread
from pipeline.wording.approaches import disagreement
from pipeline.wording.clauses import counted, drawn_so, metric, times
from pipeline.wording.question_words import quantity
from pipeline.wording.trust import trust


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
