"""Goals of metrics that maps declare: whoever says how a metric is logged may say once whether less or more of it is better."""

from pathlib import Path

from pipeline.errors import StudyError
from pipeline.home import Home
from pipeline.ingest.maps.map_file import Goal
from pipeline.ingest.maps.maps import MapBook
from pipeline.schema.metrics import known
from pipeline.study.declaration import Study

Goals = dict[str, tuple[Goal, Path]]
"""By metric, what a map says of it, and which."""


def declared_goals(home: Home) -> Goals:
    """The goals of the maps of the home, then of the project. Raises StudyError where two of one place differ."""
    found: Goals = {}
    for level in MapBook(home).levels:
        here: Goals = {}
        for item in level:
            for metric, goal in item.body.goals.items():
                said, where = here.setdefault(metric, (goal, item.path))
                if said != goal:
                    raise StudyError(
                        f"goal = {goal.goal!r}, but {where.name} says {said.goal!r}",
                        place=f"{item.path}: [goals] {metric}",
                        fix="keep one",
                    )
        found = {**here, **found}
    return found


def with_goal(study: Study, goals: Goals) -> Study:
    """The study with what a map says of its metric, where neither the study nor, for certain, the metric's name says it."""
    named = known(study.metric)
    if study.metric not in goals or study.goal is not None or (named is not None and named.firm):
        return study
    goal, _ = goals[study.metric]
    return study.model_copy(update={"goal": goal.goal, "range": study.range or goal.range})
