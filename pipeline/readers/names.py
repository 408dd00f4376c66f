"""From the names that trackers log under to canonical metrics, splits, tasks and run columns: data, in one place."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.errors import ReaderError
from pipeline.schema import RUNS
from pipeline.schema.metrics import FRACTIONS

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
    **dict.fromkeys(("loss_step", "ce_loss", "cross_entropy", "cross_entropy_loss", "crossentropyloss", "lm_loss"), "loss"),
    **dict.fromkeys(("nll", "nll_loss"), "loss"),
    **{
        name: name
        for name in (
            "mean_token_accuracy",
            "token_accuracy",
            "balanced_accuracy",
            "top5_accuracy",
            "top_5_accuracy",
            "contrastive_loss",
            "z_loss",
            "aux_loss",
            "router_loss",
            "kl_loss",
            "reconstruction_loss",
            "distillation_loss",
            "mlm_loss",
            "regression_loss",
            "word_perplexity",
            "byte_perplexity",
            "token_perplexity",
        )
    },
}
"""Names of metrics; the last ones are metrics of their own whose name ends in that of another, and no task of it."""
ENDS = ("loss", "accuracy", "acc", "perplexity", "ppl", "error", "bpb", "bpc")
KEPT = ("run_id", "namespace", "name", "status", "started_at", "finished_at", "flops_source", "warmup")
"""Run columns that no configuration fills: who the run is comes from the tracker, and trainers log a warm-up in steps."""
ALIASES = {
    "params": "n_params num_params total_params model_params num_parameters n_parameters total_parameters "
    "param_count parameter_count",
    "params_nonembedding": "non_embedding_params num_non_embedding_params params_no_embed non_embedding_parameters "
    "n_params_non_embedding num_params_non_embedding params_non_embedding n_non_embedding_params",
    "params_active": "active_params n_active_params num_active_params activated_params",
    "data_seen": "tokens tokens_seen total_tokens num_tokens n_tokens train_tokens training_tokens tokens_trained "
    "num_input_tokens_seen samples_seen total_samples examples_seen",
    "data_unique": "unique_tokens num_unique_tokens dataset_tokens unique_samples dataset_samples",
    "epochs": "num_epochs n_epochs num_train_epochs",
    "flops": "total_flops train_flops training_flops total_flos",
    "peak_lr": "learning_rate lr max_lr",
    "final_lr": "min_lr",
    "batch_size": "train_batch_size global_batch_size",
    "sequence_length": "block_size max_seq_len seq_len context_length",
    "layers": "n_layer num_layers n_layers num_hidden_layers",
    "width": "n_embd d_model hidden_size",
    "lr_schedule": "lr_scheduler_type lr_scheduler",
    "dataset": "dataset_name",
    "architecture": "model_type model_arch",
    "tokenizer": "tokenizer_name",
    "accelerator": "gpu_type gpu_name",
    "accelerator_count": "num_gpus n_gpus gpu_count world_size",
    "accelerator_hours": "gpu_hours",
    "data_per_second": "tokens_per_second tokens_per_sec samples_per_second",
    "seed": "random_seed",
}
"""Other names of run columns in configurations, beside the columns' own; a table of docs/logs.md."""
RUN_COLUMNS = {name: name for name in RUNS if name not in KEPT} | {
    alias: name for name, aliases in ALIASES.items() for alias in aliases.split()
}
OWN_PARTS = (
    "model network net arch architecture data datamodule train training trainer optim optimizer optimization scheduler schedule "
    "hparams hyperparameters hyperparams params config cfg args settings run experiment exp system compute hardware"
)
PARTS = frozenset(OWN_PARTS.split())
"""Parts of a configuration that speak of the run itself."""
NOT_INSIDE = ("accelerator", "seed", "epochs", "dataset")
"""Columns whose words mean something else inside a part: Lightning's `trainer.accelerator` is "gpu", a data set has a seed."""
MULTIPLES = {
    **dict.fromkeys(("k", "thousand", "thousands", "in thousands"), 1e3),
    **dict.fromkeys(("m", "million", "millions", "in millions"), 1e6),
    **dict.fromkeys(("b", "bn", "g", "billion", "billions", "in billions"), 1e9),
    **dict.fromkeys(("t", "trillion", "trillions", "in trillions"), 1e12),
}
MULTIPLE = re.compile(r"(?P<name>.*\S)\s*[(\[](?P<of>[^)\]]+)[)\]]\s*")
PERCENT = re.compile(
    r"(?P<name>.+?)(?:[\s_]*[(\[]\s*(?:in )?(?:%|percent|pct)\s*[)\]]|[\s_]*%|[\s_](?:in_)?(?:pct|percent|percentage))", re.I
)
"""A name that says that its values are in percent: `error (%)`, `acc%`, `accuracy_pct`."""
UNITS = {"token": "token", "sample": "sample", "example": "sample"}
"""What a data column is counted in, by what its alias says."""
STATES = {
    "finished": "finished",
    "running": "running",
    "failed": "failed",
    "crashed": "failed",
    "killed": "failed",
    "pending": "planned",
    "preempting": "running",  # it is asked to stop and goes on elsewhere
    "preempted": "failed",
}
LEAST_AMOUNT = 1000.0
"""A run with fewer parameters, tokens or samples is more likely written in millions or billions than in counts."""
EMPTY = ("", "none", "null", "auto", "n/a", "-")
"""What trackers write for a column of a run that nobody set."""
NOT_NUMBERS = re.compile(r"[-+]?(?:nan|1\.#(?:qnan|snan|ind))(?:\([^)]*\))?", re.IGNORECASE)
INFINITE = re.compile(r"([-+]?)(?:inf(?:inity)?|1\.#inf|∞)", re.IGNORECASE)
"""Values that JSON has no number for, as trackers and the languages they are written in spell them."""
CLOSED = {"train_runtime", "train/train_runtime"}
HUGGING_FACE = {"train_loss": "train_loss_mean", "train/train_loss": "train_loss_mean"}
"""What a training that has closed with its summary means by that name, whichever tracker it told."""
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def metric_column(name: str) -> str:
    """The wide column `metric:NAME@SPLIT/TASK` for a logged name: `val/loss`, `eval_g1_accuracy`, `trainLoss`, `lm loss`, ...

    A mean over the whole validation or test set (`val_loss_epoch`) is its value; of training it is a mean over an epoch.
    """
    parts = [part for part in re.split(r"[/_\-]", name) if part]
    if len(parts) < 3 and not SPLITS.get(parts[0].lower() if parts else ""):  # a.b, a b and aB are parts where they name a split
        finer = [part for part in re.split(r"[/_\-. ]", CAMEL.sub("_", name)) if part]
        parts = finer if {part.lower() for part in (finer[:1] + finer[-1:])} & set(SPLITS) else parts
    first, last = (parts[0].lower(), parts[-1].lower()) if parts else ("", "")
    split = SPLITS.get(first, "")
    rest = parts[1:] if split else parts
    if not split and last in SPLITS and (len(parts) == 2 or _plain(parts[:-1]) in METRICS):
        split, rest = SPLITS[last], parts[:-1]
    if split in ("validation", "test") and len(rest) > 1 and rest[-1].lower() == "epoch":
        rest = rest[:-1]
    task = ""
    ends = len(rest) > 1 and (rest[-1].lower() in ENDS or _plain(rest[-1:]) in METRICS)
    if split in ("validation", "test") and ends and _plain(rest) not in METRICS:
        rest, task = rest[-1:], "_".join(rest[:-1])
    metric = "_".join(rest).lower() if split else name.lower()
    known = METRICS.get(_plain([metric]), metric)
    return f"metric:{known or name}@{split}/{task}"


