"""Families of rivals: laws that answer one question from the same runs, each of which says what it takes for granted.

A family is a folder of the catalogue; its rivals are the laws in it that declare `assumes`. A study that names no laws has the
rivals of its question's family compete.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

import polars as pl

from pipeline.errors import Wrong, meant
from pipeline.laws import catalogue_modules
from pipeline.laws.law import Law

PLANNED = (
    ("schedules", {"s1", "s2"}),
    ("repetition", {"data_unique", "epochs"}),
    ("size_and_data", {"flops", "params"}),
    ("pools", {"data_seen"}),
)
"""The family that a study's budgets ask for, first match first, where its question names none."""
LINKED = {"lower": "error_from_loss", "higher": "score_from_loss"}
"""The family of a chain's second stage, by which values of its metric are better."""


@cache
def families() -> Mapping[str, tuple[Law, ...]]:
    """The rivals of each family by its name, in the order of the files that declare them."""
    found: dict[str, list[Law]] = {}
    for family, name in catalogue_modules():
        module = import_module(name)
        text = inspect.getsource(module)  # a file may import another's law: its own are those that it names
        known = {law.name: law for law in vars(module).values() if isinstance(law, Law) and law.assumes}
        found.setdefault(family, []).extend(law for law in known.values() if f'name="{law.name}"' in text)
    return MappingProxyType({family: tuple(own) for family, own in found.items() if own})


def family_of(question: str, planned: Collection[str]) -> str:
    """The family of a study: the one that its question names, else the one that its plan's budgets ask for.

    Raises ValueError where neither says, as validators do.
    """
    if question in families():
        return question
    for family, columns in PLANNED:
        if columns & set(planned):
            return family
    known = ", ".join(families())
    raise Wrong(
        f"no laws are named, and neither the question {question!r}{meant(question, list(families()))} nor [plan] says which "
        "compete",
        fix=f"name `laws`, or as question one of the families {known}",
    )


def family_of_chain(metric: str, goal: str | None) -> str:
    """The family that predicts a benchmark from the link of a chain.

    Raises ValueError where nobody says whether less or more of the metric is better, as validators do.
    """
    if goal not in LINKED:
        raise Wrong(
            f"no laws are named for the chain, and nobody says whether less or more of {metric} is better",
            fix='add goal = "lower" or goal = "higher", or name `laws`',
        )
    return LINKED[goal]


def rivals(family: str) -> tuple[str, ...]:
    """The names of the laws that compete in a family."""
    return tuple(law.name for law in families()[family])


@cache
def members() -> Mapping[str, str]:
    """The family of every shipped law by its name, rivals or not: the folder of the file that declares it."""
    found: dict[str, str] = {}
    for family, name in catalogue_modules():
        module = import_module(name)
        text = inspect.getsource(module)
        found.update({law.name: family for law in vars(module).values() if isinstance(law, Law) and f'name="{law.name}"' in text})
    return MappingProxyType(found)


def family_rows() -> pl.DataFrame:
    """Table `families`: one row a rival of a family, with what it assumes."""
    rows = [{"family": family, "law": law.name, "assumes": law.assumes} for family, own in families().items() for law in own]
    return pl.DataFrame(rows)
