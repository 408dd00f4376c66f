"""From the names that trackers log under to canonical metrics, splits, tasks and run columns: data, in one place."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.errors import ReaderError

SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "eval", "dev"), "validation"),
    "test": "test",
}
METRICS = {
    **dict.fromkeys(("acc", "top1"), "accuracy"),
    **dict.fromkeys(("ppl", "perplexity_step"), "perplexity"),
    **dict.fromkeys(("bpb", "bits_per_byte"), "bits_per_byte"),
    **dict.fromkeys(("bpc", "bits_per_char", "bits_per_character"), "bits_per_character"),
    **dict.fromkeys(("bpt", "bits_per_token"), "bits_per_token"),
    "loss_step": "loss",
}
ENDS = ("loss", "accuracy", "acc", "perplexity", "ppl", "error", "bpb", "bpc")
RUN_COLUMNS = {
    **dict.fromkeys(("learning_rate", "lr", "max_lr", "peak_lr"), "peak_lr"),
    **dict.fromkeys(("min_lr", "final_lr"), "final_lr"),
    **dict.fromkeys(("batch_size", "train_batch_size", "global_batch_size"), "batch_size"),
    **dict.fromkeys(("n_params", "num_params", "params", "total_params"), "params"),
    **dict.fromkeys(("non_embedding_params", "num_non_embedding_params", "params_no_embed"), "params_nonembedding"),
    **dict.fromkeys(("n_layer", "num_layers", "n_layers", "layers"), "layers"),
    **dict.fromkeys(("n_embd", "d_model", "hidden_size", "width"), "width"),
    **dict.fromkeys(("block_size", "max_seq_len", "seq_len", "sequence_length"), "sequence_length"),
    **{name: name for name in ("seed", "optimizer", "dataset", "architecture", "tokenizer", "lr_schedule")},
}
STATES = {
    "finished": "finished",
    "running": "running",
    "failed": "failed",
    "crashed": "failed",
    "killed": "failed",
    "pending": "planned",
}


def metric_column(name: str) -> str:
    """The wide column `metric:NAME@SPLIT/TASK` for a logged name: `val/loss`, `eval_g1_accuracy`, `train_loss_step`, ..."""
    parts = [part for part in re.split(r"[/_\-]", name) if part]
    first, last = (parts[0].lower(), parts[-1].lower()) if parts else ("", "")
    split = SPLITS.get(first, "")
    rest = parts[1:] if split else parts
    if not split and len(parts) == 2 and last in SPLITS:
        split, rest = SPLITS[last], parts[:-1]
    task = ""
    if split in ("validation", "test") and len(rest) > 1 and rest[-1].lower() in ENDS:
        rest, task = rest[-1:], "_".join(rest[:-1])
    metric = "_".join(rest).lower() if split else name.lower()
    return f"metric:{METRICS.get(metric, metric) or name}@{split}/{task}"


def run_columns(config: Mapping[str, Any]) -> dict[str, Any]:
    """Canonical columns of a run from its configuration; what has no canonical name keeps its own and becomes a tag."""
    found: dict[str, Any] = {}
    for name, value in config.items():
        if value is None or value == "" or isinstance(value, dict | list):
            continue
        found.setdefault(RUN_COLUMNS.get(name.lower(), f"config.{name}"), value)
    return found


def frame(records: Sequence[Mapping[str, Any]]) -> pl.DataFrame | None:
    """Records with differing keys as one frame; values of mixed types as text, which ingest checks."""
    if not records:
        return None
    names = list(dict.fromkeys(name for record in records for name in record))
    if broken := next((name for name in names if "\0" in name), None):
        raise ReaderError(f"the name {broken!r} holds a NUL byte; the log is damaged, copy it again")
    return pl.DataFrame({name: _column([record.get(name) for record in records]) for name in names})


def _column(values: list[Any]) -> pl.Series:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        return pl.Series(values, dtype=pl.Float64 if float in kinds else pl.Int64, strict=False)
    return pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)
