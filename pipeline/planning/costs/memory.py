"""Bytes that a training run needs on each device, and whether they fit (ZeRO, Rajbhandari et al. 2020; ZeRO-Infinity 2021).

Mixed-precision Adam keeps 16 bytes a parameter: 2 weights, 2 gradients, 12 optimizer state (fp32 copy, two moments).
Ψ parameters on N_d data-parallel devices:  stage 0: 16 Ψ;  1: 4 Ψ + 12 Ψ/N_d;  2: 2 Ψ + 14 Ψ/N_d;  3: 16 Ψ/N_d.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import PlanError

REPLICATED_BYTES = {0: 16, 1: 4, 2: 2, 3: 0}  # a parameter, on every device; the rest of the 16 is split
RESERVED = 0.08  # of the device: context, buffers of the collectives, fragmentation
ASPECT_RATIO = 128  # width / layers of the transformers that public sweeps train; used only where a run's shape is unknown


@dataclass(frozen=True)
class Shape:
    """A transformer's shape: `layers` and `width` (hidden size), `heads` attention heads."""

    layers: int
    width: int
    heads: int

    @property
    def params(self) -> float:
        """12 L h²: parameters of the blocks, without embeddings."""
        return 12.0 * self.layers * self.width**2


@dataclass(frozen=True)
class Held:
    """What a device takes a step, whose activations it holds: `sequences` of `sequence_length` tokens."""

    sequences: int = 1
    sequence_length: int = 2048


ONE_SEQUENCE = Held()


@dataclass(frozen=True)
class MemoryPlan:
    """The least sharded way that fits: ZeRO `stage`, `bytes_needed` on each device of `bytes_available`."""

    stage: int
    bytes_needed: float
    bytes_available: float

    @property
    def fits(self) -> bool:
        return self.bytes_needed <= self.bytes_available


def model_state_bytes(params: float, stage: int = 0, data_parallel: int = 1) -> float:
    """Bytes of weights, gradients and Adam's state on each of `data_parallel` devices under ZeRO `stage`."""
    if stage not in REPLICATED_BYTES:
        raise PlanError(f"ZeRO stage {stage} does not exist", fix=f"choose one of {sorted(REPLICATED_BYTES)}")
    if data_parallel < 1:
        raise PlanError(f"data_parallel = {data_parallel} must be at least 1", fix="give the number of replicas")
    replicated = REPLICATED_BYTES[stage]
    return params * (replicated + (16 - replicated) / data_parallel)


def checkpoint_bytes(shape: Shape, batch: int, sequence_length: int, every: int = 1) -> float:
    """2 · batch · T · h · L / every: bytes of fp16 activations kept when each `every`-th block is checkpointed."""
    return 2.0 * batch * sequence_length * shape.width * shape.layers / every


def flash_working_bytes(shape: Shape, batch: int, sequence_length: int, every: int = 1) -> float:
    """The same without stored scores (fused attention keeps none)."""
    return float(batch) * sequence_length * every * 16 * shape.width


def guessed_shape(params: float, aspect_ratio: float = ASPECT_RATIO, head_dim: int = 128) -> Shape:
    """A transformer of `params` parameters with width = aspect_ratio · layers: N = 12 · aspect² · L³."""
    layers = max(1, round((params / (12 * aspect_ratio**2)) ** (1 / 3)))
    width = max(1, round((params / (12 * layers)) ** 0.5))
    return Shape(layers, width, max(1, round(width / head_dim)))


def bandwidth_efficiency(intensity: float, bandwidth: float, peak: float) -> float:
    """ait·bw / (ait·bw + peak): share of time that computes where `intensity` FLOP are done a byte moved at `bandwidth` B/s."""
    return intensity * bandwidth / (intensity * bandwidth + peak)


def memory_plan(
    params: float, memory_bytes: float, count: int, *, shape: Shape | None = None, held: Held = ONE_SEQUENCE
) -> MemoryPlan:
    """The lowest ZeRO stage whose states and activations (of `held`, every block checkpointed, fused attention) fit.

    Where none fits, the plan of stage 3 is returned with `fits` False: split the model itself, or take more devices.
    """
    shape = guessed_shape(params) if shape is None else shape
    step = held.sequences, held.sequence_length
    activations = checkpoint_bytes(shape, *step) + flash_working_bytes(shape, *step)
    available = memory_bytes * (1 - RESERVED)
    plans = [
        MemoryPlan(stage, model_state_bytes(params, stage, count) + activations, available) for stage in sorted(REPLICATED_BYTES)
    ]
    return next((plan for plan in plans if plan.fits), plans[-1])
