"""The questions that `lawbook new` knows: who competes, what must vary among the runs, which metric, which budgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

from pipeline.laws import laws
from pipeline.laws.families import families, rivals
from pipeline.schema.metrics import LOSSES
from pipeline.study.sight import SIZES

Group = Mapping[str, Any]
"""A row of sql/study/select_survey.sql: a corpus under a metric, with its goal and the loss beside it."""
LEVELS = 3
"""Values that a column needs before a law can tell an exponent from a coefficient."""
CURVE = 5
"""Points of each run from which a curve says where it reaches a level."""


@dataclass(frozen=True)
class Kind:
    """A kind of metric that a question is asked of, in words, and whether a group's metric is one."""

    words: str
    holds: Callable[[Group], bool]


LOSS = Kind("a loss", lambda group: group["metric"] in LOSSES)
ERROR = Kind("an error", lambda group: group["metric"] not in LOSSES and (group["goal"], group["range"]) == ("lower", "fraction"))
FALLING = Kind("a loss or an error", lambda group: LOSS.holds(group) or ERROR.holds(group))
OTHER = Kind("another metric of which less is better", lambda group: group["goal"] == "lower" and not FALLING.holds(group))
LOWER = Kind("a metric of which less is better", lambda group: group["goal"] == "lower")
SPEED = Kind("a throughput (data_per_second)", lambda group: group["metric"] == "data_per_second")
SCORE = Kind("a score of which more is better", lambda group: group["goal"] == "higher")
SHARE = Kind("a share of which more is better", lambda group: (group["goal"], group["range"]) == ("higher", "fraction"))


@dataclass(frozen=True)
class Ask:
    """One question that a study may ask: its rivals, what must vary among the runs, and which budgets its plans answer.

    least: values that a fact of the survey must take, of runs in each group; each: points of runs for each value of a fact;
    family: whose laws compete; sized: of these, those that read a size (True) or read none (False); own: laws where no family
    asks this; apart: columns that its laws do not read, by whose values the runs are grouped; last: only where nothing else can
    be asked of the corpus; metrics: what is predicted; more: further keys of the study, in whose texts `{loss_beside}` and others
    are facts of the survey; fresh: none of its laws sees repeats, so that runs of more than one epoch are left out; further: a
    column of which the law is asked beyond the runs; along: the tag that must be an axis of the runs, or ANY: asked of each.
    """

    name: str
    question: str
    least: Mapping[str, int]
    family: str = ""
    sized: bool | None = None
    own: tuple[str, ...] = ()
    each: Mapping[str, int] = field(default_factory=dict)
    budgets: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    last: bool = False
    metrics: Kind = LOSS
    fresh: bool = False
    more: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    further: str = ""
    along: str = ""

    @cached_property
    def laws(self) -> tuple[str, ...]:
        """The rivals, in the order of their family."""
        return self.own or tuple(
            law.name for law in families()[self.family] if self.sized is None or bool({*SIZES} & {*law.columns}) is self.sized
        )

    @property
    def axis(self) -> str:
        """The column of runs that its studies take as their axis; empty where a group says it, or there is none."""
        return str(self.more.get("derive", {}).get("axis", ""))

    def competing(self, group: Group) -> tuple[str, ...]:
        """The rivals that read nothing which no run of a group has, like steps: not every log says them."""
        return tuple(name for name in self.laws if all(group.get(column, 1) for column in laws[name].columns))

    def groups(self, group: Group) -> Iterator[Group]:
        """The group as it is asked of: itself, or once for each axis along which it can be."""
        if not self.along:
            yield group
        for axis in group["turns" if self.along == TURN else "axes"] if self.along else ():
            if self.along in (ANY, TURN, axis.name):
                yield {**group, "levels": len(axis.values), "axis_from": axis.derive, "along": axis}

    def whole_family(self, group: Group) -> bool:
        """Whether every law of its family competes, so that the study needs to name none."""
        return self.competing(group) == rivals(self.family) if self.family else False

    def by_curves(self, group: Group) -> bool:
        """Whether there are too few ends of runs, so that the points before them count too."""
        return any(group["runs"] < times * group[name] for name, times in self.each.items())

    def lacking(self, group: Group) -> list[str]:
        """What the runs of a group lack for it, in words; empty where they have all."""
        runs = "fresh" if self.fresh and group["runs"] >= self.least["runs"] else "runs"
        found = {name: int(group[runs if name == "runs" else name]) for name in self.least}
        short = [
            _words(runs if name == "runs" else name, least, found[name])
            for name, least in self.least.items()
            if found[name] < least
        ]
        parts = self._parts(group)
        if not short and found["runs"] < self.least["runs"] * parts:
            short.append(f"{_words(runs, self.least['runs'] * parts, found['runs'])}: {self.least['runs']} in each group")
        for name, times in self.each.items():
            if not short and group["points"] < times * group[name]:
                each = f"each of {group[name]} {FACTS[name]}"
                short.append(f"at least {times} points for {each} instead of {group['points']} in all")
        if self.axis in group.get("worse", ()):
            short.append(f"runs whose {group['metric']} gets better with {self.axis} (in these it gets worse)")
        if not self.metrics.holds(group):
            short.append(f"{self.metrics.words}, {_unlike(group)}")
        return short

    def _parts(self, group: Group) -> int:
        """Groups that the runs are kept apart in: sizes and amounts of data that go together are as many as their pairs."""
        crossed = prod(max(int(group[name]), 1) for name in self.apart)
        return min(crossed, max(int(group["places"]), 1)) if {"params", "data_seen"} <= {*self.apart} else crossed


