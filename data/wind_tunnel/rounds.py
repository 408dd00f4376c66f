"""What is forecast from what, and by which rival laws: the rounds of `forecast.py`, and the frames that they are fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.laws import laws
from pipeline.laws.families import families
from pipeline.laws.law import Law

from .corpus import WINDOW
from .design import Run, declared, expand, load, parameters, pool_unique
from .rivals import harm, joint_power, logarithm, penalty, pooled_logarithm, scarce_target
from .streams import atoms
from .streams import members as stream_members

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
    pools: tuple[str, ...] = ()
    horizon: float = 0.0
    """Decades of compute beyond the runs that the weights of the combination are made for."""
    without: tuple[str, ...] = ()
    """Runs of the groups that had been trained when the round was made."""

    def runs(self) -> list[Run]:
        """The declared runs that are forecast."""
        return [run for run in expand(load()) if run.group in self.groups and run.run_id not in self.without]


ONE_SIZE = {"E": (1.6, 0.15)}
"""What the grid's fit says this size reaches with endless fresh text: the prior of the filtering study."""
GRID = {"A": 127.0, "alpha": 0.623}
"""The size term of chinchilla's fit to the grid: two sizes alone do not tell it from the floor."""
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
    "scale-combined": Round(
        ("sealed-ten", "sealed-fifty"),
        ("grid",),
        "recipe = 'baseline'",
        tuple(Rival(law) for law in families()["size_and_data"]),
        horizon=1.0,
        without=("sealed-ten-d96-t6957k-s0",),
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
        RANKED,
    ),
    "decay": Round(
        ("sealed-decay",),
        ("decay",),
        "weight_decay = 1.0",
        tuple(Rival(law, fix=GRID) for law in (laws["data_constrained"], laws["chinchilla"], logarithm(), penalty())),
    ),
    "scarce": Round(
        ("sealed-scarce",),
        ("scarce",),
        "true",
        (
            Rival(laws["pooled_effective_loss"], fix={"A": 1.0, "alpha": 1.0, "R[shuffled text]": 5.0}, prior=ONE_SIZE),
            Rival(pooled_logarithm(), fix={"R[shuffled text]": 5.0}, prior=ONE_SIZE),
            Rival(scarce_target(), prior=ONE_SIZE),
        ),
        ("scarce text", "shuffled text"),
    ),
    "flip": Round(
        ("sealed-flip",),
        ("flip",),
        "true",
        (Rival(laws["pooled_effective_loss"], fix=GRID | {"R[clean text]": 5.0, "R[noisy text]": 5.0}), Rival(harm(), fix=GRID)),
        ("clean text", "noisy text"),
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
    return declared_frame([declared(run_id) for run_id in runs["run_id"]], load()).join(
        runs.select("run_id", "value"), on="run_id"
    )


def declared_frame(runs: list[Run], design: dict) -> pl.DataFrame:
    """Declared runs as rows of the columns that the rivals read."""
    return pl.DataFrame([_row(run, design) | {"members": members(run, design)} for run in runs], infer_schema_length=None)


def _row(run: Run, design: dict) -> dict:
    base = design["defaults"]
    total, inner = parameters(run.width, run.layers, base["vocabulary"], base["context"])
    sizes = {"params": total, "params_nonembedding": inner}
    clean, unique = run.share * run.tokens, sum(part["unique"] for part in members(run, design)) or float(run.unique)
    data = {
        "data_seen": float(run.tokens),
        "data_unique": unique,
        "clean_unique": float(run.unique),
        "step": run.tokens / run.batch,
    }
    return (
        {"run_id": run.run_id, "run_key": run.run_id} | sizes | data | {"clean_seen": clean, "generic_seen": run.tokens - clean}
    )


def members(run: Run, design: dict) -> list[dict]:
    """The atomic pools that a run draws from: share of the run, unique tokens of it, its size; none where it has no pool."""
    if run.generic:
        sizes = atoms(run.generic, design)
        held = stream_members(run, design)
        return [{"pool": name, "share": share, "unique": n, "size": sizes[name]} for name, (share, n) in held.items()]
    if not run.pool:
        return []
    atom, whole = design["pools"]["tokens"], pool_unique(design, run.pool)
    parts = design["pools"]["unions"].get(run.pool, {run.pool: 1.0})
    amounts = {name: float(WINDOW * round(part * (atom // WINDOW))) for name, part in parts.items()}
    return [{"pool": name, "share": n / whole, "unique": n, "size": float(atom)} for name, n in amounts.items()]
