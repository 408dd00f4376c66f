"""MLflow's runs as canonical rows: what its stores on disk and its server have in common."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pipeline.readers.histories import places_of
from pipeline.readers.names import metric_columns, run_columns
from pipeline.readers.restarts import Restarts

STATES = {
    "FINISHED": "finished",
    "RUNNING": "running",
    "SCHEDULED": "planned",
    "FAILED": "failed",
    "KILLED": "failed",
    **dict(zip(("1", "2", "3", "4", "5"), ("running", "planned", "finished", "failed", "failed"), strict=True)),
}
INFINITE = 1.7976931348623157e308  # what MLflow's databases hold for an infinity


def run_record(
    run_id: str,
    name: str | None,
    status: object,
    times: tuple[int | None, int | None],
    params: Mapping[str, Any],
    tags: Mapping[str, Any],
    experiment: str | None,
) -> dict[str, Any]:
    """A run's row. Times are milliseconds; tags that MLflow sets itself (user, host, source) are left out."""
    own = {key: value for key, value in tags.items() if not key.startswith("mlflow.")}
    shown = {key: moment(time) for key, time in zip(("started_at", "finished_at"), times, strict=True)}
    record = {
        "run_id": run_id,
        "name": name or tags.get("mlflow.runName"),
        "status": STATES.get(str(status), str(status).lower()),
    }
    return {
        **run_columns(params),
        **{f"tag.{key}": value for key, value in own.items()},
        **record,
        **shown,
        "experiment": experiment,
    }


def point(run_id: str, column: str, value: float, step: int) -> dict[str, Any]:
    """One logged value; MLflow's stand-in for infinity is infinity again, so that ingest refuses it as such."""
    number = float(value)
    if abs(number) >= INFINITE:
        number = float("inf") if number > 0 else float("-inf")
    return {"run_id": run_id, "step": step, column: number}


Logged = tuple[str, str, float, int, int]
"""A logged value: run, key, value, step, and the time in milliseconds."""


def steps_of(logged: Iterable[Logged]) -> tuple[list[dict[str, Any]], Sequence[Mapping[str, Any]]]:
    """The values that stand, each at its step, and those that were logged again there later: a resumed run does that.

    A key whose values all lie at step 0, at different times, was logged without steps: then their order is the step. Rates and
    amounts of data that are logged at a step are also where its values lie.
    """
    series: dict[tuple[str, str], list[Logged]] = {}
    for one in logged:
        series.setdefault(one[:2], []).append(one)
    found = Restarts(purge=False)
    runs: dict[str, list[str]] = {}
    for (run_id, key), values in series.items():
        values.sort(key=lambda one: (one[4], one[3]))
        runs.setdefault(run_id, []).append(key)
    for run_id, keys in runs.items():
        stepped = {key: _in_steps(series[run_id, key]) for key in keys}
        _, steps = places_of((key, step, value) for key, points in stepped.items() for step, value in points)
        columns = metric_columns(keys)
        for key in keys:
            for step, value in stepped[key]:
                found.add({**point(run_id, columns[key], value, step), **steps.get(step, {})})
    return found.standing, found.replaced


def _in_steps(values: Sequence[Logged]) -> list[tuple[int, float]]:
    """(step, value) of a series in the order of its times."""
    unstepped = all(step == 0 for _, _, _, step, _ in values) and len({time for *_, time in values}) > 1
    return [(place if unstepped else step, value) for place, (_, _, value, step, _) in enumerate(values)]


def moment(milliseconds: int | None) -> str | None:
    """A time of MLflow as text that ingest reads."""
    if not milliseconds:
        return None
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC).isoformat()
