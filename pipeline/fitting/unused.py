"""Which runs a fit leaves out, and why."""

import polars as pl

from pipeline.schema.left_out_words import Reasons


def run_reasons(frame: pl.DataFrame) -> Reasons:
    """The runs of observations: without a reason where any of their points is used, else with the first."""
    key = next((name for name in ("run_key", "run_id") if name in frame.columns), None)
    if key is None or "reason" not in frame.columns:
        return []
    runs = frame.group_by(key, maintain_order=True).agg(
        pl.col("run_id" if "run_id" in frame.columns else key).first().alias("name"),
        pl.when(~pl.col("used").any()).then(pl.col("reason").drop_nulls().first().fill_null("not used")).alias("reason"),
    )
    return runs.select("name", "reason").rows()
