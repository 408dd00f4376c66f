"""What any law answers, in plain sentences and cells: its response, its inverse and its optimum in one column."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import UNITS, Row, amount, flops, outcome, part, spread, without_interval
from pipeline.wording.trust import trust

PLAIN = (0.01, 1000.0)
"""Values between these are written out; others as amounts."""
EXTREMES = {"least": "lowest", "most": "highest"}
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


def response(row: Row, unit: str = "tokens") -> str:
    """What to expect of a run."""
    return f"{_with(row, unit)}expect {value(row, unit)}. {trust(row)}{_note(row)}".strip()


def target(row: Row, unit: str = "tokens") -> str:
    """What a value of the metric needs."""
    goal = f"{'an' if _metric(row)[:1] in 'aeiou' else 'a'} {_metric(row)} of {row['target']:.4g}"
    if row["amount"] is None:
        return _sentence(f"{_with(row, unit)}{goal} is out of reach. {row['message']}")
    return _sentence(f"{_with(row, unit)}{goal} needs {sought(row, unit)}. {trust(row)}{_note(row)}".strip())


def optimum(row: Row, unit: str = "tokens") -> str:
    """Where the metric is least or most."""
    start = _sentence(f"{_with(row, unit)}the {EXTREMES[row['goal']]} {_metric(row)}")
    if row["amount"] is None:
        return f"{start} is at no {row['sought']} that can be said. {row['message']}"
    return f"{start} is at {sought(row, unit)}; expect {value(row, unit)}. {trust(row)}{_note(row)}".strip()


def value(row: Row, unit: str = "tokens") -> str:
    """The value with its unit and interval; an amount of a run's column (steps to a loss, a best size) as people say it."""
    middle = row["value"]
    if middle is not None and _metric(row) in (*AMOUNTS, *NAMES):
        why = without_interval(row, "value")
        return f"{quantity(_metric(row), middle, unit)}{f' ({why})' if why else spread(row, 'value', amount)}"
    if middle is None or _metric(row) in UNITS or PLAIN[0] <= abs(middle) < PLAIN[1]:
        return outcome(row, "value", _metric(row))
    return f"{'an' if _metric(row)[:1] in 'aeiou' else 'a'} {_metric(row)} of {amount(middle)}{spread(row, 'value', amount)}"


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


def _with(row: Row, unit: str) -> str:
    run = run_of(row, unit)
    return f"With {run}, " if run else "For a typical run, " if _reads_more(row) else ""


def _reads_more(row: Row) -> bool:
    """Whether the law reads something beside what is sought, so that a typical value of it stands behind the answer."""
    inputs = row.get("inputs")
    known = [] if inputs is None else [*inputs] if isinstance(inputs, dict) else [pair["key"] for pair in inputs]
    return inputs is None or any(name not in ("axis", row.get("sought")) for name in known)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _metric(row: Row) -> str:
    return str(row.get("metric") or "loss")


def _note(row: Row) -> str:
    return f" {row['message']}" if row.get("message") else ""
