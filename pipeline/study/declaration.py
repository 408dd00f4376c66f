"""A study as declared: which runs, which metric, which laws compete, which budgets the plans answer. Unknown keys are refused."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipeline.errors import ExpressionError, StudyError, Wrong, meant
from pipeline.expressions.expressions import check_predicate
from pipeline.laws import laws
from pipeline.laws.families import families, family_of, family_of_chain, rivals
from pipeline.laws.law import Law, Objective
from pipeline.schema import PARAMS_CONVENTIONS, RUNS, TAGS
from pipeline.schema.metrics import GOALS, RANGES, Metric, metric_of
from pipeline.store.statements import Fragment
from pipeline.study.checks.plan_questions import AMOUNTS, QUESTIONS
from pipeline.study.derived import check_derive
from pipeline.study.held_out import LargestOf
from pipeline.study.sweeps.reached import Reach
from pipeline.study.sweeps.winners import Reduce

RUN_COLUMNS = {"run_key": "VARCHAR", **{name: column.type for name, column in RUNS.items()}, TAGS.name: TAGS.type}
BUDGETS = ("flops", "params", "data_seen", "data_unique", "epochs")
PRICED = ("accelerator", "accelerator_count", "price", "mfu", "availability", "deadline_days", "money")
TRAINED = ("sequence_length", "recomputation", "pipeline_stages", "micro_batches", "offload_bandwidth", "device_batch")
PRUNED = ("keep_fraction", "examples_per_dimension")
NAMED_SETS = "pool_sets"
"""Sets of pools whose crossing is asked: lists of names, or "all"."""
DOMAINS = "domains"
"""Weights of the target domains of one mixture: a table of names and positive numbers."""
EXPERIMENTS = (
    "experiment_flops", "experiment_runs", "experiment_steps", "experiment_data_per_param", "experiment_smaller",
)  # fmt: skip
PLAN_KEYS = (
    *BUDGETS,
    *PRUNED,
    "loss",
    *PRICED,
    *TRAINED,
    "served_tokens",
    NAMED_SETS,
    DOMAINS,
    *EXPERIMENTS,
    *QUESTIONS,
    *AMOUNTS,
)
TABLES = (DOMAINS, *QUESTIONS, *AMOUNTS)
"""Keys of [plan] that are tables."""
MEASURED = ("split", "task")
"""What a study of several benchmarks may be grouped by beside columns of runs."""
CONVENTIONS = ("data_unit", "tokenizer", "loss_unit", "params_convention", "flops_source")
NAME = r"^[a-z0-9][a-z0-9_.-]*$"


class Largest(BaseModel):
    """Leave out the runs with the largest final values of the metric."""

    model_config = ConfigDict(extra="forbid")
    largest: int = Field(ge=1)


class Points(BaseModel):
    """Which points of a curve count; those that do not stay visible with the reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    take: str = Field(default="all", pattern="^(final|all|best)$")
    after_warmup: bool | float = False
    """Only points after the warm-up, or after so many times its length."""
    from_data_seen: float | None = Field(default=None, gt=0)
    annealed: str | float | None = None
    """Of a run whose learning rate decays, only the last point ("final"), or those from this share of its data on."""

    @field_validator("after_warmup")
    @classmethod
    def _positive(cls, value: bool | float) -> bool | float:
        if not value >= 0:
            raise ValueError("after_warmup must be true, false, or how many times the warm-up, like 2")
        return value

    @field_validator("annealed")
    @classmethod
    def _share(cls, value: str | float | None) -> str | float | None:
        if value is not None and value != "final" and not (isinstance(value, float) and 0 < value <= 1):
            raise ValueError('annealed must be "final" or a share of the run above 0 and at most 1, like 0.9')
        return value

    def given(self) -> dict[str, Any]:
        """The rule as parameters of sql/select_observations.sql."""
        annealed = 1.0 if self.annealed == "final" else self.annealed
        return {"take": self.take, "after_warmup": float(self.after_warmup) or None, "from_data_seen": self.from_data_seen,
                "annealed": annealed}  # fmt: skip


class TreatRunning(BaseModel):
    """Runs whose log never says that they are finished, and what tells it: a predicate on the columns of a run."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    status: Literal["finished"]
    after: str = "true"


class Misfit(BaseModel):
    """What is minimised; what is not said is the law's own default."""

    model_config = ConfigDict(extra="forbid")
    space: str | None = Field(default=None, pattern="^(log|linear)$")
    loss: str | None = Field(default=None, pattern="^(huber|l2|lad)$")
    delta: float | None = Field(default=None, gt=0)
    one_sided: float | None = Field(default=None, ge=1)


