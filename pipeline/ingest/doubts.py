"""What of checked runs is probably not meant so: gaps, amounts in millions, doubled runs, unlike epochs, unions of pools."""

from collections.abc import Callable, Iterator

import duckdb

from pipeline.readers.names import LEAST_AMOUNT
from pipeline.schema.metrics import METRICS
from pipeline.store.statements import sql
from pipeline.terminal import counted

SAME_EPOCHS = 1.25
"""Epochs that differ by no more than this factor are rounded alike."""


def doubts(connection: duckdb.DuckDBPyConnection, examples: int) -> Iterator[str]:
    """What the runs lack, and what of them is probably not meant so, each with its fix."""
    connection.execute(sql("view_run_amounts"))
    judged = [name for name, metric in METRICS.items() if metric.goal and metric.firm]
    asked: tuple[tuple[str, dict[str, object], Callable[..., str]], ...] = (
        ("select_run_gaps", {}, _gap),
        ("select_small_amounts", {"least": LEAST_AMOUNT}, _small),
        ("select_runs_of_one_name", {"examples": examples}, _doubled),
        ("select_unlike_epochs", {"tolerance": SAME_EPOCHS}, _unlike_epochs),
        ("select_pools_like_sums", {}, _sum),
        ("select_metrics_among_tags", {"metrics": judged}, _tagged),
    )
    for statement, given, words in asked:
        yield from (words(*row) for row in connection.execute(sql(statement), given).fetchall())


def _doubled(name: str, ids: list[str], runs: int) -> str:
    shown = ", ".join(ids) + (", ..." if runs > len(ids) else "")
    return f"{runs} runs would have the name {name!r}, as {shown}; where they are one run, leave one of its rows"


def _gap(name: str, without: int, runs: int, examples: list[str]) -> str:
    shown = ", ".join(examples) + (", ..." if without > len(examples) else "")
    fix = f"a column, a map's [columns] or another file of these runs may say {name}"
    return f"{without} of {runs} runs would have no {name} ({shown}), and no law that reads it would be fitted to them; {fix}"


def _small(name: str, small: int, runs: int, examples: list[str]) -> str:
    shown = ", ".join(examples) + (", ..." if small > len(examples) else "")
    fix = f'where they are in millions or billions, say so in a map\'s [columns], as {name} = "{name} * 1e6", or 1e9'
    return f"{small} of {runs} runs would have {name} below {LEAST_AMOUNT:g} ({shown}), and sizes are counts; {fix}"


def _unlike_epochs(unlike: int, examples: list[str]) -> str:
    shown = ", ".join(examples) + (", ..." if unlike > len(examples) else "")
    fix = "correct the one that is wrong: laws of repeated data read data_unique"
    return f"{counted(unlike, 'run')} would have epochs that are not data_seen over data_unique ({shown}); {fix}"


def _sum(pool: str, members: list[str]) -> str:
    rows = "; ".join(f"{pool},{member}" for member in members)
    fix = f"say so in a NAME.pool_members.csv with the columns pool,member: {rows}"
    return f"pool {pool!r} is called like {' and '.join(members)}, and would be a pool beside them; where it is both, {fix}"


def _tagged(tag: str, runs: int, examples: list[str]) -> str:
    shown = ", ".join(examples) + (", ..." if runs > len(examples) else "")
    fix = f"name the column metric:{tag.lower()} to have it as their final value"
    return f"{counted(runs, 'run')} would have no metric, and {tag!r} as a tag ({shown}); {fix}"
