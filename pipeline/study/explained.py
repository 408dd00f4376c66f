"""What a study stands on, fitted or not: runs used and left out, what varies among them, which laws can answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import polars as pl

from pipeline.fitting.unused import run_reasons
from pipeline.laws import laws
from pipeline.laws.law import Law
from pipeline.schema import RUNS
from pipeline.study.declaration import Study
from pipeline.study.filters import Compared
from pipeline.study.observations import observations, without_needs
from pipeline.study.repeats import Proxies, Repeats, against_plan, proxies

UNTOLD = ("name", "run_id", "namespace", "started_at", "finished_at", "seed", "excluded_reason", "source_uri")
"""Columns of runs that differ from run to run and explain nothing."""
SHOWN = 4


@dataclass(frozen=True)
class Varying:
    """One column among the used runs: how many values, and the least and the largest, or the first few."""

    column: str
    values: int
    least: Any
    largest: Any
    unit: str = ""


@dataclass(frozen=True)
class Asked:
    """One law before these runs: how many runs and points it can use, its free parameters, which runs lack what it reads, by
    reason, and which columns that it reads have one value in all of them, so that what they do is the law's word and not the
    runs'."""

    law: str
    declared: bool
    runs: int
    parameters: int
    lacking: Mapping[str, int]
    alike: tuple[str, ...] = ()
    points: int = 0

    @property
    def able(self) -> bool:
        """Whether it has more runs than parameters, and every column that it reads varies among them."""
        return self.runs > self.parameters and not self.alike


@dataclass(frozen=True)
class Explanation:
    """A study's runs: `left_out` by reason, what varies, what is alike, and each law of the study and of its rivals."""

    study: str
    question: str
    runs: int
    used: int
    left_out: Mapping[str, list[str]]
    varies: list[Varying]
    alike: Mapping[str, Any]
    laws: list[Asked]
    repeats: list[Repeats] = field(default_factory=list)
    proxies: Proxies | None = None
    filters: list[Compared] | None = None
    """Where it was asked, what filters would change; else None."""


def explain_study(connection: duckdb.DuckDBPyConnection, study: Study) -> Explanation:
    """The explanation of a study from what is in the store. Raises StudyError where it selects nothing that can be fitted."""
    frame = observations(connection, study)
    reasons = run_reasons(frame)
    left: dict[str, list[str]] = {}
    for run, reason in sorted(reasons):
        if reason:
            left.setdefault(reason, []).append(run)
    used = frame.filter("used").unique("run_key", keep="last", maintain_order=True)
    varies, alike = _columns(used)
    own = (*study.laws, *study.first_laws)
    others = [law for law in laws.values() if law.name not in own and law.variant_of is None and _near(law, study)]
    asked = [_asked(law, study, frame) for law in [*study.law_objects(), *others]]
    told = [each for each in asked if each.declared or each.able]
    repeats = against_plan(frame.filter("used"), study.plan)
    small = proxies(frame.filter("used"), study.plan)
    return Explanation(study.study, study.question, len(reasons), used.height, left, varies, alike, told, repeats, small)


def _near(law: Law, study: Study) -> bool:
    """Whether a law predicts what the study asks from columns that runs have: tags are looked up for declared laws alone."""
    return law.response == study.metric and set(law.columns) <= {*RUNS, "data_planned"} and not set(law.member_columns) - {
        "share", "unique", "size"
    }  # fmt: skip


def _asked(law: Law, study: Study, frame: pl.DataFrame) -> Asked:
    seen = without_needs(law, frame)
    lost = seen.filter(pl.col("reason").is_not_null() & frame["used"]).unique("run_key")
    lacking = dict(lost.group_by("reason").len().sort("len", descending=True).iter_rows())
    runs = seen.filter("used")["run_key"].n_unique()
    pools = (
        seen.filter("used").select(pl.col("members").explode()).drop_nulls().unnest("members")["pool"].n_unique()
        if law.pooled
        else 1
    )
    free = sum(pools if parameter.per == "pool" else 1 for parameter in law.parameters if parameter.name not in study.fix)
    used = seen.filter("used")
    alike = tuple(name for name in law.columns if name in used.columns and used[name].n_unique() == 1)
    return Asked(law.name, law.name in (*study.laws, *study.first_laws), runs, free, lacking, alike, used.height)


def _columns(used: pl.DataFrame) -> tuple[list[Varying], dict[str, Any]]:
    varies, alike = [], {}
    for name, column in RUNS.items():
        if name in UNTOLD or name not in used.columns:
            continue
        values = used[name].drop_nulls().unique().sort()
        if len(values) == 1:
            alike[name] = values[0]
        elif len(values) > 1:
            varies.append(Varying(name, len(values), values[0], values[-1], column.unit or ""))
    return varies, alike
