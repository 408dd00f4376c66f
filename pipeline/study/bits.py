"""Losses in bits among losses in nats: runs alike in all that the laws read, whose losses are a factor 1/ln 2 = 1.44 apart."""

from math import log

import polars as pl

from pipeline.errors import StudyError
from pipeline.schema.metrics import LOSSES
from pipeline.study.declaration import Study
from pipeline.terminal import counted

FACTOR = 1 / log(2)
NOISE = 0.03
"""Runs that differ by nothing but their seed are nearer than this, relative to their loss."""
APART = 1.2
"""Runs alike whose losses differ by more than this factor differ in something else than their seed."""
ALIKE = ("params", "data_seen", "dataset", "pool", "data_unique")


def refuse_bits_among_nats(study: Study, rows: pl.DataFrame) -> None:
    """Raises StudyError where all runs alike that are far apart are 1/ln 2 apart, each run always on the same side."""
    if study.metric not in LOSSES or "loss_unit" in study.accept:
        return
    apart = _far_apart(study, rows)
    ratio = apart["value"] / apart["low"]
    bits = (ratio / FACTOR - 1).abs() < NOISE
    sides = apart.select("run_key", bits.alias("bits")).unique().height
    if apart.is_empty() or not (bits | (ratio < 1 + NOISE)).all() or sides > apart["run_key"].n_unique():
        return
    high = apart.filter(bits)
    first, runs = high.row(0, named=True), high["run_key"].n_unique()
    raise StudyError(
        f"the same params and data_seen with losses {FACTOR:.2f} apart = 1/ln 2: bits and nats? "
        f"{first['run_id']!r} has {first['value']:.4g}, others alike {first['low']:.4g} ({counted(runs, 'such run')})",
        place=str(study.source),
        fix='give those that are bits [units] loss = "bits per token" in their map, or add loss_unit to `accept` if these values '
        "do compare",
    )


def _far_apart(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """One row a run and place of which runs alike are far apart: `value`, and `low`, the least among them."""
    read = {column for law in study.law_objects() for column in law.columns}
    alike = sorted((read | set(ALIKE)) & set(rows.columns) - {"value"})
    values = (
        rows.filter(pl.col("used") & (pl.col("value") > 0))
        .group_by("run_key", *alike)
        .agg(pl.col("run_id").first(), pl.col("value").min())
    )
    low = pl.col("value").min().over(alike)
    return (
        values.with_columns(low.alias("low")).filter(pl.col("value").max().over(alike) > APART * low).sort("run_id", "data_seen")
    )
