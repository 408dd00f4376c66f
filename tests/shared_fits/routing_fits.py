"""Routed models: the bilinear law refitted for each router, with and without saturation of the experts."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.laws import laws

ROUTERS = ("S-Base", "RL-R", "Hash")
LN10 = float(np.log(10))


def runs(data: Path) -> pl.DataFrame:
    """The last evaluation of each run with one expert a token in every second layer, the paper's default, with dense runs."""
    with gzip.open(data / "routing" / "curves.csv.gz") as file:
        log = pl.read_csv(file.read())
    last = log.sort("step").group_by("hyper_id", maintain_order=True).last()
    usual = last.filter((pl.col("k") == 1) & (pl.col("routing_frequency") == 0.5))
    return usual.select(
        "router_type",
        params_nonembedding=pl.col("dense_parameter_count").cast(float),
        experts=pl.col("num_experts").cast(float),
        value="loss_validation",
    )


def refit(data: Path, router: str, law: str) -> tuple[Fit, float]:
    """The law fitted to a router's runs and the dense ones, and its rms error of ln loss."""
    frame = runs(data).filter(pl.col("router_type").is_in([router, "Dense"]))
    found = fit(laws[law], frame, draws=50)
    return found, float(np.sqrt(np.mean(np.log(found.value(frame) / frame["value"].to_numpy()) ** 2)))


def base_ten(found: Fit) -> dict[str, float]:
    """a, b, c, d as the paper writes them, with logarithms to base 10."""
    p = found.parameters
    return {"a": p["size_slope"], "b": p["expert_slope"], "c": p["interaction"] * LN10, "d": p["intercept"] / LN10}


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    rows = []
    for router in ROUTERS:
        for law in ("routing", "routing_saturating"):
            found, rms = refit(data, router, law)
            values = ", ".join(f"{k} {v:.4f}" for k, v in base_ten(found).items())
            reference = "a -.082, b -.108, c .009, d 1.104 (from memory)" if router == "S-Base" else ""
            measured = f"{values}; rms of ln loss {rms:.4f}; {found.certificate.grade}"
            rows.append(
                {
                    "data": "routing",
                    "what": f"{law}, {router}, {found.n_points} runs",
                    "measured": measured,
                    "reference": reference,
                }
            )
    return rows
