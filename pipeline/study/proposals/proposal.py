"""Which studies the ingested runs can carry: a question, runs that vary in what its laws read, and budgets beyond them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import duckdb

from pipeline.schema.metrics import metric_of
from pipeline.store.frames import read_frame
from pipeline.store.statements import literal, sql
from pipeline.study.map_goals import Goals
from pipeline.study.proposals.asks import ASKS, ERROR, LOSS, OTHER, SCORE, SIZE_AND_DATA, Ask, Group
from pipeline.study.proposals.axes import varied
from pipeline.study.sight import REPEATS
from pipeline.study.told_runs import tell_runs

Place = tuple[str, str]
"""A corpus: namespace and dataset."""
PLACE = ("namespace", "dataset", "metric", "split", "task")
NO_TAGS: dict[str, Any] = {"axes": (), "tagged": (), "turns": (), "worse": (), "levels": 0, "axis_from": "", "along": None}
APART = ("data_unit", "tokenizer", "params_convention")
"""Conventions in which runs that meet in one fit must agree."""


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
    def many_tasks(self) -> bool:
        """Whether a mixture is asked for that several tasks judge: the best one of each alone is seldom wanted."""
        return self.ask.family == "mixtures" and len(self.group["tasks"]) > 1

    @property
    def fitted(self) -> int:
        """How many runs it is fitted to: of laws that see no repeats, those that repeat no data."""
        return int(self.group["fresh" if self.ask.fresh else "runs"])

    @property
    def group_by(self) -> list[str]:
        """Columns by whose values the runs are kept apart: conventions, and what the laws do not read."""
        differ = [name for name in APART if len(self.group[name] or []) > 1]
        many = ["task"] if self.many_tasks else []
        told = [name for name in self.ask.apart if self.group[name] > 1]
        if self.ask.along:
            return [*differ, *told, *self.group["along"].apart]
        tagged = [name for name, runs in self.group["tagged"] if runs >= self.ask.least["runs"]]
        return [*many, *differ, *told, *tagged]


def survey(connection: duckdb.DuckDBPyConnection, goals: Goals) -> list[dict[str, Any]]:
    """Each corpus under each metric, with what varies among its runs, its goal and the loss beside it; the largest first."""
    tell_runs(connection)
    connection.execute(sql("view_surveyed_runs"))
    found = read_frame(connection, sql("select_survey"), {"repeats": REPEATS}).to_dicts()
    for group in found:
        said = goals.get(group["metric"])
        metric = metric_of(group["metric"], said[0].goal, said[0].range) if said else metric_of(group["metric"])
        group |= {"goal": metric.goal, "range": metric.range}
    losses = {place: _held_out(own) for place, own in _of_place(filter(LOSS.holds, found)).items()}
    asked = [id(group) for kinds in _widest(found).values() for group in kinds]
    tags = {_place(row): row for row in read_frame(connection, sql("select_share_tags")).to_dicts()}
    mixed = [group | _mixed(group, tags.get(_place(group)), found) for group in found]
    return [
        group | _beside(losses.get(_place(group))) | (_of_tags(connection, group) if id(own) in asked else NO_TAGS)
        for own, group in zip(found, mixed, strict=True)
    ]


def _mixed(group: Group, tags: Group | None, groups: Iterable[Group]) -> dict[str, Any]:
    """Domains that a corpus mixes, as pools or, where it has none, shares among its tags; the tasks that judge it.

    `said` are keys that a study must state: of a metric that other logs of the corpus measure on another split or task.
    """
    others = [other for other in groups if all(other[name] == group[name] for name in (*PLACE[:2], "metric"))]
    tasks = sorted({other["task"] for other in others if all(other[name] == group[name] for name in ("split", "runs"))})
    shares = tags["tags"] if tags and not group["mixtures"] else []
    mixtures = tags["mixtures"] if tags and shares else group["mixtures"]
    said = [key for key in ("split", "task") if group[key] or any(other[key] for other in others)]
    return {"shares": shares, "domains": len(shares) or group["pools"], "mixtures": mixtures, "tasks": tasks, "said": said}


def proposals(groups: Iterable[Group]) -> list[Proposal]:
    """Every question that some runs can answer, under names that differ: of a corpus, each once, a loss before other metrics."""
    found: dict[str, Proposal] = {}
    for place, kinds in _widest(groups).items():
        asked: dict[str, Ask] = {}
        for kind, ask in product(kinds, ASKS):
            before = [other for other in asked.values() if not (ask.along and other.last)]
            turned = {axis.name for axis in kind["turns"]}
            if ask.name in asked or (ask.last and before) or (not ask.along and ask.axis in turned):
                continue
            for group in ask.groups(kind):
                if not ask.lacking(group):
                    asked[ask.name] = ask
                    name = _free(_slug(place[1] or place[0], ask.name, *([group["along"].name] if ask.along else [])), found)
                    found[name] = Proposal(name, ask, group)
    return list(found.values())


def missing(groups: Iterable[Group]) -> Iterator[tuple[Ask, list[str]]]:
    """Each question that no runs can answer, with what the runs that come nearest lack: those that lack least first.

    A metric of another kind is what runs lack most: it comes with other runs.
    """
    known, found = list(groups), []
    for ask in ASKS:
        listed = [group for each in known for group in (list(ask.groups(each)) or [each])]
        nearest = min(listed, key=lambda group: _far(ask, group), default=None)
        if nearest and (lacks := ask.lacking(nearest)):
            found.append((_far(ask, nearest), ask, lacks))
    yield from ((ask, lacks) for _, ask, lacks in sorted(found, key=lambda each: each[0]))


def _far(ask: Ask, group: Group) -> tuple[bool, int]:
    """How far a group is from what is asked: whether its metric is of another kind, and how much it lacks."""
    return not ask.metrics.holds(group), len(ask.lacking(group))


def _widest(groups: Iterable[Group]) -> dict[Place, list[Group]]:
    """Of each corpus a loss, an error, what else should fall and a score, in this order: one of training alone comes last."""
    found = {
        place: [_held_out(able) for kind in (LOSS, ERROR, OTHER, SCORE) if (able := [*filter(kind.holds, own)])]
        for place, own in _of_place(groups).items()
    }
    return {place: sorted(own, key=lambda group: group["split"] == "train") for place, own in found.items()}


def _of_place(groups: Iterable[Group]) -> dict[Place, list[Group]]:
    of_place: dict[Place, list[Group]] = {}
    for group in groups:
        of_place.setdefault(_place(group), []).append(group)
    return of_place


def _held_out(groups: Sequence[Group]) -> Group:
    """Held-out values before training's, those that say so before those that say nothing unless few runs have them."""
    most = max(int(group["runs"]) for group in groups)
    return max(
        groups, key=lambda group: (group["split"] != "train", bool(group["split"]) and 2 * group["runs"] >= most, group["runs"])
    )


