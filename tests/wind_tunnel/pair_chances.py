"""Which of two pool sets is better: how surely plans say so, with and without the law's error by pool, and how often it is so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl

from pipeline.errors import LawbookError
from pipeline.fitting import Fit, fit
from pipeline.fitting.result import Misfit
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.laws import laws
from pipeline.planning.setting import Setting
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Study
from pipeline.study.observations import observations, pool_order, without_needs
from pipeline.study.studies import load_studies

ALIKE = 0.02
"""Budgets whose logarithms differ by less count as one."""


def pairs(found: Fit, runs: pl.DataFrame, new: frozenset[str] | None = None) -> pl.DataFrame:
    """One row a pair of sets at one budget, at least one of them in `new`: how surely one is said to be better (0.5 to 1),
    whether it is, and whether the difference of ln value lies in the 90 % interval of two new runs' difference."""
    setting = Setting(found, SimpleNamespace(study="pairs", metric=None, plan={}), runs)  # type: ignore[arg-type]
    held = [{part["pool"]: part["share"] for part in members} for members in runs["members"]]
    share = np.array([[row.get(pool, 0.0) for pool in setting.pools] for row in held])
    drawn = found.predict_draws(runs, misfit=False)
    log_drawn = np.log(setting.with_law_error_of_sets(drawn, share, found.law_error(runs)))
    noise = found.residual_sd * (1.0 if found.log_residuals else 1.0 / runs["value"].to_numpy())
    noise = noise * np.random.default_rng(0).standard_normal(drawn.shape)
    log_value, seen, pools = np.log(runs["value"].to_numpy()), np.log(runs["data_seen"].to_numpy()), runs["pool"]
    rows = []
    for i, j in combinations(range(runs.height), 2):
        same = abs(seen[i] - seen[j]) > ALIKE or np.allclose(share[i], share[j])
        if same or (new is not None and not {pools[i], pools[j]} & new):
            continue
        gap = log_drawn[:, i] - log_drawn[:, j]
        if not np.isfinite(gap).all():  # of a pool that too few runs inform nothing is said
            continue
        first = (gap < 0).mean()
        low, high = np.quantile(gap + noise[:, i] - noise[:, j], [0.05, 0.95])
        actual = log_value[i] - log_value[j]
        rows.append((max(first, 1 - first), (actual < 0) == (first > 0.5), low <= actual <= high))
    return pl.DataFrame(rows, schema=["said", "right", "inside"], orient="row")


def compared(found: Fit, runs: pl.DataFrame, new: frozenset[str] | None = None) -> pl.DataFrame:
    """The pairs of a fit as plans judge them, and without the law's error."""
    alone = pairs(replace(found, misfit=Misfit()), runs, new).rename(lambda name: f"{name}_alone")
    return pl.concat([pairs(found, runs, new), alone], how="horizontal")


def of_the_wind_tunnel(warehouse: Warehouse, study: Study, law: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """Mixtures and sealed runs by a fit to single pools and nested sets; sealed runs by a fit to all others; rolling origins."""
    every = study.model_copy(update={"runs": "dataset = 'wind-tunnel-pools' AND recipe = 'baseline' AND width = 32"})
    runs = observations(warehouse.connection, every).filter("used")
    mean = runs.with_columns(pl.col("value").mean().over("pool", "data_seen"))
    asked = mean.unique(["pool", "data_seen"], keep="first", maintain_order=True)
    plain, sealed = pl.col("pool").str.contains("-|mix").not_(), pl.col("run_id").str.starts_with("sealed-")
    known, order = runs.filter(~sealed), pool_order(warehouse.connection, runs)
    yield "left out", made(study, law, known.filter(plain), asked.filter(~plain | sealed), order)
    yield "sealed", made(study, law, known, asked.filter(sealed), order)
    for origin in sorted(known["data_seen"].unique())[2:]:
        before, later = known.filter(pl.col("data_seen") < origin), asked.filter(pl.col("data_seen") >= origin)
        yield "rolling origin", made(study, law, before, later, order)


def of_the_clip_pools(warehouse: Warehouse, study: Study, law: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each mixture against all other runs, by a fit without it; and later budgets by a fit to earlier ones."""
    runs = observations(warehouse.connection, study).filter("used")
    order = pool_order(warehouse.connection, runs)
    for mixture in runs.filter(pl.col("members").list.len() > 1)["pool"].unique().sort():
        others = runs.filter(pl.col("pool") != mixture)
        yield "left out", made(study, law, others, at_budgets(runs), order, frozenset([mixture]))
    for origin in (51.2e6, 83e6):
        before = runs.filter(pl.col("data_seen") <= origin)
        yield "rolling origin", made(study, law, before, at_budgets(runs).filter(pl.col("data_seen") > 1.1 * origin), order)


def at_budgets(runs: pl.DataFrame) -> pl.DataFrame:
    """Each set's curve at common budgets, ln value linear in ln samples."""
    rows = []
    for _, curve in runs.sort("data_seen").group_by("pool", maintain_order=True):
        seen, value = np.log(curve["data_seen"].to_numpy()), np.log(curve["value"].to_numpy())
        for budget in np.array([19.2e6, 32e6, 51.2e6, 64e6, 83e6, 102e6, 115e6, 128e6]):
            if seen[0] - ALIKE <= np.log(budget) <= seen[-1] + ALIKE:
                given = {"data_seen": float(budget), "value": float(np.exp(np.interp(np.log(budget), seen, value)))}
                rows.append(curve.head(1).with_columns(**{name: pl.lit(x) for name, x in given.items()}))
    return pl.concat(rows)


def made(
    study: Study, law: str, known: pl.DataFrame, asked: pl.DataFrame, order: tuple[str, ...], new: frozenset[str] | None = None
) -> pl.DataFrame:
    """Pairs by one fit; none where it is refused."""
    fix, prior = study.constants_for(laws[law])
    try:
        rows = without_needs(laws[law], known)
        found = fit(laws[law], rows, draws=400, fix=fix or None, prior=prior or None, pools=order)
    except LawbookError:
        return pl.DataFrame()
    return pl.DataFrame() if found.grade == "refused" else compared(found, asked, new)


def table(data: Path, root: Path) -> pl.DataFrame:
    """Said, right and inside over all pairs of each source and kind."""
    sources = {
        "wind tunnel": (
            "wind-tunnel-filtering",
            of_the_wind_tunnel,
            ("pooled_effective_loss", "repeated_utility", "effective_data"),
        ),
        "clip pools": ("clip-pools", of_the_clip_pools, ("pooled_effective_data", "annealed_effective_data", "repeated_utility")),
    }
    root.mkdir(parents=True)
    (root / "config.toml").write_text(f'[watch]\nclip = "{data / "clip_pools_buckets"}"\n')
    home = Home.demo(root)
    (home.studies / "clip-pools.toml").write_text((Path(__file__).parents[1] / "public/studies/clip-pools.toml").read_text())
    studies = {study.study: study for study in load_studies(home)[0]}
    with Warehouse(home) as warehouse:
        ingest(home, warehouse=warehouse)
        parts = [
            found.with_columns(source=pl.lit(source), kind=pl.lit(kind), law=pl.lit(law))
            for source, (study, ask, names) in sources.items()
            for law in names
            for kind, found in ask(warehouse, studies[study], law)
            if found.height
        ]
    numbers = pl.col("said", "right", "inside", "said_alone", "right_alone", "inside_alone").mean()
    return (
        pl.concat(parts)
        .group_by("source", "kind", maintain_order=True)
        .agg(pl.len().alias("pairs"), pl.col("law").unique(), numbers)
    )