def _plain(parts: Sequence[str]) -> str:
    return "_".join(parts).lower().replace(" ", "_")


def metric_columns(names: Iterable[str]) -> dict[str, str]:
    """The column of each metric of one log. Of two names for one column the one that says it most directly has it.

    The other keeps the name that it was logged under, so that neither replaces the other. Where a Hugging Face training has
    closed, `train_loss` is the mean over it.
    """
    given = dict.fromkeys(names)
    meant = HUGGING_FACE if CLOSED & set(given) else {}
    wanted = {name: metric_column(meant.get(name, name)) for name in given}
    found: dict[str, str] = {}
    for name in sorted(wanted, key=lambda name: _directness(name, wanted[name])):
        column = wanted[name]
        found[name] = column if column not in found.values() else f"metric:{name.lower()}@/"
    return {name: found[name] for name in wanted}


def _directness(name: str, column: str) -> tuple[bool, int]:
    """Sorts names that say the metric in its own word first, and of these the one that says nothing else."""
    return column.removeprefix("metric:").partition("@")[0] not in name.lower(), len(name)


def multiple(name: str) -> tuple[str, float]:
    """A name without the multiple that it is counted in, and that multiple: ("tokens", 1e9) of `tokens (B)`; else 1."""
    found = MULTIPLE.fullmatch(name)
    factor = MULTIPLES.get(found["of"].strip().lower()) if found else None
    return (found["name"], factor) if found and factor else (name, 1.0)


