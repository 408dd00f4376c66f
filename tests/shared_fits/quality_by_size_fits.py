"""Is the quality of a pool linear in ln N? 133 runs of DataComp-LM (Li et al. 2024) at three model sizes.

What can be asked: nine pools were trained at all of 412 M, 1.4 B and 6.9 B parameters with data in proportion to them. A
pool's offset from the mean of the pools at a size is its quality in units of the score. Offsets that are constant in N leave
only noise between the largest and the smallest size; offsets that are linear in ln N leave only noise in the middle one
against the line through the others. Noise is the spread of runs of one pool, size and amount of data, which differ in seed
and tuning. On CORE an equal quality at the smallest and the largest size is not rejected, and linearity is not at one in
twenty (p .06); on HellaSwag the middle size lies off the line, because the score itself is steepest there. What cannot be
asked: the law's quality q counts data, and to turn a score into data one needs what more data bring at each size. Two sizes
have runs of more data, the smallest has none, and no run of the file has a loss. So `pooled_effective_loss_by_size` cannot be
fitted here: its linear form is neither supported nor refuted in its own units.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import chi2

SIZES = (411_616_256, 1_439_795_200, 6_889_410_560)
SCORES = {"CORE": "low_variance_core", "HellaSwag": "acc__hellaswag"}


@dataclass(frozen=True)
class Offsets:
    """Scores of the pools at three sizes (P, 3), each the mean of `counts` runs of noise `noise` (standard deviation)."""

    scores: np.ndarray
    counts: np.ndarray
    noise: float

    def p_value(self, contrast: np.ndarray) -> float:
        """Chance of a spread of the contrast over the pools as large as this, if noise is all there is."""
        found = self.scores @ contrast
        weight = 1 / (self.noise**2 * (contrast**2 / self.counts).sum(axis=1))
        mean = (weight * found).sum() / weight.sum()
        return float(chi2.sf((weight * (found - mean) ** 2).sum(), len(found) - 1))

    @property
    def constant(self) -> float:
        """The chance under: a pool's offset is the same at the smallest and the largest size."""
        return self.p_value(np.array([-1.0, 0.0, 1.0]))

    @property
    def linear(self) -> float:
        """The chance under: the offset at the middle size lies on the line in ln N through the others."""
        small, middle, large = np.log(SIZES)
        part = (middle - small) / (large - small)
        return self.p_value(np.array([-(1 - part), 1.0, -part]))


def runs(data: Path, score: str) -> pl.DataFrame:
    """Pool, size, multiple of the usual amount of data, and score of each run that did not fail."""
    every = pl.read_csv(data / "dclm" / "runs.csv", infer_schema_length=None).filter(~pl.col("failed"))
    amount = pl.col("chinchilla_multiplier").round(0)
    return every.select("params", pool="dataset_name", amount=amount, score=SCORES[score]).drop_nulls()


def offsets(data: Path, score: str) -> Offsets:
    """The pools that were trained at all three sizes with the usual amount of data."""
    every = runs(data, score)
    groups = every.group_by("pool", "params", "amount").agg(n=pl.len(), spread=pl.col("score").var()).filter(pl.col("n") > 1)
    noise = np.sqrt((groups["spread"] * (groups["n"] - 1)).sum() / (groups["n"] - 1).sum())
    usual = every.filter(amount=1).group_by("pool", "params").agg(n=pl.len(), score=pl.col("score").mean())
    wide = usual.pivot(on="params", index="pool", values=["score", "n"]).drop_nulls().sort("pool")
    columns = [[f"{name}_{size}" for size in SIZES] for name in ("score", "n")]
    scores, counts = (wide.select(names).to_numpy().astype(float) for names in columns)
    return Offsets(scores, counts, float(noise))


def slopes(data: Path, score: str) -> dict[int, np.ndarray]:
    """Score gained by e times the data, for each size that has pools with two amounts of it."""
    means = runs(data, score).group_by("pool", "params", "amount").agg(score=pl.col("score").mean())
    usual, more = means.filter(amount=1), means.filter(pl.col("amount") > 1)
    both = more.join(usual, on=["pool", "params"], suffix="_usual")
    gained = both.with_columns(slope=(pl.col("score") - pl.col("score_usual")) / pl.col("amount").log())
    return {int(size): part["slope"].to_numpy() for (size,), part in gained.group_by("params")}


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    return [row for score in SCORES for row in _rows(data, score)]


def _rows(data: Path, score: str) -> list[dict[str, str]]:
    found, gained = offsets(data, score), slopes(data, score)
    spread = ", ".join(f"{s:.3f}" for s in found.scores.std(axis=0, ddof=1))
    said = ", ".join(f"{v.mean():.3f} at {size / 1e9:.1f} B ({len(v)} pools)" for size, v in sorted(gained.items()))
    told = {
        "spread of the pools at 0.4, 1.4, 6.9 B": f"{spread}; noise of a run {found.noise:.3f}",
        "p of a quality constant in N": f"{found.constant:.2g}",
        "p of a quality linear in ln N": f"{found.linear:.2g}",
        "score for e times the data": said,
    }
    return [{"data": f"{len(found.scores)} pools, {score}", "what": w, "measured": m, "reference": ""} for w, m in told.items()]
