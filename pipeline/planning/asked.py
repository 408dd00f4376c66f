"""What a study asks of any law: the runs at which it is evaluated, as columns (m,), pools, and columns tied to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from pipeline.errors import PlanError
from pipeline.expressions.arithmetic import Formula, formula
from pipeline.planning.plan import Array
from pipeline.planning.setting import Members, Setting
from pipeline.schema import SIZES
from pipeline.study.checks.plan_questions import DERIVED, QUESTIONS

MEMBERS = {"share", "unique", "size"}
FEEDS = {
    "params": {*SIZES, "flops"},
    "data_seen": {"flops", "data_unique", "data_planned", "epochs", "step"},
    "data_unique": {"epochs"},
}
"""Columns of a law that are derived from one that is given (Setting.column)."""
DECADES = 4.0


@dataclass(frozen=True)
class Asked:
    """m runs: given columns (m,), the pools of each with their shares, and columns computed from the others."""

    count: int
    columns: dict[str, Array]
    members: Members | None = None
    mixtures: list[dict[str, float]] | None = None
    ties: Mapping[str, Formula] = field(default_factory=dict)
    message: str | None = None

    def run(self, setting: Setting, **found: Array) -> dict[str, Array]:
        """Every column that the law reads at the runs, with what is sought at `found`, (m,) or (batch, m)."""
        given = {"row": np.zeros(self.count), **self.columns, **found}
        given |= {
            name: tie({n: given[n] if n in given else self._held(setting, n) for n in tie.names})
            for name, tie in self.ties.items()
        }
        shape = np.broadcast_shapes(*(np.shape(v) for v in given.values()))
        full = {name: np.broadcast_to(v, shape) for name, v in given.items()}
        return {name: setting.column(name, full, shape) for name in setting.law.columns}

    def _held(self, setting: Setting, name: str) -> Array:
        return np.full(self.count, setting.typical(name))

    def value(self, setting: Setting, theta: Array, **found: Array) -> Array:
        """The law at the runs for each row of theta: (batch, m)."""
        columns = self.run(setting, **found) or {"row": np.zeros(self.count)}
        with np.errstate(all="ignore"):
            return np.broadcast_to(setting.value(theta, self.members, **columns), (len(theta), self.count))

    def law_error(self, setting: Setting, **found: Array) -> Array:
        """The sd (m,) of what the law itself may get wrong at the runs."""
        run = self.run(setting, **found) or {"row": np.zeros(self.count)}
        if self.members is not None and "unique" in setting.law.member_columns:
            run.setdefault("data_unique", self.members.unique.sum(axis=1))
        return np.broadcast_to(setting.law_error(**run), (self.count,))

    def described(self, setting: Setting, **found: Array) -> dict[str, Any]:
        """The columns of a plan table that say which runs these are: given, inputs, pools, weights."""
        mixtures: list[Any] = self.mixtures or [None] * self.count
        shares = [{f"share[{pool}]": x for pool, x in m.items()} if m else {} for m in mixtures]
        return {
            "given": [_pairs({setting.called(n): x[i] for n, x in self.columns.items()} | shares[i]) for i in range(self.count)],
            "inputs": [_pairs({n: x[i] for n, x in self.run(setting, **found).items()}) for i in range(self.count)],
            "pools": [list(m) if m else None for m in mixtures],
            "weights": [list(m.values()) if m else None for m in mixtures],
            "metric": [setting.metric] * self.count,
        }


def _pairs(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Names and numbers as the entries of a MAP."""
    return [{"key": name, "value": float(value)} for name, value in values.items()]


def asks(law_columns: tuple[str, ...], name: str) -> bool:
    """Whether a law reads a column, itself or derived from it."""
    return name in law_columns or bool(FEEDS.get(name, set()) & set(law_columns))


