"""open_lm / DCLM: the JSON of a model, and the JSON of its evaluation, joined by the model's uuid."""

import json
from pathlib import Path
from typing import Any

from pipeline.errors import ReaderError
from pipeline.readers.names import frame, run_columns
from pipeline.readers.reader import COPY, Reader, Tables

SCORES = ("Core", "Extended", "low_variance_datasets_centered", "aggregated_centered_results")
HYPERPARAMETERS = {
    "tokens": "data_seen",
    "global_bs": "batch_size",
    "lr": "peak_lr",
    "cd": "final_lr",
    "params": "params",
    "params_no_embed": "params_nonembedding",
    "seed": "seed",
}


def _is_model(path: Path, head: bytes) -> bool:
    return path.suffix.lower() == ".json" and all(key in head for key in (b'"hyperparameters"', b'"dataset_uuid"', b'"uuid"'))


def _is_evaluation(path: Path, head: bytes) -> bool:
    return path.suffix.lower() == ".json" and b'"eval_metrics"' in head and (b'"model_uuid"' in path.read_bytes())


def _load(path: Path, *needed: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ReaderError(f"not whole JSON: {error}", place=str(path), fix=COPY) from error
    missing = [key for key in needed if not isinstance(found, dict) or found.get(key) is None]
    if missing:
        raise ReaderError(f"key {missing[0]!r} is missing, which open_lm writes", place=str(path), fix=COPY)
    return dict(found)


def _read_model(path: Path, _run: str) -> Tables:
    """One run: its size, tokens and schedule from `hyperparameters`; warm-up is logged in steps and stays a tag."""
    model = _load(path, "uuid", "hyperparameters")
    given = dict(model["hyperparameters"])
    known = {column: given.pop(name) for name, column in HYPERPARAMETERS.items() if given.get(name) is not None}
    shape = str(given.pop("model", "")).rsplit("/", 1)[-1].removesuffix(".json")
    aside = {name: value for name, value in given.items() if name not in ("lr", "params")}
    run = {
        **run_columns(aside),
        **known,
        "run_id": model["uuid"],
        "name": model.get("name"),
        "dataset": model.get("dataset_name"),
        "architecture": shape or None,
        "data_unit": "token",
        "status": "failed" if model.get("failed") else "finished",
        "open_lm_version": model.get("open_lm_version"),
    }
    return Tables(runs=frame([run]))


def _read_evaluation(path: Path, _run: str) -> Tables:
    """The final scores of one run. open_lm calls mean negative log-likelihoods 'perplexity': they are losses in nats."""
    found = _load(path, "model_uuid", "eval_metrics")
    metrics = dict(found["eval_metrics"])
    values: dict[str, Any] = {f"metric:accuracy@test/{task}": value for task, value in (metrics.get("icl") or {}).items()}
    values |= {f"metric:loss@test/{task}": value for task, value in (metrics.get("downstream_perpexity") or {}).items()}
    if metrics.get("perplexity") is not None:
        values["metric:loss@validation/open_lm_val"] = metrics["perplexity"]
    values |= {f"metric:{name.lower()}@test/": found[name] for name in SCORES if found.get(name) is not None}
    rows = [
        {"row_number": number, "run_id": found["model_uuid"], name: value}
        for number, (name, value) in enumerate(values.items(), 1)
    ]
    return Tables(measurements=frame(rows))


ASKED = 70
READERS = (
    Reader("open_lm model", _is_model, _read_model, says="one run: hyperparameters, tokens, data set", names_runs=True),
    Reader(
        "open_lm evaluation",
        _is_evaluation,
        _read_evaluation,
        says="accuracy a task, losses in nats, of the run model_uuid",
        names_runs=True,
    ),
)
