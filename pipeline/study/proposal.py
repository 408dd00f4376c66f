"""Which studies the ingested runs can carry: a question, runs that vary in what its laws read, and budgets beyond them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import duckdb

from pipeline.schema.metrics import LOSSES
from pipeline.store.frames import read_frame
from pipeline.store.statements import literal, sql

Group = Mapping[str, Any]
"""A row of sql/select_survey.sql: one corpus of a namespace under one metric."""
LEVELS = 3
"""Values that a column needs before a law can tell an exponent from a coefficient."""
APART = ("data_unit", "tokenizer", "params_convention")
"""Conventions in which runs that meet in one fit must agree."""


@dataclass(frozen=True)
class Ask:
    """One question that a study may ask: its rivals, what must vary among the runs, and which budgets its plans answer.

    least: values that a fact of the survey must take, of runs in each group; apart: columns that its laws do not read, by whose
    values the runs are grouped; last: only where nothing else can be asked. losses: None for any metric, else whether it is
    a loss.
    """

    name: str
    question: str
    laws: tuple[str, ...]
    least: Mapping[str, int]
    budgets: tuple[str, ...]
    apart: tuple[str, ...] = ()
    last: bool = False
    losses: bool | None = None

    def lacking(self, group: Group) -> list[str]:
        """What the runs of a group lack for it, in words; empty where they have all."""
        short = [_words(name, least, int(group[name])) for name, least in self.least.items() if group[name] < least]
        parts = prod(max(int(group[name]), 1) for name in self.apart)
        if not short and group["runs"] < self.least["runs"] * parts:
            short.append(f"{_words('runs', self.least['runs'] * parts, group['runs'])}: {self.least['runs']} in each group")
        if self.losses is not None and (group["metric"] in LOSSES) is not self.losses:
            short.append(f"a {'loss' if self.losses else 'metric that is no loss'}, not {group['metric']}")
        return short


SIZE_AND_DATA = {"params": LEVELS, "data_seen": LEVELS, "runs": 6}
ASKS = (
    Ask("compute-optimal", "Which model size and how many tokens does a compute budget buy best?", ("chinchilla", "gadre"),
        SIZE_AND_DATA, ("flops",), losses=True),
    Ask("repetition", "With limited unique data: how many epochs, and how large a model?", ("data_constrained", "chinchilla"),
        {**SIZE_AND_DATA, "runs": 8, "data_unique": 2, "repeated": 3}, ("flops", "data_unique", "epochs"), losses=True),
    Ask("pools-and-size", "Which pools, how many epochs and which model size together?", ("pooled_effective_loss",),
        {**SIZE_AND_DATA, "runs": 10, "pools": 2}, ("flops",), losses=True),
    Ask("pools", "Which quality pools should a run use at each budget, and how often may it repeat them?",
        ("repeated_utility", "effective_data"), {"pools": 2, "data_seen": LEVELS, "runs": 6}, ("data_seen",), apart=("params",)),
    Ask("mixture", "Which mixture of domains gives the lowest loss?", ("exponential_mixing", "linear_mixing"),
        {"pools": 2, "mixtures": 12, "runs": 12}, (), last=True, apart=("params", "data_seen"), losses=True),
    Ask("rate-and-batch", "Which peak learning rate and batch are best, and what does it cost to miss them?", ("rate_valley",),
        {"peak_lr": LEVELS, "batch_size": LEVELS, "params": 2, "runs": 12}, (), losses=True),
    Ask("more-data", "How far does the loss fall with more data, and where does it stop?", ("power_law",),
        {"data_seen": 4, "runs": 5}, ("data_seen",), last=True, apart=("params",), losses=True),
)  # fmt: skip
"""The questions that `lawbook new` knows, the commonest first. A study by hand may ask any law anything."""

FACTS = {
    "runs": "finished runs with the metric",
    "params": "model sizes (params)",
    "data_seen": "amounts of data (data_seen)",
    "data_unique": "amounts of unique data (data_unique)",
    "repeated": "runs of more than one epoch (epochs, or data_unique below data_seen)",
    "pools": "data pools (pool, with its data_unique in a pools file)",
    "mixtures": "mixtures of pools (pool_members)",
    "peak_lr": "peak learning rates (peak_lr)",
    "batch_size": "batch sizes (batch_size)",
}


@dataclass(frozen=True)
class Proposal:
    """A study that the runs can carry: its name, question and runs, and the facts that speak for it."""

    name: str
    ask: Ask
    group: Group

    @property
    def runs(self) -> str:
        """The population as a predicate."""
        parts = [("namespace", self.group["namespace"]), ("dataset", self.group["dataset"])]
        return " AND ".join(f"{name} = {literal(value)}" for name, value in parts if value)

    @property
    def group_by(self) -> list[str]:
        """Columns by whose values the runs are kept apart: conventions, and what the laws do not read."""
        differ = [name for name in APART if len(self.group[name] or []) > 1]
        return [*differ, *(name for name in self.ask.apart if self.group[name] > 1)]


def survey(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Each corpus under each metric, with what varies among its runs; the largest first."""
    return read_frame(connection, sql("select_survey")).to_dicts()


def proposals(groups: Iterable[Group]) -> list[Proposal]:
    """Every question that some runs can answer, under names that differ: of a corpus the metric that most of its runs have."""
    found: dict[str, Proposal] = {}
    for group in _widest(groups):
        able = [ask for ask in ASKS if not ask.lacking(group)]
        for ask in able:
            if not ask.last or ask == able[0]:
                name = _free(_slug(group["dataset"] or group["namespace"], ask.name), found)
                found[name] = Proposal(name, ask, group)
    return list(found.values())


def missing(groups: Iterable[Group]) -> Iterator[tuple[Ask, list[str]]]:
    """Each question that no runs can answer, with what the runs that come nearest lack."""
    listed = list(groups)
    for ask in ASKS:
        nearest = min((ask.lacking(group) for group in listed), key=len, default=[])
        if nearest:
            yield ask, nearest


def _widest(groups: Iterable[Group]) -> list[Group]:
    """Of each corpus, the metric, split and task to study: held-out before training, a loss before others, then most runs."""
    best: dict[tuple[str, str], Group] = {}
    for group in groups:
        place = (group["namespace"], group["dataset"])
        if place not in best or _rank(group) > _rank(best[place]):
            best[place] = group
    return list(best.values())


def _rank(group: Group) -> tuple[bool, bool, int]:
    return group["split"] != "train", group["metric"] in LOSSES, int(group["runs"])


def _words(name: str, least: int, found: int) -> str:
    return f"at least {least} {FACTS[name]} instead of {found or 'none'}"


def _slug(*parts: str) -> str:
    return "-".join(re.sub(r"[^a-z0-9_.]+", "-", part.lower()).strip("-._") or "runs" for part in parts)[:90]


def _free(name: str, taken: Mapping[str, Proposal]) -> str:
    number = next(n for n in range(1, len(taken) + 2) if (name if n == 1 else f"{name}-{n}") not in taken)
    return name if number == 1 else f"{name}-{number}"
