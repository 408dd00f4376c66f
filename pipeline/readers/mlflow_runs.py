"""MLflow's runs as canonical rows: what its stores on disk and its server have in common."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.readers.names import metric_column, run_columns

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


def point(run_id: str, key: str, value: float, step: int) -> dict[str, Any]:
    """One logged value; MLflow's stand-in for infinity is infinity again, so that ingest refuses it as such."""
    number = float(value)
    if abs(number) >= INFINITE:
        number = float("inf") if number > 0 else float("-inf")
    return {"run_id": run_id, "step": step, metric_column(key): number}


def moment(milliseconds: int | None) -> str | None:
    """A time of MLflow as text that ingest reads."""
    if not milliseconds:
        return None
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC).isoformat()
