"""The stores and exports of the other trackers."""

import math
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from tests.readers.forms.form import PARAMS, RATE, TOKENS, Curve, Files, Form, text
from tests.readers.test_other_trackers import aim, clearml, comet, neptune
from tests.readers.test_tensorboard_faults import events, hparams, record, summaries

SETTINGS = {"params": PARAMS, "peak_lr": RATE}
EXPORTED = {"peak_lr": RATE, "batch_size": 32}
SEEN = 200 * TOKENS


def written(name: str, write: Callable[[Path], object]) -> Files:
    """What a program that writes files by itself leaves in its folder, the log first."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path)
        found = [path, *sorted(file for file in Path(place).rglob("*") if file.is_file() and file != path)]
        return {str(file.relative_to(place)): file.read_bytes() for file in found}


def scalar(step: int, tag: str, value: float) -> bytes:
    summary = summaries.Summary(value=[summaries.Summary.Value(tag=tag, simple_value=value)])
    return record(events.Event(step=step, wall_time=1.7e9 + step, summary=summary))


def tensorboard(curve: Curve, _ended: bool) -> Files:
    start = events.SessionLog(status=events.SessionLog.START)
    back = [step for (before, _), (step, _) in pairwise(curve) if step < before]
    logged = b""
    for step, value in curve:
        logged += record(events.Event(step=step, session_log=start)) if step in back else b""
        logged += scalar(step, "train/loss", value) + scalar(step, "train/tokens_seen", step * TOKENS)
    name = "events.out.tfevents.1700000000.h.1.0"
    return {name: logged, "1700000000.5/events.out.tfevents.1700000001.h.1.1": hparams(n_params=str(PARAMS), lr=str(RATE))}


def tensorboard_scalar(curve: Curve, _ended: bool) -> Files:
    rows = "".join(f"{1.7e9 + n},{step},{value}\n" for n, (step, value) in enumerate(curve))
    return text("run-r-tag-train_loss.csv", "Wall time,Step,Value\n" + rows)


def mlflow_table(curve: Curve, ended: bool) -> Files:
    header = "run_id,experiment_id,status,artifact_uri,start_time,end_time"
    times = "2024-01-01 00:00:00+02:00,2024-01-01 01:00:00+02:00"
    (step, value), state = curve[-1], "FINISHED" if ended else "RUNNING"
    logged = f"{value},{step * TOKENS},{PARAMS},{RATE}"
    names = "metrics.train_loss,metrics.tokens_seen,params.n_params,params.lr"
    return text("runs.csv", f"{header},{names}\nr,1,{state},file:///x,{times},{logged}\n")


MLFLOW_TABLES = (
    "CREATE TABLE experiments (experiment_id INTEGER, name TEXT)",
    "CREATE TABLE runs (run_uuid TEXT, name TEXT, status TEXT, start_time INTEGER, end_time INTEGER, lifecycle_stage TEXT, "
    "experiment_id INTEGER)",
    "CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER, step INTEGER, run_uuid TEXT, is_nan INTEGER)",
    "CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT)",
    "CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT)",
)


def mlflow_store(curve: Curve, ended: bool) -> Files:
    def write(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in MLFLOW_TABLES:
                connection.execute(statement)
            state = "FINISHED" if ended else "RUNNING"
            connection.execute("INSERT INTO experiments VALUES (1, 'sweep')")
            connection.execute("INSERT INTO runs VALUES ('r', 'base', ?, 1700000000000, NULL, 'active', 1)", [state])
            connection.executemany("INSERT INTO params VALUES (?, ?, 'r')", [("n_params", str(PARAMS)), ("lr", str(RATE))])
            for n, (step, value) in enumerate(curve):
                number = 0.0 if math.isnan(value) else value
                rows = [("train/loss", number, math.isnan(value)), ("train/tokens_seen", step * TOKENS, False)]
                logged = [(key, value, 1700000000000 + n, step, bad) for key, value, bad in rows]
                connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, 'r', ?)", logged)

    return written("mlflow.db", write)


def mlflow_folder(curve: Curve, ended: bool) -> Files:
    meta = f"artifact_uri: x\nend_time: null\nlifecycle_stage: active\nrun_id: r\nrun_name: base\nstatus: {3 if ended else 1}\n"
    lines = {
        "metrics/train_loss": "".join(f"{1700000000000 + n} {value} {step}\n" for n, (step, value) in enumerate(curve)),
        "metrics/tokens_seen": "".join(f"{1700000000000 + n} {step * TOKENS} {step}\n" for n, (step, _) in enumerate(curve)),
        "params/n_params": str(PARAMS),
        "params/lr": str(RATE),
    }
    return {"1/r/meta.yaml": meta.encode(), **{f"1/r/{name}": content.encode() for name, content in lines.items()}}


def trackio(curve: Curve, _ended: bool) -> Files:
    def write(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE metrics (id INTEGER, timestamp TEXT, run_name TEXT, step INTEGER, metrics TEXT)")
            connection.execute("CREATE TABLE configs (id INTEGER, run_name TEXT, config TEXT, created_at TEXT)")
            config = f'{{"n_params": {PARAMS}, "learning_rate": {RATE}}}'
            connection.execute("INSERT INTO configs VALUES (1, 'base', ?, '2026-01-01')", [config])
            for n, (step, value) in enumerate(curve):
                said = "NaN" if math.isnan(value) else value
                event = f'{{"train/loss": {said}, "train/tokens_seen": {step * TOKENS}}}'
                connection.execute("INSERT INTO metrics VALUES (?, '2026-01-01', 'base', ?, ?)", [n, step, event])

    return written("project.db", write)


def exported(name: str, write: Callable[..., None], has_end: bool) -> Callable[[Curve, bool], Files]:
    """The files of an export; `has_end`: it says how its run ended."""
    return lambda curve, ended: written(name, lambda path: write(path, list(curve), **({"failed": not ended} if has_end else {})))


FORMS = (
    Form(
        "Neptune", "neptune export", exported("x_part_0.parquet", neptune, True), (3, 2, None), ("finished", "failed"), EXPORTED
    ),
    Form("Comet", "comet metrics", exported("e/metrics.jsonl", comet, True), (3, 2, None), ("finished", "failed"), EXPORTED),
    Form("Aim", "aim data frame", exported("metrics.csv", aim, False), (3, 2, None), (None, "running"), EXPORTED),
    Form("ClearML", "clearml scalars", exported("r.json", clearml, False), (2, 2, None), (None, "running")),
    Form("TensorBoard", "tensorboard", tensorboard, (5, 2, SEEN), (None, "running"), SETTINGS),
    Form("TensorBoard scalar", "tensorboard scalar", tensorboard_scalar, (2, 2, None), (None, "running")),
    Form(
        "MLflow runs table",
        "mlflow runs table",
        mlflow_table,
        (1, 1, SEEN),
        ("finished", "running"),
        SETTINGS,
        holds="end",
        restart="again",
    ),
    Form("MLflow SQLite store", "mlflow store", mlflow_store, (5, 2, SEEN), ("finished", "running"), SETTINGS),
    Form("MLflow file store", "mlflow run folder", mlflow_folder, (5, 2, SEEN), ("finished", "running"), SETTINGS),
    Form("trackio", "trackio", trackio, (3, 2, SEEN), (None, "running"), SETTINGS),
)