def asked(setting: Setting, question: str, times: Array | None = None) -> tuple[Asked, Array] | None:
    """The runs of [plan.question], each once for every one of `times` (the targets), and those repeated (m,). None if not asked.

    Raises PlanError where the law reads none of what is named, or is a law of members that are no pools.
    """
    table = (setting.study.plan or {}).get(question)
    if table is None:
        return None
    law = setting.law
    named = [name for name in table if name not in QUESTIONS[question]]
    read = [name for name in named if asks(law.columns, name)]
    _readable(setting, question, named, read)
    mixtures = _mixtures(setting, table.get("pools")) if law.pooled else [None]
    values = [np.atleast_1d(np.asarray(table[name], dtype=float)) for name in read]
    rows = list(product(mixtures, [np.nan] if times is None else times, *values))
    columns = {name: np.array([row[2 + i] for row in rows]) for i, name in enumerate(read)}
    shares = [row[0] for row in rows if row[0] is not None]
    ties = {name: text for name, text in table.get("tie", {}).items() if asks(law.columns, name)}
    left = [name for name in (*named, *table.get("tie", {})) if not asks(law.columns, name)]
    found = Asked(
        len(rows),
        _with_unique(setting, columns, shares),
        _members(setting, shares),
        shares or None,
        {name: formula(text, {*law.columns, *DERIVED, *setting.runs.columns}) for name, text in ties.items()},
        f"{law.name} does not read {', '.join(left)}." if left else None,
    )
    return found, np.array([row[1] for row in rows])


def _readable(setting: Setting, question: str, named: list[str], read: list[str]) -> None:
    """Refuses a question about columns that the law does not read."""
    law, table = setting.law, setting.study.plan[question]
    needs = ", ".join(law.needs)
    if "find" in table and not asks(law.columns, table["find"]):
        raise PlanError(f"{law.name} does not read {table['find']!r}, which [plan.{question}] seeks", fix=f"it reads {needs}")
    if named and not read and not (law.pooled and "pools" in table):
        raise PlanError(f"{law.name} reads none of {', '.join(named)}", fix=f"name in [plan.{question}] one of {needs}")


def bounds(setting: Setting, question: str) -> tuple[float, float]:
    """The ends between which the sought column lies: `between`, or four decades around the middle of the runs."""
    table = setting.study.plan[question]
    if "between" in table:
        return float(table["between"][0]), float(table["between"][1])
    logged = setting.logged(table["find"])
    logged = logged[logged > 0]
    if not logged.size:
        raise PlanError(f"no run has {table['find']!r}", fix=f"say in [plan.{question}] between = [low, high] where it is sought")
    middle = float(np.exp(np.log(logged).mean()))
    return middle * 10**-DECADES, middle * 10**DECADES


def _mixtures(setting: Setting, entries: list[Any] | None) -> list[dict[str, float]]:
    """Shares by pool: as declared, or in proportion to size for a set of pools; all pools where nothing is declared."""
    strange = set(setting.law.member_columns) - MEMBERS
    if strange:
        raise PlanError(
            f"{setting.law.name} reads {', '.join(sorted(strange))} of each member of a run, not pools", fix="ask another law"
        )
    found = []
    for entry in entries or [list(setting.pools)]:
        lost = [pool for pool in entry if pool not in setting.pools]
        if lost:
            raise PlanError(f"there is no pool {lost[0]!r} in the fit", fix=f"the pools are {', '.join(setting.pools)}")
        weights = entry if isinstance(entry, dict) else _by_size(setting, entry)
        total = float(sum(weights.values()))
        if isinstance(entry, dict) and abs(total - 1) > 1e-6:
            raise PlanError(f"the shares of {entry} sum to {total:g}", fix="correct them to sum to 1")
        found.append({pool: float(weight) / total for pool, weight in weights.items() if weight > 0})
    return found


def _by_size(setting: Setting, pools: list[str]) -> dict[str, float]:
    """What is drawn from each pool of a set, in proportion to size; one pool alone, or one family, has no need of it."""
    return {pool: 1.0 if len(pools) == 1 else setting.sizes[setting.pools.index(pool)] for pool in pools}


def _members(setting: Setting, mixtures: list[dict[str, float]]) -> Members | None:
    if not mixtures:
        return None
    share = np.array([[m.get(pool, 0.0) for pool in setting.pools] for m in mixtures])
    sized = bool(set(setting.law.member_columns) & {"unique", "size"})
    amounts = np.where(share > 0, setting.sizes if sized else 1.0, 0.0)
    return Members(share, amounts, amounts)


def _with_unique(setting: Setting, columns: dict[str, Array], mixtures: list[dict[str, float]]) -> dict[str, Array]:
    """A law over pools that reads data_unique too: that of the pools of each row."""
    if not mixtures or "data_unique" not in setting.law.columns or "data_unique" in columns:
        return columns
    size = dict(zip(setting.pools, setting.sizes, strict=True))
    return {**columns, "data_unique": np.array([sum(size[pool] for pool in m) for m in mixtures])}
