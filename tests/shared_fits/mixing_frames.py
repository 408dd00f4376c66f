"""Runs of Ye et al. 2024 as frames of mixtures; the domains that they validate on in five groups, and over all.

Traps: rows without a step are the last checkpoint of no named mixture; domains of a mixture are named by place (d1, d2, ...), as
the order of 5Mix and RedPajama is not in the file; proportions are rounded, so they are scaled to sum to 1.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.study.derived.members import shares

GROUPS = {
    "academic": ["ArXiv", "FreeLaw", "NIH_ExPorter", "PhilPapers", "PubMed_Abstracts", "PubMed_Central", "USPTO_Backgrounds"],
    "prose": ["BookCorpus2", "Books3", "PG19"],
    "dialogue": ["Enron_Emails", "EuroParl", "HackerNews", "OpenSubtitles", "Ubuntu_IRC", "YoutubeSubtitles"],
    "symbolic": ["DM_Mathematics", "Github"],
    "internet": ["OpenWebText2", "Pile-CC", "StackExchange", "Wikipedia_en"],
}
PARAMS = {"70M": 18_915_328, "160M": 85_056_000, "305M": 201_541_632, "410M": 302_311_424, "1B": 805_736_448}
"""Parameters without embeddings, of the Pythia sizes that the runs are named after."""
STEP_TOKENS = 2.0**20
FITTED, TARGET = "30000", "100000"
"""Steps of the authors' file: the 410M losses that their law was fitted to, and the 1B losses that it was asked for."""


@cache
def losses(data: Path) -> pl.DataFrame:
    """experiment, size, mixture, step, domain, loss: one row each, runs without a named mixture left out."""
    log = pl.read_parquet(data / "mixing_laws" / "losses.parquet").with_columns(pl.col(pl.Categorical).cast(pl.String))
    named = log.filter(pl.col("step").is_not_null() & (pl.col("mixture") != ""))
    columns = ("experiment", "mixture", "step")
    return named.select(*columns, size="model_size", domain="valid_domain", loss=pl.col("loss").cast(float)).unique(
        ["experiment", "size", "mixture", "step", "domain"], keep="first", maintain_order=True
    )


@cache
def authors(data: Path, group: str, steps: str) -> pl.DataFrame:
    """mixture, stated and observed of the authors' file, whose pairs are (prediction, observation)."""
    pairs = json.loads((data / "mixing_laws" / "RPJ.predictions.json").read_text())[group]
    rows = [{"mixture": m, "stated": pair[steps][0], "observed": pair[steps][1]} for m, pair in pairs.items() if steps in pair]
    return pl.DataFrame(rows)


@cache
def weights(data: Path, group: str) -> dict[str, float]:
    """The part of each validation domain in a group, or of each group in `full`: what gives the authors' observed column."""
    stated = authors(data, group, FITTED)
    seen = by_group(data, "RedPajama") if group == "full" else losses(data).filter(experiment="RedPajama")
    parts = [*GROUPS] if group == "full" else GROUPS[group]
    wide = seen.filter(size="410M", step=int(FITTED)).pivot("domain", index="mixture", values="loss")
    joined = stated.join(wide, on="mixture", maintain_order="left")
    found, *_ = np.linalg.lstsq(joined.select(parts).to_numpy(), joined["observed"].to_numpy(), rcond=None)
    return dict(zip(parts, map(float, found), strict=True))


@cache
def by_group(data: Path, experiment: str) -> pl.DataFrame:
    """`losses` of an experiment with the five groups as domains; a point that lacks a domain of its group is left out."""
    found = []
    for group, domains in GROUPS.items():
        part = pl.DataFrame({"domain": domains, "part": [weights(data, group)[d] for d in domains]})
        rows = losses(data).filter(experiment=experiment).join(part, on="domain")
        whole = rows.group_by("experiment", "mixture", "step", "size", maintain_order=True).agg(
            loss=(pl.col("loss") * pl.col("part")).sum(), parts=pl.len()
        )
        found.append(whole.filter(parts=len(domains)).drop("parts").with_columns(domain=pl.lit(group)))
    return pl.concat(found)


@cache
def overall(data: Path, experiment: str) -> pl.DataFrame:
    """`by_group` summed to the one loss over all validation domains, as the domain `full`."""
    part = pl.DataFrame({"domain": [*GROUPS], "part": [weights(data, "full")[g] for g in GROUPS]})
    rows = by_group(data, experiment).join(part, on="domain")
    whole = rows.group_by("experiment", "mixture", "step", "size", maintain_order=True).agg(
        loss=(pl.col("loss") * pl.col("part")).sum(), parts=pl.len()
    )
    return whole.filter(parts=len(GROUPS)).drop("parts").with_columns(domain=pl.lit("full"))


def as_mixtures(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Rows of one size, step and domain as a frame for mixture laws (run_key, value, members), and the names of the domains."""
    ordered = rows.sort("mixture")
    parts = np.array([[float(x) for x in mixture.split("-")] for mixture in ordered["mixture"]])
    names = [f"d{i + 1}" for i in range(parts.shape[1])]
    frame = ordered.select(run_key="mixture", value="loss").with_columns(pl.DataFrame(parts, schema=names))
    return frame.with_columns(shares(frame, names, "mixture")).drop(names), names


def as_runs(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of one mixture and domain as a frame for laws of size and data (run_key, value, params, data_seen)."""
    size = pl.col("size").replace_strict(PARAMS, return_dtype=pl.Float64)
    return rows.select(run_key="size", value="loss", params=size, data_seen=pl.col("step") * STEP_TOKENS).sort(
        "params", "data_seen"
    )
