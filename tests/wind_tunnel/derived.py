"""The columns and responses of laws that no log holds, made from the shipped runs: a builder for each `builder` of a study.

A builder takes a study's observations, the law, and each run's final validation loss; it returns what `fit` reads.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from data.wind_tunnel.schedules import history, warmup_steps
from pipeline.laws.law import Law
from pipeline.planning.sizes.isoflop import flaw, least_size, profiles, valley
from pipeline.study.derived.schedules import annealing_columns, drop_members
from tests.wind_tunnel.batch_sizes import critical_batches, steps_min, steps_to_loss

Builder = Callable[[pl.DataFrame, Law, pl.DataFrame], pl.DataFrame]
SCORES = ("score", "pass_rate", "metric")
PLATEAU, NEAR = 1.0025, 1.01


def annealing(rows: pl.DataFrame, law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """s1 and s2, or s1 and the drops as members, of each run's own learning rates; points of the warm-up are left out."""
    parts = []
    for (_key,), one in rows.group_by("run_key", maintain_order=True):
        run = one.row(0, named=True)
        steps = round(run["data_planned"] / (run["batch_size"] * run["sequence_length"]))
        warmup, rates = warmup_steps(steps), history(run["lr_schedule"], run["peak_lr"], steps)
        later = one.filter(pl.col("step") > warmup).drop("members")
        at = later["step"].to_numpy()
        made = drop_members(rates, at) if law.pooled else annealing_columns(rates, at, warmup=warmup)
        parts.append(later.join(made.with_columns(pl.col("step").cast(later.schema["step"])), on="step"))
    return pl.concat(parts)


def rates(rows: pl.DataFrame, law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """The learning rate itself, after the warm-up."""
    steps = (pl.col("data_planned") / (pl.col("batch_size") * pl.col("sequence_length"))).round()
    return _responding(rows.filter(pl.col("step") > 0.05 * steps + 1), law)


def average_size(rows: pl.DataFrame, _law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """Mean active parameters over tokens: the logged FLOPs are six times their sum over tokens."""
    return rows.with_columns(params_average=pl.col("flops") / (6 * pl.col("data_seen")))


def probe(rows: pl.DataFrame, law: Law, losses: pl.DataFrame) -> pl.DataFrame:
    """Error or score of a probe beside the loss of its run; nobody passes the cloze probe by guessing whole words."""
    joined = rows.join(losses, on="run_key").with_columns(task_loss="loss", chance=0.0)
    scored = _score(joined, law)
    return scored.filter(pl.col("value") > 0) if law.objective.space == "log" else scored


def plateau(rows: pl.DataFrame, law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """Runs within a quarter of a percent of the least loss of their size and tokens; the response is the run's own setting."""
    least = pl.col("value").min().over("params", "data_seen")
    near = rows.filter(pl.col("value") <= PLATEAU * least)
    return _responding(near.with_columns(batch_tokens=pl.col("batch_size") * pl.col("sequence_length")), law)


def best_size(rows: pl.DataFrame, law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """A row a budget: the minimum of a parabola in ln params that its runs bracket."""
    mean = rows.group_by("flops", "params", "params_nonembedding", maintain_order=True).agg(pl.col("value").mean())
    flops, params, loss = (mean[name].to_numpy() for name in ("flops", "params", "value"))
    sizes = mean.unique("params").sort("params").select("params", "params_nonembedding").to_numpy()
    found = []
    for profile in profiles(flops, params, loss):
        near = valley(profile, 2)
        at = float(least_size(near, 2, np.ones((1, len(near.size))))[0][0])
        if flaw(profile, at) in (None, "off-centre"):
            inner = float(np.exp(np.interp(at, np.log(sizes[:, 0]), np.log(sizes[:, 1]))))
            row = {"flops": profile.flops, "params": float(np.exp(at)), "params_nonembedding": inner}
            row |= {"data_seen": profile.flops / (6 * row["params"]), "run_key": f"{profile.flops:.3g} FLOP"}
            found.append(row | {"data_per_param": row["data_seen"] / row["params"]})
    return _responding(pl.DataFrame(found), law)


def frontier(rows: pl.DataFrame, law: Law, losses: pl.DataFrame) -> pl.DataFrame:
    """Runs within a percent of the least loss of their budget."""
    joined = rows.join(losses, on="run_key").with_columns(budget=pl.col("flops").log10().round(1))
    near = joined.filter(pl.col("loss") <= NEAR * pl.col("loss").min().over("budget")).drop("loss")
    return _score(near, law)


def treated(rows: pl.DataFrame, _law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """1 for the second recipe, 0 for the baseline."""
    return rows.with_columns(treated=(pl.col("recipe") != "baseline").cast(pl.Float64))


def perplexity(rows: pl.DataFrame, _law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """exp(loss), a token."""
    return rows.with_columns(pl.col("value").exp())


def sparsity(rows: pl.DataFrame, _law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """Share of the entries of the blocks' matrices, 12 a layer and square width, that are held at zero."""
    return rows.with_columns(value=(pl.col("params") - pl.col("value")) / (12 * pl.col("layers") * pl.col("width") ** 2))


def two_sizes(rows: pl.DataFrame, law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """The two budgets between which the law draws its line."""
    return _score(rows.with_columns(size_small=196608.0, size_large=589824.0), law)


def _score(rows: pl.DataFrame, law: Law) -> pl.DataFrame:
    return rows.with_columns(value=1 - pl.col("value")) if law.response in SCORES else rows


def _responding(rows: pl.DataFrame, law: Law) -> pl.DataFrame:
    """The law's response as the value."""
    return rows.with_columns(value=pl.col(law.response).cast(pl.Float64))


BUILDERS: dict[str, Builder] = {
    builder.__name__: builder
    for builder in (
        annealing,
        rates,
        average_size,
        probe,
        plateau,
        steps_to_loss,
        critical_batches,
        steps_min,
        best_size,
        frontier,
        treated,
        perplexity,
        sparsity,
        two_sizes,
    )
}
