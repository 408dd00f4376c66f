"""The best share of scarce text as a law reads it from all small runs of one kind, where a parabola reads three of them.

Below a quarter the losses differ by less than two seeds do, so that the least of six is a matter of chance; how steeply they rise
above it is not, and the law of scarce targets carries that to the flat part.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from pipeline.fitting import fit
from pipeline.fitting.effort import FULL
from pipeline.laws import laws
from pipeline.laws.engine.rows import Rows
from tests.wind_tunnel.measured import final

POOLS = ("scarce", "shuffled")
ONE_SIZE = {"A": 1e-9, "alpha": 0.3, "delta": 0.0}
"""Runs of one size say nothing of size: E holds its part."""
FRESH = 1e12
"""Shuffled text does not run out."""
SHARES = np.linspace(1 / 16, 0.999, 400)


def mixed_runs(tokens: int, unique: int) -> pl.DataFrame:
    """The runs of so many tokens on so much scarce text, as the law reads them, with their share of it."""
    runs = final("scarce", "sealed-scarce").filter(data_seen=tokens, clean_unique=unique)
    sizes = dict(zip(POOLS, (float(unique), FRESH), strict=True))
    parts = [_members({"scarce": share, "shuffled": 1 - share}, sizes) for share in runs["clean_share"]]
    return runs.select(
        "run_id", "clean_share", params=pl.col("params").cast(float), data_seen="data_seen", value="loss"
    ).with_columns(members=pl.Series(parts, dtype=pl.List(pl.Struct({"pool": pl.String, "share": float, "unique": float}))))


def _members(shares: dict[str, float], sizes: dict[str, float]) -> list[dict[str, object]]:
    return [{"pool": pool, "share": share, "unique": sizes[pool]} for pool, share in shares.items() if share]


def share_by_law(runs: pl.DataFrame, tokens: int, unique: int) -> float:
    """Where the law that is fitted to the runs is least."""
    law, effort = laws["scarce_target"], replace(FULL, starts=16)
    found = fit(law, runs, draws=2, fix=ONE_SIZE, pools=POOLS, effort=effort)
    many = len(SHARES)
    amounts = np.tile([float(unique), FRESH], (many, 1))
    members = {"share": np.stack([SHARES, 1 - SHARES], axis=1), "unique": amounts, "size": amounts}
    columns = {"params": np.full(many, runs["params"][0]), "data_seen": np.full(many, float(tokens))}
    values = found.code.value(np.asarray(found.estimate)[None], Rows(columns, members, POOLS, many))[0]
    return float(SHARES[values.argmin()])


def resampled(tokens: int, unique: int, times: int, seed: int = 0) -> np.ndarray:
    """The best share by the law in resamples of the runs of each share."""
    rng = np.random.default_rng(seed)
    each = [part for _, part in mixed_runs(tokens, unique).group_by("clean_share", maintain_order=True)]
    found = []
    for _ in range(times):
        runs = pl.concat([part[rng.integers(0, part.height, part.height).tolist()] for part in each])
        found.append(share_by_law(runs.with_columns(run_key=pl.int_range(pl.len()).cast(pl.String)), tokens, unique))
    return np.array(found)
