"""What trainers write: Hugging Face trainer_state.json and Lightning's metrics.csv with hparams.yaml."""

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import ReaderError
from pipeline.readers import restarts
from pipeline.readers.csv_rows import CsvRows
from pipeline.readers.formats.model_size import model_columns
from pipeline.readers.histories import RATE, places_of
from pipeline.readers.names import frame, logged_number, metric_column, metric_columns, run_columns
from pipeline.readers.plain_yaml import read_yaml
from pipeline.readers.reader import COPY, Reader, Tables
from pipeline.readers.restarts import differ, standing

ASIDE = ("runtime", "per_second", "preparation_time")
TOKENS = ("num_input_tokens_seen", "num_tokens", "eval_num_tokens")
PLACES = ("epoch", "step", "global_step", "progress_or_epoch")
NO_METRIC = (*PLACES, "learning_rate", "grad_norm", "total_flos", *TOKENS)
STATE, CONFIG, INDEX = "trainer_state.json", "config.json", "model.safetensors.index.json"
RESULTS = ("all_results.json", "train_results.json")
BESIDE_STATE = (CONFIG, INDEX, *RESULTS, "eval_results.json")
"""Files that a state is read with: what they say completes its run, and adds no value."""
EVALUATED = ("eval_", "test_", "train_")
"""What the names of evaluations and summaries begin with; all else is logged of the training steps since the entry before."""
SUMMARY = "train_runtime"
"""Only the entry with which a training closes has it; its train_loss is the mean over the training."""


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
        raise ReaderError(f"not a whole trainer_state.json: {error}", place=str(path), fix="it may have been cut") from error
    beside, refused = _objects(path)
    results = {key: value for file in RESULTS for key, value in beside[file].items()}
    tokens = [seen for entry in history if (seen := _tokens(entry)) is not None]
    counted = tokens[-1] if tokens == sorted(tokens) and tokens else None  # one that starts anew with a resumed job says nothing
    seen = state.get("num_input_tokens_seen") or results.get("num_input_tokens_seen") or counted
    run = {
        **model_columns(beside[CONFIG], beside[INDEX]),
        "run_id": name,
        "status": "finished" if _is_finished(state, history) or SUMMARY in results else "running",
        "flops": state.get("total_flos") or results.get("total_flos") or None,
        "data_seen": seen,
        "data_unit": "token" if seen or any("num_tokens" in entry for entry in history) else None,
        "epochs": state.get("epoch") or None,
        "config.train_batch_size": state.get("train_batch_size"),  # of one device and one forward pass: no batch of a step
        "config.train_samples": results.get("train_samples"),
    }
    return Tables(runs=frame([run]), measurements=frame(list(_records(history, name))), quarantined=frame(refused))


def _state_files(path: Path) -> Sequence[Path]:
    return tuple(file for name in BESIDE_STATE if (file := path.with_name(name)).is_file()) if path.name == STATE else ()


def _objects(path: Path) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """What the files beside a state hold, by name, and those that hold no object: they cost themselves alone."""
    found: dict[str, dict[str, Any]] = {name: {} for name in BESIDE_STATE}
    refused: list[dict[str, Any]] = []
    for file in _state_files(path):
        try:
            found[file.name] = dict(json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, TypeError, RecursionError) as error:
            detail = f"{file.name}, which is read with it, is no whole JSON object: {error}; copy it again"
            refused.append({"row_number": 0, "reason": "unreadable", "detail": detail, "raw": ""})
    return found, refused


