"""How each sweep is divided into what is known and what is forecast: along compute, epochs, time, mixtures, schedules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from pipeline.fitting.effort import FULL, REPLAY, Effort
from tests.judgement.sweeps import Runs

COMPUTE = pl.coalesce("flops", 6.0 * pl.col("params") * pl.col("data_seen"))
FEW_EPOCHS = 4.0
LONG = 3e10
"""Samples seen above which a CLIP run is forecast, not fitted."""


@dataclass(frozen=True)
class Case:
    """One division of one sweep: the known observations and those to forecast. `part` tells the folds of one split apart."""

    sweep: str
    split: str
    part: str
    laws: tuple[str, ...]
    known: pl.DataFrame
    asked: pl.DataFrame
    pools: tuple[str, ...] = ()
    effort: Effort = FULL


Divided = Iterator[tuple[str, pl.DataFrame, pl.DataFrame]]


def _where(frame: pl.DataFrame, known: pl.Expr) -> Divided:
    yield "", frame.filter(known), frame.filter(~known)


def below(part: float) -> Callable[[pl.DataFrame], Divided]:
    """Trained below this part of the largest budget, asked above it."""
    return lambda frame: _where(frame, (COMPUTE / COMPUTE.max()) < part)


def mixtures(frame: pl.DataFrame) -> Divided:
    """Each run that draws from more than one pool, or from a part of one, left out in turn."""
    mixed = pl.col("members").list.len() > 1
    for (run,), own in frame.filter(mixed).group_by("run_key", maintain_order=True):
        yield str(own["run_id"][0]), frame.filter(pl.col("run_key") != run), own


def shorter(frame: pl.DataFrame) -> Divided:
    """In each architecture the runs up to 13 billion samples forecast those at 34 billion, on pools that both have seen."""
    for (cohort,), own in frame.group_by("cohort", maintain_order=True):
        long = own.filter(pl.col("data_seen") >= LONG)
        if long.height:
            yield str(cohort), own.filter(pl.col("data_seen") < LONG), long


SPLITS: dict[str, Callable[[pl.DataFrame], Divided]] = {
    "below Cmax/10": below(1 / 10),
    "below Cmax/3": below(1 / 3),
    "sealed runs": lambda frame: _where(frame, ~pl.col("run_id").str.starts_with("sealed-")),
    "up to 4 epochs": lambda frame: _where(frame, pl.col("epochs") <= FEW_EPOCHS),
    "first half": lambda frame: _where(frame, pl.col("data_seen") <= pl.col("data_planned") / 2),
    "one mixture left out": mixtures,
    "shorter runs": shorter,
}


def cases(runs: Runs) -> Iterator[Case]:
    """Every division of a sweep; laws of pools, which take long, are fitted with the effort of a backtest."""
    effort = REPLAY if runs.pools else FULL
    for split in runs.sweep.split_by:
        for part, known, asked in SPLITS[split](runs.frame):
            yield Case(runs.sweep.name, split, part, runs.sweep.laws(), known, asked, runs.pools, effort)
