"""What a loss costs at each batch, from the curves of the learning rate × batch grid: steps, critical batches, steps at none."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.laws.catalogue.hyperparameters.critical_batch import steps_at_batch
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Law

EASIER = (1.0, 1.01, 1.02, 1.04, 1.08)
"""Target losses of a size, as multiples of the least that every batch reaches."""


def steps_factor(batch: float, critical: float) -> float:
    """S / S_min at this batch, by the law steps_at_batch."""
    given = {"batch_size": batch, "sequence_length": 1.0, "S_least": 1.0, "critical_tokens": critical}
    theta = np.array([[given[parameter.name] for parameter in steps_at_batch.parameters]])
    columns = {name: np.array([given[name]]) for name in steps_at_batch.columns}
    return float(compiled(steps_at_batch).value(theta, Rows(columns))[0, 0])


def _reached(curve: pl.DataFrame, target: float) -> float:
    """The step at which a curve first is at the target, ln step interpolated; infinite where it never is."""
    step, loss = curve["step"].to_numpy().astype(float), np.minimum.accumulate(curve["value"].to_numpy())
    if loss[-1] > target:
        return np.inf
    return float(np.exp(np.interp(-target, -loss, np.log(step))))


def _least_of_all_batches(rows: pl.DataFrame) -> float:
    """The least loss that the best rate of every batch reaches."""
    return float(rows.group_by("batch_size").agg(pl.col("value").min())["value"].max())  # type: ignore[arg-type]  # no NULL


def _crossings(rows: pl.DataFrame, target: float) -> pl.DataFrame:
    """A row a batch: the fewest steps to the target over its learning rates."""
    found = []
    for (_size,), one in rows.group_by("batch_size", maintain_order=True):
        curves = [curve.sort("step") for _, curve in one.group_by("run_key", maintain_order=True)]
        steps = [_reached(curve, target) for curve in curves]
        best = curves[int(np.argmin(steps))].row(0, named=True)
        tokens = min(steps) * best["batch_size"] * best["sequence_length"]
        found.append({**{k: best[k] for k in KEPT}, "step": min(steps), "data_seen": tokens})
    return pl.DataFrame(found).sort("batch_size")


KEPT = ("run_key", "cohort", "batch_size", "sequence_length", "params", "params_nonembedding")


def steps_to_loss(rows: pl.DataFrame, law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """Steps or tokens to the least loss that every batch reaches."""
    made = _crossings(rows, _least_of_all_batches(rows))
    return made.with_columns(value=pl.col(law.response).cast(pl.Float64))


def _critical(made: pl.DataFrame) -> float:
    """Steps = S_least·(1 + critical/batch), a line in 1/batch weighted for equal relative errors."""
    inverse = 1 / (made["batch_size"] * made["sequence_length"]).to_numpy()
    slope, least = np.polyfit(inverse, made["step"].to_numpy(), 1, w=1 / made["step"].to_numpy())
    return float(slope / least) if least > 0 else np.nan


def _frugal(made: pl.DataFrame) -> float:
    """The batch that reaches the loss with the fewest tokens: the low point of a parabola in ln batch, among those tried."""
    batch = np.log((made["batch_size"] * made["sequence_length"]).to_numpy())
    bend, slope, _ = np.polyfit(batch, np.log(made["data_seen"].to_numpy()), 2)
    return float(np.exp(np.clip(-slope / (2 * bend), batch.min(), batch.max()))) if bend > 0 else np.nan


def critical_batches(rows: pl.DataFrame, law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """A row a size and target loss: the critical batch and the batch of the fewest tokens, where the curves have them."""
    found = []
    for (size,), one in rows.group_by("params", maintain_order=True):
        for target in (easier * _least_of_all_batches(one) for easier in EASIER):
            made = _crossings(one, target)
            value = {"critical_batch": _critical(made), "batch_tokens": _frugal(made)}[law.response]
            found.append({"run_key": f"{size:.0f} parameters", "loss": target, "value": value})
    return pl.DataFrame(found).filter(pl.col("value").is_finite())


def steps_min(rows: pl.DataFrame, _law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """The best final loss of each size and batch, its steps divided by 1 + critical/batch of its size."""
    parts = []
    for _, one in rows.group_by("params", maintain_order=True):
        critical = _critical(_crossings(one, _least_of_all_batches(one)))
        last = one.sort("step").group_by("run_key", maintain_order=True).last()
        best = last.sort("value").group_by("batch_size", maintain_order=True).first()
        tokens = best["batch_size"] * best["sequence_length"]
        factor = [steps_factor(batch, critical) for batch in tokens]
        parts.append(best.with_columns(steps_min=best["step"] / pl.Series(factor)))
    return pl.concat(parts)