def _is_finished(state: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> bool:
    """All steps are done, something stopped it for good, or it has closed with its summary."""
    step, last = state.get("global_step") or 0, state.get("max_steps") or 0
    control = ((state.get("stateful_callbacks") or {}).get("TrainerControl") or {}).get("args") or {}
    closed = any(SUMMARY in entry and (entry.get("step") is None or entry["step"] >= step) for entry in history)
    return step >= last > 0 or control.get("should_training_stop") is True or closed


def _records(history: Sequence[Mapping[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    """A row an entry. What is evaluated after the end, often of the best checkpoint, is no value of the last step."""
    logged: dict[tuple[Any, str], Any] = {}
    seen_at: dict[Any, Any] = {}
    closed = False
    for number, entry in enumerate(map(_unfiltered, history), 1):
        summary, values = SUMMARY in entry, {}
        for key, value in entry.items():
            if key in NO_METRIC or any(part in key for part in ASIDE):
                continue
            column = _column(key, summary)
            if closed and differ(logged.get((entry.get("step"), column)), value):
                metric, _, task = column.partition("/")
                column = f"{metric}/{f'{task}_' if task else ''}after_training"
            logged[entry.get("step"), column] = values[column] = logged_number(value)
        place = {"step": entry.get("step"), "lr": entry.get("learning_rate")}
        seen = seen_at[entry.get("step")] = _tokens(entry) or seen_at.get(entry.get("step"))
        yield {"row_number": number, "run_id": name, **place, "data_seen": seen, **values}
        closed = closed or summary


def _tokens(entry: Mapping[str, Any]) -> float | None:
    """The training tokens of all steps so far; TRL says them beside an evaluation too."""
    found = (restarts.number(logged_number(entry.get(name))) for name in TOKENS)
    return next((seen for seen in found if seen is not None), None)


def _unfiltered(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entry with the loss it had: `logging_nan_inf_filter` writes 0 for a loss that is no number, beside its gradient."""
    norm = restarts.number(logged_number(entry.get("grad_norm")))
    return {**entry, "loss": math.nan} if entry.get("loss") == 0 and norm is not None and not math.isfinite(norm) else entry


def _column(key: str, summary: bool) -> str:
    if summary and key == "train_loss":
        return metric_column("train_loss_mean")
    return metric_column(key if key.startswith(EVALUATED) else f"train/{key}")


def _is_lightning(path: Path, head: bytes) -> bool:
    names = head.split(b"\n", 1)[0].decode("utf-8", errors="replace").strip().split(",")
    return (
        path.suffix.lower() == ".csv" and {"epoch", "step"} <= set(names) and (path.name == "metrics.csv" or bool(_hparams(path)))
    )


def _hparams(path: Path) -> Sequence[Path]:
    beside = path.with_name("hparams.yaml")
    return (beside,) if beside.is_file() else ()


def _read_lightning(path: Path, run: str) -> Tables:
    """metrics.csv: sparse rows. Where a restart goes back in steps, what it logs stands; tokens lie at their step."""
    rows = CsvRows(path)
    try:
        read = list(rows)
        logged = [(name, _at(row), value) for _, row in read for name, value in row.items() if value and _is_metric(name)]
        aside, steps = places_of((name, at, restarts.number(logged_number(value))) for name, at, value in logged)
        metrics = metric_columns(name for name, _, _ in logged if name not in aside)
        records = [{**_row(run, place, row, metrics), **steps.get(_at(row), {})} for place, row in read]
        found, replaced = standing(_with_rates(records))
        config = {name: value for beside in _hparams(path) for name, value in read_yaml(beside).items()}
    except (UnicodeDecodeError, csv.Error, yaml.YAMLError) as error:
        raise ReaderError(f"cannot be read: {error}", place=str(path), fix=COPY) from error
    return Tables(
        runs=frame([{"run_id": run, "status": "finished", **run_columns(config)}]),
        measurements=frame(found),
        replaced=frame(replaced),
        quarantined=frame(rows.refused),
    )


def _is_metric(name: str) -> bool:
    return bool(name) and name not in ("step", "epoch", "epoch_time") and not RATE.fullmatch(name)


def _row(run: str, number: int, row: Mapping[str, str], metrics: Mapping[str, str]) -> dict[str, Any]:
    """A row with its first learning rate: its monitor logs `lr-OPTIMIZER`, one for each group of parameters."""
    rate = next((value for name, value in row.items() if name and value and RATE.fullmatch(name)), None)
    values = {metrics[name]: logged_number(value) for name, value in row.items() if name in metrics and value}
    return {"row_number": number, "run_id": run, "step": _at(row), "lr": rate, **values}


def _at(row: Mapping[str, str]) -> str | None:
    return row.get("step") or None


def _with_rates(records: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The records that hold a value, each with the rate that a row of its own gives for its step."""
    rates = {record["step"]: record["lr"] for record in records if record["lr"]}
    for record in records:
        if any(name.startswith("metric:") for name in record):
            yield record | {"lr": record["lr"] or rates.get(record["step"])}


ASKED = 50
READERS = (
    Reader(
        "huggingface trainer state",
        _is_state,
        _read_state,
        _state_files,
        says="log_history: one logging event a row; eval_GROUP_loss is a task",
        same_in_all=STATE,
        inside=r"(?:tmp-)?checkpoint-\d+|last-checkpoint",
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
