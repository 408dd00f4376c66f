"""What is forecast from what, and by which rival laws: the rounds of `forecast.py`, and the frames that they are fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.laws import laws
from pipeline.laws.law import Law

from .corpus import WINDOW
from .design import Run, load, parameters, pool_unique
from .rivals import joint_power, pooled_logarithm

SHIPPED = Path(__file__).parents[1] / "runs"
RANKED = tuple(level["pool"] for level in load()["pools"]["levels"])


@dataclass(frozen=True)
class Rival:
    """A law with the constants and priors that it is fitted with."""

    law: Law
    fix: Mapping[str, Any] = field(default_factory=dict)
    prior: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Round:
    """The runs of `groups`, forecast from those shipped runs of `files` that `keep` keeps."""

    groups: tuple[str, ...]
    files: tuple[str, ...]
    keep: str
    rivals: tuple[Rival, ...]


ONE_SIZE = {"E": (1.6, 0.15)}
"""What the grid's fit says this size reaches with endless fresh text: the prior of the filtering study."""
ROUNDS = {
    "scale": Round(
        ("sealed-ten", "sealed-fifty"),
        ("grid",),
        "recipe = 'baseline'",
        (
            *(Rival(laws[name]) for name in ("chinchilla", "gadre", "kaplan_size_data", "tabdpt", "farseer")),
            Rival(joint_power()),
        ),
    ),
    "pools": Round(
        ("sealed-pools",),
        ("pools",),
        "recipe = 'baseline' AND width = 32",
        (
            *(Rival(laws[name]) for name in ("repeated_utility", "repeated_utility_released", "effective_data")),
            Rival(laws["pooled_effective_loss"], fix={"A": 1.0, "alpha": 1.0}, prior=ONE_SIZE),
            Rival(pooled_logarithm(), prior=ONE_SIZE),
        ),
    ),
}


def shipped(kind: str, files: tuple[str, ...]) -> pl.DataFrame:
    """The shipped tables of one kind."""
    return pl.concat([pl.read_parquet(SHIPPED / f"{name}.{kind}.parquet") for name in files], how="diagonal_relaxed")


def shipped_frame(wanted: Round) -> pl.DataFrame:
    """The runs that a round learns from, with their final clean validation loss as `value`."""
    loss = shipped("measurements", wanted.files).filter(metric="loss", split="validation", task="clean")
    last = loss.sort("step").group_by("run_id").last().select("run_id", value="value")
    runs = shipped("runs", wanted.files).join(last, on="run_id").filter(pl.sql_expr(wanted.keep)).sort("run_id")
    return _with_members(runs, load())


def declared_frame(runs: list[Run], design: dict) -> pl.DataFrame:
    """Declared runs as rows of the same columns, without a value."""
    base, rows = design["defaults"], []
    for run in runs:
        total, inner = parameters(run.width, run.layers, base["vocabulary"], base["context"])
        row = {"run_id": run.run_id, "params": total, "params_nonembedding": inner, "pool": run.pool or None}
        rows.append(row | {"data_seen": float(run.tokens), "data_unique": float(run.unique)})
    return _with_members(pl.DataFrame(rows), design)


def _with_members(runs: pl.DataFrame, design: dict) -> pl.DataFrame:
    """`run_key`, and the parts of each run's pool where it has one."""
    keyed = runs.with_columns(run_key=pl.col("run_id"))
    if keyed["pool"].is_null().all():
        return keyed.drop("pool")
    return keyed.with_columns(members=pl.Series([members(pool, design) for pool in keyed["pool"]]))


def members(pool: str, design: dict) -> list[dict]:
    """The atomic pools that a pool draws from: share of the run, unique tokens of it, its size."""
    atom, whole = design["pools"]["tokens"], pool_unique(design, pool)
    parts = design["pools"]["unions"].get(pool, {pool: 1.0})
    amounts = {name: float(WINDOW * round(part * (atom // WINDOW))) for name, part in parts.items()}
    return [{"pool": name, "share": n / whole, "unique": n, "size": float(atom)} for name, n in amounts.items()]
