"""What trainers write: Hugging Face trainer_state.json and Lightning's metrics.csv with hparams.yaml."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import yaml

from pipeline.errors import ReaderError
from pipeline.readers.names import frame, metric_column, run_columns
from pipeline.readers.reader import Reader, Tables

ASIDE = ("runtime", "per_second", "epoch", "step", "learning_rate", "grad_norm", "total_flos")


def _is_state(path: Path, head: bytes) -> bool:
    return path.suffix.lower() == ".json" and (
        b'"log_history"' in head or (b'"is_hyper_param_search"' in head and b'"global_step"' in head)
    )


def _read_state(path: Path, name: str) -> Tables:
    """trainer_state.json: log_history has one dict a logging event."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        history = [dict(entry) for entry in state["log_history"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ReaderError(f"{path}: not a whole trainer_state.json: {error}; it may have been cut") from error
    records = []
    for entry in history:
        values = {
            metric_column(k if "_" in k else f"train_{k}"): v for k, v in entry.items() if not any(part in k for part in ASIDE)
        }
        records.append({"run_id": name, "step": entry.get("step"), "lr": entry.get("learning_rate"), **values})
    done = state.get("global_step", 0) >= state.get("max_steps", 0) > 0
    run = {"run_id": name, "status": "finished" if done else "running", "flops": state.get("total_flos") or None}
    run |= run_columns({key: state.get(key) for key in ("train_batch_size",)})
    run |= {
        "data_seen": state.get("num_input_tokens_seen") or None,
        "data_unit": "token",
        "epochs": state.get("num_train_epochs"),
    }
    return Tables(runs=frame([run]), measurements=frame(records))


def _is_lightning(path: Path, head: bytes) -> bool:
    names = head.split(b"\n", 1)[0].decode("utf-8", errors="replace").strip().split(",")
    return (
        path.suffix.lower() == ".csv" and {"epoch", "step"} <= set(names) and (path.name == "metrics.csv" or bool(_hparams(path)))
    )


def _hparams(path: Path) -> Sequence[Path]:
    beside = path.with_name("hparams.yaml")
    return (beside,) if beside.is_file() else ()


def _read_lightning(path: Path, run: str) -> Tables:
    """metrics.csv: sparse rows. Ingest judges rows that a restart logged again."""
    records: list[dict[str, object]] = []
    config: dict[str, object] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                values = {metric_column(k): v for k, v in row.items() if k and k not in ("step", "epoch", "epoch_time") and v}
                records.append({"run_id": run, "step": row["step"] or None, **values})
        for beside in _hparams(path):
            config = yaml.safe_load(beside.read_text(encoding="utf-8")) or {}
    except (UnicodeDecodeError, csv.Error, yaml.YAMLError, KeyError) as error:
        raise ReaderError(f"{path}: cannot be read: {error}") from error
    return Tables(runs=frame([{"run_id": run, "status": "finished", **run_columns(config)}]), measurements=frame(records))


TRAINERS = (
    Reader(
        "huggingface trainer state",
        _is_state,
        _read_state,
        says="log_history: one logging event a row; eval_GROUP_loss is a task",
        same_in_all="trainer_state.json",
        inside=r"checkpoint-\d+",
    ),
    Reader(
        "lightning csv",
        _is_lightning,
        _read_lightning,
        _hparams,
        "sparse rows of metrics.csv; the run's configuration from hparams.yaml",
        same_in_all="*",
    ),
)