def _unlike(group: Group) -> str:
    """Why a group's metric is not of the kind that is asked for: it is another, or nobody says which end of it is good."""
    if group["goal"] is not None:
        return f"not {group['metric']}"
    return f"and nobody says whether less or more of {group['metric']} is better (say it under [goals] of a map)"


ANY, TURN = "*", "turn"
"""Whatever axis the tags of the runs have; whatever axis, a column of runs among them, has its best value between the ends."""
ALONG_TAG = {"derive": {"axis": "{axis_from}"}}
ALONG_SET: Mapping[str, Mapping[str, Any]] = {"derive": {"axis": "data_unique"}}
ALONG_COMPUTE = {"derive": {"axis": "{compute_from}"}}
THROUGH_LOSS: Mapping[str, Mapping[str, Any]] = {
    "chain": {"loss": ["chinchilla", "skaling"]}, "derive": {"loss": "{loss_beside}"}
}  # fmt: skip
FALLS = ("falls_along_axis", "logistic_falls_along_axis", "capped_falls_along_axis")
RISES = ("rises_along_axis", "logistic_rises_along_axis", "capped_rises_along_axis")
"""Laws of an error and of a score along compute: one power, and two that level off at chance too."""
SIZE_AND_DATA = {"params": LEVELS, "data_seen": LEVELS, "runs": 6}
ASKS = (
    Ask("compute-optimal", "Which model size and how many tokens does a compute budget buy best?", SIZE_AND_DATA,
        family="size_and_data", budgets=("flops",), apart=("pool",), metrics=FALLING, fresh=True),
    Ask("repetition", "With limited unique data: how many epochs, and how large a model?",
        {**SIZE_AND_DATA, "runs": 8, "data_unique": 2, "repeated": 3}, family="repetition", sized=True,
        budgets=("flops", "data_unique", "epochs"), apart=("pool",)),
    Ask("pools-and-size", "Which pools, how many epochs and which model size together?",
        {**SIZE_AND_DATA, "runs": 10, "pools": 2}, each={"pools": 3}, family="pools", sized=True, budgets=("flops",)),
    Ask("pools", "Which quality pools should a run use at each budget, and how often may it repeat them?",
        {"pools": 2, "data_seen": LEVELS, "runs": 6}, each={"pools": 3}, family="pools", sized=False,
        budgets=("data_seen",), apart=("params",), metrics=FALLING),
    Ask("mixture-and-size", "Which mixture of domains gives the lowest loss at each model size and amount of data?",
        {**SIZE_AND_DATA, "domains": 2, "mixtures": LEVELS, "runs": 20}, family="mixtures", sized=True),
    Ask("mixture", "Which mixture of domains gives the lowest loss?", {"domains": 2, "mixtures": 12, "runs": 12},
        family="mixtures", sized=False, last=True, apart=("params", "data_seen")),
    Ask("next-rate-and-batch", "Which peak learning rate and batch should a run of this size and data have?",
        {"params_nonembedding": LEVELS, "data_seen": LEVELS, "peak_lr": LEVELS, "batch_size": LEVELS, "runs": 60},
        own=("step_law_rate", "step_law_batch"), budgets=("params", "data_seen"),
        more={"reduce": {"best_of": ["peak_lr", "batch_size"], "within": 0.0025}}),
    Ask("rate-and-batch", "Which peak learning rate and batch are best, and what does it cost to miss them?",
        {"peak_lr": LEVELS, "batch_size": LEVELS, "params": 2, "runs": 12}, family="hyperparameters",
        apart=("data_seen",)),
    Ask("batch-to-a-loss", "How many steps and how much data does one loss cost at each batch?",
        {"batch_size": LEVELS, "runs": LEVELS}, own=("steps_at_batch", "data_at_batch"), each={"runs": CURVE}, apart=("params",),
        more={"reach": {"common": [1]}}, further="batch_size"),
    Ask("critical-batch", "From which batch on does more of it save few steps, and how does that grow as the loss falls?",
        {"batch_size": LEVELS, "params": 2, "runs": 6}, own=("critical_batch", "minicpm_batch"), each={"runs": CURVE},
        more={"reach": {"common": [1, 1.02, 1.05, 1.1]}}, budgets=("params", "data_seen")),
    Ask("more-data", "How far does the loss fall with more data, and where does it stop?", {"data_seen": 4, "runs": 5},
        own=("power_law",), budgets=("data_seen",), last=True, apart=("params",), fresh=True),
    Ask("larger-training-set", "How far does the loss or the error fall with a larger training set, and where does it stop?",
        {"data_unique": 4, "runs": 4}, own=("falls_along_axis",), last=True, metrics=FALLING, apart=("params",), more=ALONG_SET),
    Ask("larger-training-set", "How far does the score rise with a larger training set, and where does it stop?",
        {"data_unique": 4, "runs": 4}, own=("rises_along_axis",), last=True, metrics=SCORE, apart=("params",), more=ALONG_SET),
    Ask("larger-model", "How far does the loss fall with a larger model, and where does it stop?", {"params": 4, "runs": 4},
        own=("falls_along_axis",), last=True, apart=("data_seen",), more={"derive": {"axis": "params"}}),
    Ask("more-compute", "How far does the loss fall with more compute, and where does it stop?", {"compute": 4, "runs": 6},
        own=("falls_along_axis",), last=True, more=ALONG_COMPUTE),
    Ask("benchmark", "Which error does a run of this size and data reach on the benchmark?",
        {**SIZE_AND_DATA, "beside": 6}, family="error_from_loss", budgets=("flops",), metrics=ERROR, fresh=True,
        more=THROUGH_LOSS),
    Ask("benchmark-score", "Which score does a run of this size and data reach on the benchmark?",
        {**SIZE_AND_DATA, "beside": 6}, family="score_from_loss", budgets=("flops",), metrics=SHARE, fresh=True,
        more=THROUGH_LOSS),
    Ask("error", "How far does the error fall with more compute?", {"compute": 4, "runs": 6},
        own=FALLS, metrics=LOWER, last=True, more=ALONG_COMPUTE),
    Ask("score", "How far does the score rise with more compute?", {"compute": 4, "runs": 6},
        own=RISES, metrics=SCORE, last=True, more=ALONG_COMPUTE),
    Ask("devices", "How much faster is a job on more devices, and what is lost on the way?",
        {"accelerator_count": LEVELS, "runs": LEVELS}, own=("strong_scaling",), metrics=SPEED, apart=("params",),
        further="accelerator_count"),
    Ask("attempts", "How many attempts should be bought for an answer?", {"levels": LEVELS, "runs": LEVELS},
        own=("coverage", "rollouts"), metrics=SCORE, along="samples"),
    Ask("larger-model", "How far does the error fall with a larger model, and where does it stop?", {"params": 4, "runs": 4},
        own=("falls_along_axis",), metrics=LOWER, last=True, apart=("data_seen",), more={"derive": {"axis": "params"}}),
    Ask("larger-model", "How far does the score rise with a larger model?", {"params": 4, "runs": 4},
        own=("rises_along_axis",), metrics=SCORE, last=True, apart=("data_seen",), more={"derive": {"axis": "params"}}),
    Ask("best", "At which value of what the runs vary is the loss or the error least?",
        {"levels": LEVELS + 2, "runs": LEVELS + 2}, own=("best_along_axis",), metrics=FALLING, last=True, more=ALONG_TAG,
        along=TURN),
    Ask("best", "At which value of what the runs vary is the score highest?",
        {"levels": LEVELS + 2, "runs": LEVELS + 2}, own=("best_along_axis",), metrics=SCORE, last=True, more=ALONG_TAG,
        along=TURN),
    Ask("along", "How far does the loss or the error fall along what the runs vary, and which runs are better?",
        {"levels": LEVELS + 1, "runs": 5}, own=("falls_along_axis",), metrics=LOWER, last=True, more=ALONG_TAG, along=ANY),
    Ask("along", "How far does the score rise along what the runs vary, and which runs are better?",
        {"levels": LEVELS + 1, "runs": 5}, own=("rises_along_axis",), metrics=SCORE, last=True, more=ALONG_TAG, along=ANY),
)  # fmt: skip
"""The questions that `lawbook new` knows, the commonest first. A study by hand may ask any law anything."""

