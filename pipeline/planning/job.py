"""On what a planned run would train: device, count, price and the share of the peak it would reach, from [plan] and the logs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import PlanError
from pipeline.hardware import Accelerator, load_hardware
from pipeline.planning.money import DEFAULT_MFU
from pipeline.planning.setting import Setting
from pipeline.planning.throughput import Efficiency, efficiency, logged_efficiency

DEFAULT_COUNT = 8  # one node


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


def job_of(setting: Setting) -> Job:
    """What [plan] says (accelerator, accelerator_count, price, mfu, deadline_days, money), else the logs, else the table."""
    wanted = setting.study.plan or {}
    table = load_hardware(Path(wanted["hardware"]) if wanted.get("hardware") else None)
    logged = logged_efficiency(setting.runs, table)
    device = table.accelerator(wanted.get("accelerator") or _usual(logged))
    share, source = _share(wanted, logged, device)
    count = _positive(setting, "accelerator_count")
    price = _positive(setting, "price")
    return Job(
        accelerator=device,
        count=_count(count, logged, device),
        price=device.price if price is None else price,
        currency=table.currency,
        share=share,
        source=source,
        deadline_days=_positive(setting, "deadline_days"),
        money=_positive(setting, "money"),
    )


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


def _positive(setting: Setting, key: str) -> float | None:
    value = (setting.study.plan or {}).get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise PlanError(f"study {setting.study.study!r}, [plan] {key} = {value!r} must be one positive number")
    return float(value)