def _of_tags(connection: duckdb.DuckDBPyConnection, group: Group) -> dict[str, Any]:
    """What the tags of a group's runs tell."""
    found = varied(connection, {name: group[name] for name in PLACE}, group["goal"], group["shares"])
    return {**NO_TAGS, "axes": found.axes, "tagged": found.apart, "turns": found.turns, "worse": found.worse}


def _beside(loss: Group | None) -> dict[str, Any]:
    """Where a corpus has its loss, and how many runs carry it; none where a law of size and data could not be fitted to them."""
    if loss is None:
        return {"beside": 0, "loss_beside": ""}
    able = all(loss[name] >= least for name, least in SIZE_AND_DATA.items())
    at = "".join(f"{mark}{loss[key]}" for mark, key in (("@", "split"), ("/", "task")) if loss[key])
    return {"beside": loss["runs"] if able else 0, "loss_beside": f"metric:{loss['metric']}{at}"}


def _place(group: Group) -> Place:
    return group["namespace"], group["dataset"]


def _slug(*parts: str) -> str:
    return "-".join(re.sub(r"[^a-z0-9_.]+", "-", part.lower()).strip("-._") or "runs" for part in parts)[:90]


def _free(name: str, taken: Mapping[str, Proposal]) -> str:
    number = next(n for n in range(1, len(taken) + 2) if (name if n == 1 else f"{name}-{n}") not in taken)
    return name if number == 1 else f"{name}-{number}"