FACTS = {
    "runs": "finished runs with the metric",
    "fresh": "finished runs with the metric that repeat no data (less than 1.5 epochs)",
    "params": "model sizes (params)",
    "params_nonembedding": "model sizes without embeddings (params_nonembedding)",
    "data_seen": "amounts of data (data_seen)",
    "data_unique": "amounts of unique data of one pool (data_unique)",
    "repeated": "runs of more than one epoch (epochs, or data_unique below data_seen)",
    "pool": "pools or mixtures that runs draw from (pool)",
    "pools": "data pools (pool, with its data_unique in a pools file)",
    "domains": "domains (pools with pool_members, or tags that hold their shares)",
    "mixtures": "mixtures of them (pool_members, or shares that add up to 1)",
    "peak_lr": "peak learning rates (peak_lr)",
    "batch_size": "batch sizes (batch_size)",
    "accelerator_count": "numbers of devices (accelerator_count)",
    "compute": "amounts of compute (flops, or params and data_seen)",
    "levels": "values of one thing that people vary (a number among the tags of the runs, all else alike along it)",
    "beside": "runs of several sizes and amounts of data whose loss is logged too",
}


def _words(name: str, least: int, found: int) -> str:
    return f"at least {least} {FACTS[name]} instead of {found or 'none'}"
