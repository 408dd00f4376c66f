"""Tracking servers: what is new on them since the last look, laid down as native logs that ingest then takes like any other.

Each poll leaves a runs file and a measurements file in `trackers/` of the home, and remembers where it stopped only after both
stand. A poll that is cut repeats itself; what was taken already counts as a repeat.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl

from pipeline.faults import stops
from pipeline.home import Home
from pipeline.ingest.sources.cursor import read_cursor, write_cursor
from pipeline.readers.formats.mlflow_runs import point, run_record
from pipeline.readers.histories import places_of
from pipeline.readers.names import frame, metric_columns
from pipeline.redaction import redacted

PAGE = 1000
Marks = dict[str, tuple[int, int]]  # metric to number of values and time of the newest
SETTINGS = {  # the client's own defaults wait for minutes on a server that is down, and report its use elsewhere
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


def spool(home: Home, namespace: str) -> Path:
    """The folder that holds what was polled from the server of that namespace."""
    return home.root / "trackers" / f"of_{quote(namespace, safe='')}"


def poll(home: Home) -> list[str]:
    """Fetches what is new from every server of config.toml; returns an error in words for each that could not be asked."""
    errors = []
    for namespace, address in home.config.trackers.items():
        try:
            poll_server(address, spool(home, namespace))
        except ImportError:
            errors.append(f"tracker {namespace!r}: MLflow servers need the extra: pip install 'lawbook[mlflow]'")
        except Exception as error:  # whatever a server or its client answers, the other logs are still taken
            if stops(error):
                raise
            text = " ".join(str(error).split())[:300]
            problem = f"{address} cannot be polled: {type(error).__name__}: {text}"
            errors.append(redacted(f"tracker {namespace!r}: {problem}; correct config.toml or start the server"))
    return errors


def poll_server(address: str, folder: Path) -> int:
    """Writes what is new on one MLflow server into `folder`; returns how many runs had something new."""
    folder.mkdir(parents=True, exist_ok=True)
    cursor = read_cursor(folder)
    runs: list[dict[str, Any]] = []
    points: list[dict[str, Any]] = []
    client = _client(address)
    for run, experiment in _runs(client):
        seen = cursor.get(run.info.run_id, {})
        look = _fingerprint(run)
        if look == seen.get("look") and run.info.status != "RUNNING":
            continue
        record, new, marks = _news(client, run, experiment, seen)
        if look != seen.get("look") or new:
            runs.append(record)
            points += new
        cursor[run.info.run_id] = {"look": look, "marks": marks}
    _write(folder, runs, points)
    write_cursor(folder, cursor)
    return len(runs)


def _client(address: str) -> Any:
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=address)


def _runs(client: Any) -> Iterator[tuple[Any, str]]:
    """Every run that is not deleted, with the name of its experiment."""
    names: dict[str, str] = {}
    token = None
    while token or not names:
        page = client.search_experiments(max_results=PAGE, page_token=token)
        names |= {item.experiment_id: item.name for item in page}
        token = page.token
        if not page:
            break
    token, first = None, True
    while names and (first or token):
        page = client.search_runs(list(names), max_results=PAGE, page_token=token)
        yield from ((run, names[run.info.experiment_id]) for run in page)
        token, first = page.token, False


def _fingerprint(run: Any) -> str:
    """Changes with whatever the list of runs shows of a run: state, parameters, tags, newest values."""
    info, data = run.info, run.data
    shown = (
        info.status,
        info.end_time,
        info.run_name,
        *(sorted(part.items()) for part in (data.params, data.tags, data.metrics)),
    )
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _news(client: Any, run: Any, experiment: str, seen: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]], Marks]:
    """The run's row, its values logged since the last look, and how far each metric has come."""
    info, marks = run.info, dict(seen.get("marks", {}))
    logged: list[tuple[str, int, float]] = []
    for key in run.data.metrics:
        history = client.get_metric_history(info.run_id, key)
        count, newest = marks.get(key, (0, 0))
        if len(history) > count:  # values of the same millisecond as the newest one may come twice, and are then repeats
            logged += [(key, item.step, item.value) for item in history if item.timestamp >= newest]
            marks[key] = (len(history), max(item.timestamp for item in history))
    _, steps = places_of(logged)
    columns = metric_columns(run.data.metrics)
    found = [{**point(info.run_id, columns[key], value, step), **steps.get(step, {})} for key, step, value in logged]
    span = (info.start_time, info.end_time)
    record = run_record(info.run_id, info.run_name, info.status, span, run.data.params, run.data.tags, experiment)
    return record, found, marks


def _write(folder: Path, runs: list[dict[str, Any]], points: list[dict[str, Any]]) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    kinds: list[tuple[str, pl.DataFrame | None]] = [("runs", frame(runs)), ("measurements", frame(points))]
    for kind, table in kinds:
        if table is not None:
            partial = folder / f"{stamp}.{kind}.parquet.part"
            table.write_parquet(partial)
            partial.replace(partial.with_suffix(""))
