"""On what a planned run would train: device, count, price and the share of the peak it would reach, from [plan] and the logs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import PlanError
from pipeline.hardware import Accelerator, load_hardware
from pipeline.planning.budgets import one
from pipeline.planning.costs.memory import ONE_SEQUENCE, Held, bandwidth_efficiency, guessed_shape
from pipeline.planning.costs.prices import DEFAULT_MFU, FULL_RECOMPUTATION, Attention, flops_per_token
from pipeline.planning.costs.throughput import Efficiency, efficiency, logged_efficiency, pipeline_bubble
from pipeline.planning.setting import Setting

DEFAULT_COUNT = 8  # one node
RECOMPUTED = {"none": 1.0, "full": FULL_RECOMPUTATION}
LOGGED = "The logged share of the peak holds bubble, recomputation, failures and attention already: [plan]'s are not added."


@dataclass(frozen=True)
class Job:
    """Devices of a planned run. `share` of the peak is used; `source` says where that is from: plan, logged or assumed."""

    accelerator: Accelerator
    count: int | None
    price: float
    currency: str
    share: Efficiency
    source: str
    deadline_days: float | None
    money: float | None
    sequence_length: float | None = None
    overheads: str | None = None
    held: Held = ONE_SEQUENCE

    def attention(self, params: float) -> float:
        """(6 N + 12 L H Q T) / 6 N: what attention adds where [plan] names the sequence; the shape is guessed from the size."""
        if self.sequence_length is None or not params > 0:
            return 1.0
        shape = guessed_shape(params)
        scores = Attention(shape.layers, shape.heads, round(shape.width / shape.heads), int(self.sequence_length))
        return flops_per_token(params, scores) / flops_per_token(params)


def job_of(setting: Setting) -> Job:
    """What [plan] says of devices, price, share of the peak and overheads, else the logs, else the table.

    Overheads are taken off a share that [plan] declares or nobody knows; a logged share holds them already.
    """
    wanted = setting.study.plan or {}
    table = load_hardware(Path(wanted["hardware"]) if wanted.get("hardware") else None)
    logged = logged_efficiency(setting.runs, table)
    device = table.accelerator(wanted.get("accelerator") or _usual(logged))
    share, source = _share(wanted, logged, device)
    left, words = _left(setting, device.peak())
    if source != "logged":
        share = replace(share, **{name: getattr(share, name) * left for name in ("median", "p05", "p10", "p95")})
    count = one(setting, "accelerator_count")
    price = one(setting, "price")
    return Job(
        accelerator=device,
        count=_count(count, logged, device),
        price=device.price if price is None else price,
        currency=table.currency,
        share=share,
        source=source,
        deadline_days=one(setting, "deadline_days"),
        money=one(setting, "money"),
        sequence_length=None if source == "logged" else one(setting, "sequence_length"),
        overheads=(LOGGED if source == "logged" else f"Counted: {', '.join(words)}.") if words else None,
        held=_held(setting),
    )


def _held(setting: Setting) -> Held:
    """What a device takes a step: of [plan], else one sequence, as long as those of most runs."""
    known = "sequence_length" in setting.runs.columns
    logged: Any = setting.runs["sequence_length"].cast(pl.Float64).median() if known else None
    length = one(setting, "sequence_length") or logged or ONE_SEQUENCE.sequence_length
    return Held(int(one(setting, "device_batch") or ONE_SEQUENCE.sequences), int(length))


def _left(setting: Setting, peak: float) -> tuple[float, list[str]]:
    """The part of a declared or assumed share of the peak that overheads leave, and what they are."""
    wanted, left, words = setting.study.plan or {}, 1.0, []
    where = f"study {setting.study.study!r}, [plan]"
    stages, batches = (one(setting, key) for key in ("pipeline_stages", "micro_batches"))
    if (stages is None) != (batches is None):
        raise PlanError("pipeline_stages and micro_batches are given together", place=where, fix="give both or neither")
    if stages is not None and batches is not None:
        bubble = pipeline_bubble(int(stages), int(batches))
        left, words = left * (1 - bubble), [f"a pipeline bubble of {100 * bubble:.0f} %"]
    if wanted.get("recomputation", "none") not in RECOMPUTED:
        raise PlanError(f"recomputation = {wanted['recomputation']!r} is unknown", place=where, fix="say none or full")
    if (again := RECOMPUTED[wanted.get("recomputation", "none")]) > 1:
        left, words = left / again, [*words, "full recomputation"]
    if (up := one(setting, "availability")) is not None:
        if up > 1:
            raise PlanError(f"availability = {up} must lie in (0, 1]", place=where, fix="give the share of time that devices run")
        left, words = left * up, [*words, f"an availability of {100 * up:.0f} %"]
    if (length := one(setting, "sequence_length")) is not None:
        words = [*words, f"attention over {length:.0f} tokens"]
    if (bandwidth := one(setting, "offload_bandwidth")) is not None:
        kept = bandwidth_efficiency(_tokens_a_step(setting), bandwidth, peak)
        left, words = (
            left * kept,
            [*words, f"weights and gradients moved at {bandwidth / 1e9:.3g} GB/s ({100 * kept:.0f} % computes)"],
        )
    return left, words


def _tokens_a_step(setting: Setting) -> float:
    """FLOP for each byte of weights and gradients that is moved (ZeRO-Infinity): the tokens that one device takes a step."""
    batch, length = (one(setting, key) for key in ("device_batch", "sequence_length"))
    if batch is None or length is None:
        raise PlanError(
            "offload_bandwidth needs device_batch (sequences that a device takes a step) and sequence_length",
            place=f"study {setting.study.study!r}, [plan]",
            fix="give all three: they say how much is computed for each byte that is moved",
        )
    return batch * length


def _usual(logged: pl.DataFrame) -> str | None:
    """The device that most of the fitted runs used."""
    counts = logged["accelerator"].value_counts(sort=True)
    return None if counts.is_empty() else str(counts["accelerator"][0])


def _count(wanted: float | None, logged: pl.DataFrame, device: Accelerator) -> int | None:
    if wanted is not None:
        return int(wanted)
    largest: Any = logged.filter(pl.col("accelerator") == device.name)["accelerator_count"].max()
    return int(largest) if largest else None


def _share(wanted: dict[str, Any], logged: pl.DataFrame, device: Accelerator) -> tuple[Efficiency, str]:
    if wanted.get("mfu") is not None:
        share = float(wanted["mfu"])
        return Efficiency(share, share, share, share, 0), "plan"
    found = efficiency(logged, device.name, "goodput") or efficiency(logged, device.name, "mfu")
    if found is not None:
        return found, "logged"
    return Efficiency(DEFAULT_MFU, DEFAULT_MFU, DEFAULT_MFU, DEFAULT_MFU, 0), "assumed"