def share_in_percent(name: str) -> str | None:
    """The known fraction that a name says in percent: "accuracy" of `acc (%)`; None of any other."""
    found = PERCENT.fullmatch(name.strip())
    plain = _plain([found["name"]]) if found else ""
    return known if (known := METRICS.get(plain, plain)) in FRACTIONS else None


def unit_of(name: str) -> str | None:
    """What an amount of data of that name is counted in, where the name says so."""
    return next((unit for word, unit in UNITS.items() if word in name.lower()), None)


def times(value: Any, factor: float) -> Any:
    """The value that was logged in that multiple as a count; what is no number stays as it is, for ingest to refuse."""
    try:
        return value if factor == 1 else float(value) * factor
    except (TypeError, ValueError):
        return value


def _counted(name: str, value: Any) -> tuple[str, Any]:
    """A column of a run that is named with its multiple as a count under its plain name; any other as it is."""
    plain, factor = multiple(name)
    return (plain, times(value, factor)) if plain.lower() in RUN_COLUMNS else (name, value)


def run_columns(config: Mapping[str, Any]) -> dict[str, Any]:
    """Canonical columns of a run from its configuration; what has no canonical name keeps its own and becomes a tag.

    Of several names of one column its own comes first, then the first given; the others stay tags. `params (M)` are millions.
    """
    plain_last = sorted(config.items(), key=lambda item: multiple(item[0])[1] == 1)
    given = dict(_counted(name, _shown(value)) for name, value in plain_last if not _is_empty(name, value))
    names = run_names(given)
    found = {names[name]: value for name, value in given.items()}
    counted = next((name.lower() for name in given if names[name] == "data_seen" != name.lower()), "")
    unit = unit_of(counted)
    return {"data_unit": unit, **found} if unit else found


def _is_empty(name: str, value: Any) -> bool:
    """Nothing, a structure, or, of a canonical column, a word for nothing."""
    if isinstance(value, str):
        text = value.strip().lower()
        return not text or (text in EMPTY and (name.lower() in RUN_COLUMNS or _inside(name) is not None))
    return (
        value is None or isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, dict | list) for v in value))
    )


def _shown(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def logged_number(value: Any) -> Any:
    """A value as logged, with the words for not-a-number and infinity as these."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if NOT_NUMBERS.fullmatch(text):
        return math.nan
    return float(f"{found[1]}inf") if (found := INFINITE.fullmatch(text)) else value


def run_names(names: Iterable[str]) -> dict[str, str]:
    """Each name of a configuration to its canonical column, or to `config.NAME`, which is a tag.

    A key inside a part of it (`model.n_params`) is its column where no other says it: of two parts that do, nobody knows which.
    """
    given = list(names)
    found: dict[str, str] = {}
    for name in sorted(given, key=lambda name: RUN_COLUMNS.get(name.lower()) != name.lower()):
        column = RUN_COLUMNS.get(multiple(name)[0].lower())
        found[name] = column if column and column not in found.values() else f"config.{name}"
    inner = {name: column for name in given if (column := _inside(name)) and column not in found.values()}
    told = Counter(inner.values())
    return found | {name: column for name, column in inner.items() if told[column] == 1}


def _inside(name: str) -> str | None:
    """The column that a key inside a part of a configuration means: of a run's own parts, not of its teacher's."""
    *parts, last = re.split(r"[./]", name.lower())
    own = parts and all(part in PARTS for part in parts)
    column = RUN_COLUMNS.get(last) if own else None
    return None if column in NOT_INSIDE else column


def frame(records: Sequence[Mapping[str, Any]]) -> pl.DataFrame | None:
    """Records with differing keys as one frame; values of mixed types as text, which ingest checks."""
    if not records:
        return None
    names = list(dict.fromkeys(name for record in records for name in record))
    if broken := next((name for name in names if "\0" in name), None):
        raise ReaderError(f"the name {broken!r} holds a NUL byte", fix="the log is damaged, copy it again")
    return pl.DataFrame({name: _column([record.get(name) for record in records]) for name in names})


def _column(values: list[Any]) -> pl.Series:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        return pl.Series(values, dtype=pl.Float64 if float in kinds else pl.Int64, strict=False)
    return pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)
