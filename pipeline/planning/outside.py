"""Which limits a plan's rows leave: the range of the fitted runs and that of the law's paper, column by column, and conventions.

A plan answers there all the same: the row says how far it is from what anybody has seen.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from pipeline.laws.law import Law
from pipeline.planning.plan import Array
from pipeline.planning.setting import Setting
from pipeline.schema import SIZES
from pipeline.schema.limits import CLOSE, SHARE_OF, Beyond, Unlike, Whose
from pipeline.schema.metrics import Metric

SLACK = 10**CLOSE - 1
ANY = "metric"
"""The response of a law that describes whatever is measured."""
BENCHMARKS = {"score": "higher", "error": "lower"}
"""Responses of laws of any benchmark, and which values of its metric are better."""
TOKENS = "per token"
SHARE_SLACK = 0.02
"""A share that lies this far beyond those of the runs is as good as theirs."""


def outside(setting: Setting, rows: pl.DataFrame) -> pl.Series:
    """For each row the limits that it leaves, like "params 7e+10: the runs have 1e+07 to 1e+09"; None where it leaves none."""
    found: list[list[str]] = [[] for _ in range(rows.height)]
    for name in dict.fromkeys((*setting.law.columns, *(["epochs"] if sees_repeats(setting.law) else []), "flops")):
        values = column(setting, rows, name)
        if values is None:
            continue
        for ends, whose in limits(setting, name):
            low, high = ends[0] * (1 - SLACK), ends[1] * (1 + SLACK)
            for place in np.flatnonzero((values < low) | (values > high)):
                found[place].append(str(Beyond(name, float(values[place]), whose, *ends)))
    for own, told in zip(found, beyond_shares(setting, rows), strict=False):
        own.extend(told)
    for own in found:
        own.extend(map(str, conventions(setting)))
    return pl.Series("outside", [own or None for own in found], dtype=pl.List(pl.String))


def beyond_shares(setting: Setting, rows: pl.DataFrame) -> Iterator[list[str]]:
    """For each row the pools of which it draws a larger or a smaller share than any run did."""
    if not {"pools", "weights"} <= set(rows.columns) or "members" not in setting.runs.columns:
        return
    ranges = _shares_of_runs(setting)
    for pools, weights in rows.select("pools", "weights").iter_rows():
        drawn = dict(zip(pools or (), weights or (), strict=True))
        yield [
            str(Beyond(f"{SHARE_OF}{pool}", share, "the runs", low, high))
            for pool, (low, high) in ranges.items()
            if not low - SHARE_SLACK <= (share := drawn.get(pool, 0.0)) <= high + SHARE_SLACK
        ]


def _shares_of_runs(setting: Setting) -> dict[str, tuple[float, float]]:
    """The least and the largest share that runs drew of each pool; a run that does not draw from it has none of it."""
    mixtures = [{part["pool"]: part["share"] for part in drawn} for drawn in setting.runs["members"].drop_nulls().to_list()]
    shares = {pool: [mixture.get(pool, 0.0) or 0.0 for mixture in mixtures] for pool in setting.pools}
    return {pool: (min(drawn), max(drawn)) for pool, drawn in shares.items() if drawn}


def sees_repeats(law: Law) -> bool:
    """Whether a law tells repeated data from fresh: then more epochs than any run had are a limit that a row leaves."""
    return "unique" in law.member_columns or bool({"data_unique", "epochs"} & set(law.columns))


def conventions(setting: Setting) -> list[Unlike]:
    """What the study measures otherwise than the law: its metric, or what the data are counted in."""
    law, found = setting.law, list[Unlike]()
    if law.response not in (ANY, setting.metric) and not _of_any_benchmark(law, setting.measured):
        found.append(Unlike("metric", setting.metric, law.response))
    units = setting.runs["data_unit"].drop_nulls().unique().to_list() if "data_unit" in setting.runs.columns else []
    if TOKENS in law.response_unit and units and units != ["token"]:
        found.append(Unlike("data_unit", ", ".join(sorted(units)), law.response_unit))
    return found


def _of_any_benchmark(law: Law, metric: Metric) -> bool:
    """Whether a law speaks of benchmarks of any name: of scores, of which more is better, or of errors, a share that falls."""
    return BENCHMARKS.get(law.response) == metric.goal and (law.response == "score" or metric.range == "fraction")


def limits(setting: Setting, name: str) -> Iterator[tuple[tuple[float, float], Whose]]:
    """The ranges of a column, and whose they are."""
    logged = setting.logged(name)
    if logged.size:
        yield (float(logged.min()), float(logged.max())), "the runs"
    if name in setting.law.valid_range:
        yield setting.law.valid_range[name], "the law's paper"


def column(setting: Setting, rows: pl.DataFrame, name: str) -> Array | None:
    """A column of runs among those of a plan table (NaN where it has none): its own, an input, an amount, or from epochs."""
    own = "params" if name in SIZES and name == setting.size_column and name not in rows.columns else name
    if "inputs" in rows.columns and rows["inputs"].dtype != pl.Null:
        entries = pl.element().filter(pl.element().struct.field("key") == name).struct.field("value").first()
        return rows["inputs"].list.eval(entries).list.first().cast(pl.Float64).to_numpy().astype(float)
    if own in rows.columns and rows[own].dtype.is_numeric():  # `axis` is a law's number, but a plan's word for its amounts
        return rows[own].cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(float)
    if name == "data_seen" and {"epochs", "data_unique"} <= set(rows.columns):
        return (rows["epochs"] * rows["data_unique"]).cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(float)
    if name == "data_planned" and "data_seen" in rows.columns:  # a planned run is trained to the end of its schedule
        return column(setting, rows, "data_seen")
    if {"axis", "amount"} <= set(rows.columns):
        counted = pl.when(pl.col("axis").is_in([name, setting.called(name)])).then(pl.col("amount").cast(pl.Float64))
        return rows.select(counted.fill_null(float("nan"))).to_series().to_numpy().astype(float)
    return None
