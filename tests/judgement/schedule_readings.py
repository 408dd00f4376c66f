"""κ and R of the annealed law on CLIP pools of one schedule length beside OpenCLIP runs of three, and a plan by both readings.

κ says how much of effective data a point gains by the end of its schedule. On runs of one length it cannot be told from samples
seen over that length: the two readings (evidence/readings.py) fit the same and part where a plan is longer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import Fit, fit, stack
from pipeline.fitting.evidence.blocks import levels
from pipeline.fitting.evidence.readings import unmoved
from pipeline.laws import laws
from tests.judgement.sweeps import IMAGENET, Sweep, read, store

LAW = "annealed_effective_data"
FOLDERS = ("clip_pools_buckets", "openclip_repetition")
CURVES = {**IMAGENET, "points": "all"}
POOLS = Sweep("clip_pools_buckets", "namespace = 'clip_pools_buckets'", "pools", (), CURVES)
LENGTHS = Sweep("openclip_repetition", "namespace = 'openclip_repetition' AND pool IN ('laion-80M', 'laion-400M')", "pools", (),
                {**CURVES, "group_by": ["architecture"]})  # fmt: skip
LONGER = 5.0
POOLED = "CLIP pools"
DRAWS = 200
HEAD = """
## What annealing does: CLIP pools and OpenCLIP

`annealed_effective_data` on curves of one schedule length (the CLIP pools) and of several (OpenCLIP, 80 M and 400 M pairs, up to
13 and 34 billion samples): κ, the change of ln effective data over a schedule, and R, the repetition constant (one for both
OpenCLIP pools, which are samples of one stream), with their standard errors. *five times longer*: the error that the law says of
the unfiltered set, or of the larger pool, at five times the longest run, as it says and as if the length of a schedule did
nothing, and the 90 % interval of the combination, which carries both.

| runs | schedule lengths | κ | R | grade | five times longer, as annealing | as samples seen | interval |
|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One cohort: its name, its schedule lengths, the fit, and its largest mixture at LONGER times its longest run."""

    name: str
    lengths: int
    fit: Fit
    longer: pl.DataFrame


def cohorts(data: Path) -> Iterator[tuple[str, pl.DataFrame, tuple[str, ...]]]:
    """The curves of the CLIP pools, and of each OpenCLIP architecture with several schedule lengths."""
    with tempfile.TemporaryDirectory() as folder, store(data, Path(folder) / "home", FOLDERS) as warehouse:
        pools = read(warehouse, POOLS)
        yield POOLED, pools.frame, pools.pools
        lengths = read(warehouse, LENGTHS)
        for (name,), own in lengths.frame.group_by("cohort", maintain_order=True):
            if own["data_planned"].n_unique() > 1:
                yield f"OpenCLIP, {name}", own, lengths.pools


def rows(data: Path) -> Iterator[Row]:
    """The fits of all cohorts; two OpenCLIP pools are samples of one stream, so that they fade alike (ρ = 0)."""
    for name, frame, pools in cohorts(data):
        fix = {} if name == POOLED else {"rho": 0.0}
        widest = pl.col("members").list.len() == pl.col("members").list.len().max()
        last = frame.filter(widest).sort("data_seen").tail(1)
        longer = last.with_columns(pl.col("data_seen", "data_planned") * LONGER)
        count = int(levels(frame["data_planned"].unique().to_numpy()).max()) + 1
        yield Row(name, count, fit(laws[LAW], frame, draws=DRAWS, pools=pools, fix=fix), longer)


def section(data: Path) -> str:
    """The section of the page."""
    return HEAD + "\n".join(_line(row) for row in rows(data)) + "\n"


def _line(row: Row) -> str:
    found = dict(zip(row.fit.names, zip(row.fit.estimate, row.fit.std_error, strict=True), strict=True))
    constants = [f"{found[name][0]:.2f} ± {found[name][1]:.2f}" for name in ("kappa", "R")]
    still = unmoved(row.fit)
    moved = float(row.fit.value(row.longer)[0])
    held = float(row.fit.value(row.longer.with_columns(pl.lit(level).alias(name) for name, level in still.items()))[0])
    ends = _ends(row)
    cells = [
        row.name,
        str(row.lengths),
        *constants,
        row.fit.grade,
        f"{moved:.3f}",
        f"{held:.3f}" if still else "told apart",
        ends,
    ]
    return f"| {' | '.join(cells)} |"


def _ends(row: Row) -> str:
    if row.fit.grade == "refused":
        return "refused"
    low, high = np.quantile(stack([row.fit]).predict_draws(row.longer)[:, 0], [0.05, 0.95]).clip(0.0, 1.0)
    return f"{low:.3f}–{high:.3f}"
