"""FLOPs to accelerator-hours, days and price, and back from a deadline or a sum of money.

C = (6 N + 12 L H Q T) D          training FLOPs of a dense transformer; the second term is attention (PaLM, appendix B)
accelerator-hours = C / (peak · MFU · 3600);   days = accelerator-hours / (24 · count · availability);
price = accelerator-hours · price per hour / availability.

N: parameters (active ones of a mixture of experts), D: tokens, L layers, H heads, Q head dimension, T sequence length;
peak: dense FLOP/s of one device; MFU: share of it that the model's own FLOPs use while steps run; availability: share of the
wall clock in which steps run; goodput = MFU · availability.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.errors import PlanError
from pipeline.hardware import Accelerator

DEFAULT_MFU = 0.40  # what well-tuned public runs report (PaLM 0.46, GLM-130B 0.33); every row says when it is this and not logged
FULL_RECOMPUTATION = 4 / 3  # a second forward pass: 8 N D instead of 6 N D


@dataclass(frozen=True)
class Attention:
    """Shape of a transformer's attention: `layers`, `heads`, `head_dim` and `sequence_length` (tokens)."""

    layers: int
    heads: int
    head_dim: int
    sequence_length: int

    @property
    def flops_per_token(self) -> float:
        """12 L H Q T: forward and backward FLOPs a token of the attention scores and values."""
        return 12.0 * self.layers * self.heads * self.head_dim * self.sequence_length


@dataclass(frozen=True)
class Bill:
    """What a run takes: `accelerator_hours` of busy devices, wall-clock `days`, `price` in the table's currency."""

    accelerator_hours: float
    days: float
    price: float


def flops_per_token(params: float, attention: Attention | None = None) -> float:
    """Training FLOPs a token: 6 N, and 12 L H Q T for attention where its shape is known."""
    return 6.0 * params + (attention.flops_per_token if attention else 0.0)


def training_flops(params: float, data_seen: float, attention: Attention | None = None, recomputation: float = 1.0) -> float:
    """FLOPs of a training run. `recomputation` 1: the model's (MFU); 4/3: the hardware's when all is recomputed (HFU)."""
    return flops_per_token(params, attention) * data_seen * recomputation


def bill(
    flops: float,
    accelerator: Accelerator,
    count: int,
    *,
    mfu: float = DEFAULT_MFU,
    availability: float = 1.0,
    price: float | None = None,
    dtype: str | None = None,
) -> Bill:
    """Hours, days and price of `flops` model FLOPs on `count` devices. `price` per device-hour replaces the table's."""
    _check(mfu, availability, count)
    hours = flops / (accelerator.peak(dtype) * mfu * 3600)
    rate = accelerator.price if price is None else price
    return Bill(hours, hours / (24 * count * availability), hours * rate / availability)


def flops_by_deadline(
    days: float,
    accelerator: Accelerator,
    count: int,
    *,
    mfu: float = DEFAULT_MFU,
    availability: float = 1.0,
    dtype: str | None = None,
) -> float:
    """The most model FLOPs that `count` devices finish in `days` of wall clock: the inverse of `bill(...).days`."""
    _check(mfu, availability, count)
    return days * 24 * 3600 * count * availability * mfu * accelerator.peak(dtype)


def flops_for_price(
    money: float,
    accelerator: Accelerator,
    *,
    mfu: float = DEFAULT_MFU,
    availability: float = 1.0,
    price: float | None = None,
    dtype: str | None = None,
) -> float:
    """The most model FLOPs that a sum of money buys: the inverse of `bill(...).price`."""
    _check(mfu, availability, 1)
    rate = accelerator.price if price is None else price
    if rate <= 0:
        raise PlanError(
            f"accelerator {accelerator.name!r} has price {rate}: no sum of money limits a run", fix="give [plan] price"
        )
    return money / rate * availability * 3600 * mfu * accelerator.peak(dtype)


def accelerators_for_deadline(
    flops: float,
    days: float,
    accelerator: Accelerator,
    *,
    mfu: float = DEFAULT_MFU,
    availability: float = 1.0,
    dtype: str | None = None,
) -> int:
    """The fewest devices that finish `flops` in `days`, at the same MFU (in truth it falls with the count: `throughput.py`)."""
    alone = flops_by_deadline(days, accelerator, 1, mfu=mfu, availability=availability, dtype=dtype)
    return max(1, math.ceil(flops / alone))


def _check(mfu: float, availability: float, count: int) -> None:
    if not 0 < mfu <= 1:
        raise PlanError(
            f"mfu = {mfu} must lie in (0, 1]", fix="above 1 it counts recomputation or uses a sparse or another dtype's peak"
        )
    if not 0 < availability <= 1:
        raise PlanError(f"availability = {availability} must lie in (0, 1]", fix="give the share of time that devices run")
    if count < 1:
        raise PlanError(f"accelerator_count = {count} must be at least 1", fix="give the number of devices")
