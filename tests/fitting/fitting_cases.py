"""Sweeps for the tests of fits: the public points, and simulated runs of a known law."""

from pathlib import Path

import numpy as np
import polars as pl

TRUTH = {"E": 1.8172, "A": 477.8, "B": 2143.4, "alpha": 0.3473, "beta": 0.3672}


def chinchilla_points(shared_data: Path, drop: int = 5) -> pl.DataFrame:
    """The digitised points of Besiroglu et al. without the `drop` largest losses; D = C/(6N)."""
    frame = pl.read_csv(shared_data / "epoch_chinchilla" / "svg_extracted_data.csv").sort("loss")
    params, flops = pl.col("Model Size"), pl.col("Training FLOP")
    return frame.head(frame.height - drop).select(params=params, data_seen=flops / (6 * params), loss="loss")


def repetition_runs(shared_data: Path) -> pl.DataFrame:
    """The 182 runs of the published data-constrained fit."""
    frame = pl.read_csv(shared_data / "datablations" / "final_losses.csv").filter(pl.col("in_paper_fit") == 1)
    return frame.select(params="N", data_seen="D_total", data_unique="unique_tokens", loss="val_loss_in_paper_fit")


def sweep(runs: int, seed: int, noise: float = 0.005, points: int = 3, freedom: float = 3.0) -> pl.DataFrame:
    """Simulated runs: sizes and token ratios at random, Student noise by run, a third as much by checkpoint."""
    rng = np.random.default_rng([runs, seed])
    params = np.repeat(10 ** rng.uniform(7.7, 9.7, runs), points)
    part = np.tile(np.array([0.5, 0.75, 1.0])[-points:], runs)
    tokens = params * np.repeat(10 ** rng.uniform(0.3, 2.3, runs), points) * part
    unit = np.sqrt(freedom / (freedom - 2)) if freedom < 100 else 1.0
    by_run = np.repeat(rng.standard_t(freedom, runs), points) / unit * noise
    own = rng.standard_t(freedom, len(params)) / unit * noise / 3
    return pl.DataFrame(
        {
            "run_key": [f"run {i // points}" for i in range(len(params))],
            "params": params,
            "data_seen": tokens,
            "loss": loss_of(params, tokens) * np.exp(by_run + own),
        }
    )


def loss_of(params: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """The true mean loss."""
    return TRUTH["E"] + TRUTH["A"] / params ** TRUTH["alpha"] + TRUTH["B"] / tokens ** TRUTH["beta"]