class Study(BaseModel):
    """One study as declared; `source` is the file that it came from."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    study: str = Field(pattern=NAME, max_length=100)
    question: str = ""
    runs: str
    metric: str
    goal: str | None = Field(default=None, pattern=f"^({'|'.join(GOALS)})$")
    """Whether less or more of the metric is better, where its name does not say (pipeline/schema/metrics.py)."""
    range: str | None = Field(default=None, pattern=f"^({'|'.join(RANGES)})$")
    split: str | None = None
    task: str | None = None
    points: Points = Points(take="final")
    group_by: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    params: str | None = Field(default=None, pattern=f"^({'|'.join(PARAMS_CONVENTIONS)})$")
    laws: tuple[str, ...] = Field(min_length=1)
    family: str | None = None
    """The family whose rivals compete, where the study names no laws: as declared, or as its question or plan says."""
    exclude: Largest | str | None = None
    held_out: LargestOf | str | None = None
    """Finished runs that no law is fitted to and each one forecasts (study/held_out.py)."""
    derive: dict[str, Any] = Field(default_factory=dict)
    reduce: Reduce | None = None
    reach: Reach | None = None
    """What it takes to reach a level of the metric, a point of many runs' curves (study/sweeps/reached.py)."""
    share: tuple[str, ...] = ()
    """Parameters that cohorts have in common, as far as each cohort's own runs bear that out."""
    prior_from: str | None = None
    """Whose they are: another study, or LAW/SETTING of published constants; else the study's own other cohorts."""
    chain: dict[str, tuple[str, ...]] = Field(default_factory=dict, max_length=1)
    """A column of the laws, and the law or rivals that predict it of runs which have not logged it (study/chains.py)."""
    constants: str | None = None
    """LAW/SETTING: published constants in the place of a fit, for a study that may have no run."""
    treat_running_as: TreatRunning | None = None
    draws: int = Field(default=1000, ge=2, le=100_000)
    seed: int = 0
    objective: Misfit | None = None
    fix: dict[str, Any] = Field(default_factory=dict)
    prior: dict[str, Any] = Field(default_factory=dict)
    plan: dict[str, Any] = Field(default_factory=dict)
    source: Path = Field(default=Path(), exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _compete(cls, declared: Any) -> Any:
        """A study without laws has the rivals of its family compete, as those of each family that its laws name.

        A key that is unknown or lacking is said before.
        """
        if not isinstance(declared, dict):
            return declared
        if "laws" in declared:
            return {**declared, "laws": _each_of(declared["laws"])}
        needed = {name for name, field in cls.model_fields.items() if field.is_required()} - {"laws"}
        if not needed <= set(declared) <= set(cls.model_fields):
            return declared
        family = str(declared.get("family") or _family_asked(declared))
        if family not in families():
            raise ValueError(f"family {family!r}{meant(family, list(families()))} is none of {', '.join(families())}")
        return {**declared, "family": family, "laws": rivals(family)}

    @field_validator("points", mode="before")
    @classmethod
    def _points(cls, value: Any) -> Any:
        return {"take": value} if isinstance(value, str) else value

    @field_validator("derive")
    @classmethod
    def _derive(cls, value: dict[str, Any]) -> dict[str, Any]:
        check_derive(value)
        return value

    @field_validator("chain", mode="before")
    @classmethod
    def _chain(cls, value: Any) -> Any:
        return (
            {name: (each,) if isinstance(each, str) else each for name, each in value.items()}
            if isinstance(value, dict)
            else value
        )

    @field_validator("treat_running_as", mode="before")
    @classmethod
    def _treated(cls, value: Any) -> Any:
        return {"status": value} if isinstance(value, str) else value

    @field_validator("plan")
    @classmethod
    def _budgets(cls, value: dict[str, Any]) -> dict[str, Any]:
        if unknown := [key for key in value if key not in PLAN_KEYS]:
            raise Wrong(
                f"unknown key {unknown[0]!r}{meant(unknown[0], PLAN_KEYS)}", fix=f"the keys of [plan] are {', '.join(PLAN_KEYS)}"
            )
        if tables := [key for key, found in value.items() if isinstance(found, dict) and key not in TABLES]:
            raise Wrong(
                f"[plan.{tables[0]}] is no table: {tables[0]} is one value of [plan]", fix=f"write it as `{tables[0]} = ...`"
            )
        for key in (*BUDGETS, *PRUNED):
            amounts = value.get(key, [])
            amounts = amounts if isinstance(amounts, list) else [amounts]
            if not all(map(_is_positive, amounts)):
                raise ValueError(f"{key} must be positive numbers, like [1e20, 1e21]")
            if key in value:
                value[key] = [float(a) for a in amounts]
        if not _is_sets(value.get(NAMED_SETS, [["a"], "all"])):
            raise ValueError('pool_sets must be two or more sets of pools, like [["top10"], "all"]')
        if not _is_weights(value.get(DOMAINS, {"c4": 1})):
            raise ValueError("domains must be positive weights of targets, like { c4 = 0.7, code = 0.3 }")
        if any(share > 1 for share in value.get("keep_fraction", [])):
            raise ValueError("keep_fraction must be shares of the data, above 0 and at most 1, like [1, 0.75, 0.5]")
        return value

    @property
    def measured(self) -> Metric:
        """What its metric is: whether less or more of it is better, and which values it can take."""
        return metric_of(self.metric, self.goal, self.range)

    def predicate(self) -> Fragment:
        """`runs` as SQL that can only look at the columns of one run."""
        return _predicate(self.runs, f"{self.source}: runs")

    def exclusion(self) -> Fragment:
        """`exclude` as such SQL; false where the study has no predicate there."""
        return _predicate(self.exclude if isinstance(self.exclude, str) else "false", f"{self.source}: exclude")

    def kept_back(self) -> Fragment:
        """`held_out` as such SQL; false where the study has no predicate there."""
        return _predicate(self.held_out if isinstance(self.held_out, str) else "false", f"{self.source}: held_out")

    def finished(self) -> Fragment:
        """The test by which a running run counts as finished, as such SQL; false where the study declares none."""
        treated = self.treat_running_as
        return _predicate(treated.after if treated else "false", f"{self.source}: treat_running_as.after")

    def canonical(self) -> str:
        """The declaration as text in which order and spelling of the file do not show: part of the refit key."""
        return json.dumps(self.model_dump(mode="json", exclude={"question"}), sort_keys=True)

    def law_objects(self) -> list[Law]:
        """The laws that compete, and those that predict a column of theirs."""
        return [laws[name] for name in (*self.laws, *self.first_laws)]

    @property
    def link(self) -> str | None:
        """The column that the first laws of a chain predict; None where the study is no chain."""
        return next(iter(self.chain), None)

    @property
    def first_laws(self) -> tuple[str, ...]:
        """The laws that predict the link of a chain."""
        return next(iter(self.chain.values()), ())

    def objective_for(self, law: Law) -> Objective:
        """The law's objective with what the study says otherwise."""
        said = self.objective.model_dump(exclude_none=True) if self.objective else {}
        return Objective(**{**vars(law.objective), **said})

    def constants_for(self, law: Law) -> tuple[dict[str, Any], dict[str, Any]]:
        """`[fix]` and `[prior]` of the study that are parameters of `law`; a table named as the law holds for it alone."""
        names = {parameter.name for parameter in law.parameters}

        def own(table: dict[str, Any]) -> dict[str, Any]:
            special = table.get(law.name, {}) if law.name not in names else {}
            return {name: value for name, value in {**table, **special}.items() if name.partition("[")[0] in names}

        return own(self.fix), own(self.prior)


def _family_asked(declared: Mapping[str, Any]) -> str:
    """The family of a study that names no laws: of a chain that of its second stage, else as its question or plan says."""
    if not declared.get("chain"):
        return family_of(str(declared.get("question", "")), declared.get("plan") or ())
    metric, goal = str(declared["metric"]), declared.get("goal")
    return family_of_chain(metric, metric_of(metric, goal if goal in GOALS else None).goal)


def _each_of(named: Any) -> Any:
    """Laws by name, a family as all of its rivals."""
    if not isinstance(named, list | tuple) or not all(isinstance(name, str) for name in named):
        return named
    found = (rivals(name) if name in families() and name not in laws else (name,) for name in named)
    return tuple(dict.fromkeys(name for names in found for name in names))


def _is_sets(value: Any) -> bool:
    """Whether a value is two or more sets of pools: each a list of names, or the word for all of them."""
    return (
        isinstance(value, list)
        and len(value) > 1
        and all(
            each == "all" or (isinstance(each, list) and each and all(isinstance(pool, str) for pool in each)) for each in value
        )
    )


def _is_weights(value: Any) -> bool:
    """Whether a value is a table of positive numbers."""
    return isinstance(value, dict) and bool(value) and all(_is_positive(each) for each in value.values())


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def _predicate(text: str, where: str) -> Fragment:
    try:
        return _checked(text)
    except ExpressionError as error:
        raise StudyError.at(where, error) from error


@lru_cache(4096)
def _checked(text: str) -> Fragment:
    return check_predicate(text, RUN_COLUMNS)
