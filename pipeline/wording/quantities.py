"""Runs and their numbers as people say them: an amount of any column with its unit, a value of any metric, what was given."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import UNITS, Row, amount, flops, outcome, part, spread, without_interval
from pipeline.wording.clauses import metric

PLAIN = (0.01, 1000.0)
"""Values between these are written out; others as amounts."""
ALONE = " (no interval: some draws have none)"
NAMES = {
    "params": "parameters",
    "params_nonembedding": "parameters without embeddings",
    "params_active": "active parameters",
    "params_average": "parameters on average",
    "params_vocabulary": "parameters of the vocabulary",
    **dict.fromkeys(("trainable_params", "params_trainable", "tuned_params"), "trainable parameters"),
    **dict.fromkeys(("accelerator_hours", "hours", "gpu_hours", "device_hours"), "device-hours"),
    **dict.fromkeys(("bits", "bits_per_weight"), "bits per weight"),
    **dict.fromkeys(("nfe", "denoising_steps", "function_evaluations"), "denoising steps"),
    **dict.fromkeys(("step", "steps"), "steps"),
    **dict.fromkeys(("samples", "attempts", "documents", "examples", "iterations", "epochs", "layers", "tokens"), ""),
    "rollouts": "rollouts",
    "shots": "examples in the prompt",
    "datastore_tokens": "tokens in the datastore",
    "experts_merged": "merged experts",
    "models_merged": "merged models",
    "latency_ms": "ms of latency",
    "flops_forward": "FLOP a forward pass",
    "batch_tokens": "tokens a batch",
    "critical_batch": "tokens in the critical batch",
    "batch_size": "sequences a batch",
    "data_per_param": "tokens per parameter",
    "data_per_second": "of data a second",
    "accelerator_count": "devices",
}
"""What a number of a column is called behind it; the column's own name where it is plain English."""
AMOUNTS = ("flops", "data_seen", "data_unique")
"""Columns whose numbers have a unit of their own, or that of the data."""


def value(row: Row, unit: str = "tokens") -> str:
    """The value with its unit and interval; an amount of a run's column (steps to a loss, a best size) as people say it."""
    middle = row["value"]
    if middle is not None and metric(row) in (*AMOUNTS, *NAMES):
        why = without_interval(row, "value")
        return f"{quantity(metric(row), middle, unit)}{f' ({why})' if why else spread(row, 'value', amount)}"
    if middle is None or metric(row) in UNITS or PLAIN[0] <= abs(middle) < PLAIN[1]:
        return outcome(row, "value", metric(row))
    return f"{'an' if metric(row)[:1] in 'aeiou' else 'a'} {metric(row)} of {amount(middle)}{spread(row, 'value', amount)}"


def sought(row: Row, unit: str = "tokens") -> str:
    """The amount of the column that was sought, with its interval, or why it has none."""
    ends = spread(row, "amount", amount) or (ALONE if row.get("amount_low") is None else "")
    return f"{quantity(row['sought'], row['amount'], unit)}{ends}"


def quantity(name: str, number: float, unit: str = "tokens") -> str:
    """A run column's value as people say it: 7.0 B parameters, 1.0e22 FLOP, 640 device-hours; one's own are "x 5"."""
    if name == AMOUNTS[0]:
        return flops(number)
    known = {**dict(zip(AMOUNTS[1:], (unit, f"unique {unit}"), strict=True)), **NAMES}
    if name not in known:
        return f"{name} {amount(number)}" if name.isidentifier() else f"{name} = {amount(number)}"
    words = known[name] or name
    return f"{amount(number)} {words[:-1] if number == 1 and not known[name] else words}"


def run_of(row: Row, unit: str = "tokens") -> str:
    """The run of a row: what was given, and the pools it draws from."""
    given = row.get("given") or []
    pairs = list(given.items()) if isinstance(given, dict) else [(pair["key"], pair["value"]) for pair in given]
    said = [quantity(name, number, unit) for name, number in pairs if not name.startswith("share[")]
    if row.get("pools"):
        said.append(", ".join(f"{part(w)} from {p}" for p, w in zip(row["pools"], row["weights"], strict=True)))
    return " and ".join(said)


def given(row: Row, unit: str) -> str:
    """How a sentence about a run begins: with what was given of it, or as of a typical one."""
    run = run_of(row, unit)
    return f"With {run}, " if run else "For a typical run, " if _reads_more(row) else ""


def _reads_more(row: Row) -> bool:
    """Whether the law reads something beside what is sought, so that a typical value of it stands behind the answer."""
    inputs = row.get("inputs")
    known = [] if inputs is None else [*inputs] if isinstance(inputs, dict) else [pair["key"] for pair in inputs]
    return inputs is None or any(name not in ("axis", row.get("sought")) for name in known)
