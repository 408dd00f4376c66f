"""Vocabulary: best vocabulary by compute (the paper's approach 1) and its three-part law (approach 3) on the released runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.laws import laws
from pipeline.laws.law import Objective

CELL = ("params_nonembedding", "params_vocabulary")
RANGES = ((1e17, 3e19), (3e17, 3e19), (1e18, 3e19), (1e17, 1e20), (3e17, 1e20), (1e18, 1e20))


def runs(data: Path) -> pl.DataFrame:
    """Every point with canonical columns; data is in characters, the loss is less the unigram loss and negative."""
    return pl.read_csv(data / "vocab_scaling" / "exp_data.csv").select(
        params_nonembedding="Non_vocab_parameters",
        params_vocabulary=pl.col("vocab_size") * pl.col("embed_dim"),
        data_seen="num_characters",
        flops="FLOPs",
        value="Lossu",
    )


def envelope(data: Path, low: float, high: float, points: int = 60) -> pl.DataFrame:
    """The size and vocabulary of the least loss at each budget, by interpolation of every curve in ln FLOP."""
    best = []
    curves = [(cell, g.sort("flops")) for cell, g in runs(data).group_by(CELL, maintain_order=True)]
    for budget in np.geomspace(low, high, points):
        inside = [
            (float(np.interp(np.log(budget), np.log(g["flops"]), g["value"])), *cell)
            for cell, g in curves
            if g["flops"].min() <= budget <= g["flops"].max()
        ]
        best.append((*min(inside), float(budget)))
    return pl.DataFrame(best, schema=["loss", *CELL, "flops"], orient="row")


def exponents(data: Path, low: float, high: float) -> dict[str, float]:
    """Exponents of best size and best vocabulary in compute (least squares in logs), and how vocabulary grows with size."""
    frame = envelope(data, low, high)
    logs = Objective(loss="l2")
    found = {c: fit(laws["modality_best_size"], frame.with_columns(value=pl.col(c)), draws=4, objective=logs) for c in CELL}
    size, vocabulary = (found[c].parameters["alpha"] for c in CELL)
    return {"size": size, "vocabulary": vocabulary, "growth": vocabulary / size}


def growths(data: Path) -> dict[tuple[float, float], float]:
    """The growth exponent for each choice of the range of budgets: six sizes leave it loose."""
    return {choice: exponents(data, *choice)["growth"] for choice in RANGES}


def three_parts(data: Path) -> tuple[Fit, float]:
    """Approach 3 on all points, and its rms error."""
    frame = runs(data)
    found = fit(laws["vocabulary"], frame, draws=4)
    return found, float(np.sqrt(np.mean((found.value(frame) - frame["value"].to_numpy()) ** 2)))


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    found = growths(data)
    text = ", ".join(f"{value:.3f} ({low:g} to {high:g} FLOP)" for (low, high), value in found.items())
    fit_, rms = three_parts(data)
    reasons = "; ".join(fit_.certificate.reasons) or "no reasons"
    return [
        {
            "data": "vocab_scaling",
            "what": "growth of the best vocabulary with the best size, by range of budgets",
            "measured": text,
            "reference": "growth .83 to .84",
        },
        {
            "data": "vocab_scaling",
            "what": "vocabulary, all 1200 points",
            "measured": f"rms {rms:.3f}; {fit_.certificate.grade}: {reasons}",
            "reference": "",
        },
    ]
