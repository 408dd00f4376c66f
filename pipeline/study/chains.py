"""Chains: a column of the laws that other laws predict of runs which have not logged it, as in size and data -> loss -> error.

    chain = { loss = "chinchilla" }

The first laws are fitted to the link at the ends of the runs, whether or not a run has the study's metric; the others to the
metric beside the link, wherever both were logged. Plans and forecasts then need no more than what the first laws read.
Laws of the study that do not read the link are direct: they predict the metric themselves, at the ends of the runs, and are
rivals of the chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipeline.study.derived.rules import needs_in_words

if TYPE_CHECKING:
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

CHAIN = "laws of the link"
"""The column that tells the link of a chained study, and after it the laws that predict it."""
NO_VALUE = "no value of"
"""How the reason begins why a run without the study's metric is not fitted (sql/study/select_observations.sql)."""


def with_chain(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what `linked` needs of the study's chain; unchanged without one."""
    if study.link is None or rows.is_empty():
        return rows
    return rows.with_columns(pl.lit([study.link, *study.first_laws], pl.List(pl.String)).alias(CHAIN))


def linked(law: Law, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as a first law of a chain takes them, with the link as the value at the end of each run; unchanged for others."""
    if CHAIN not in rows.columns or not rows.height:
        return rows
    link, *first = rows[CHAIN][0].to_list()
    if law.name not in first:
        return rows if _reads(law, link) else _ends(rows, "not the end of its run, where a law beside the chain is fitted")
    value = pl.col(link).cast(pl.Float64) if link in rows.columns else pl.lit(None, pl.Float64)
    found = rows.with_columns(value.alias("value"), pl.lit(link).alias("metric"))
    if "reason" not in rows.columns:
        return found
    others = pl.when(~pl.col("reason").str.starts_with(NO_VALUE)).then("reason")
    lacking = pl.when(pl.col("value").is_null()).then(pl.lit(f"no {link}{needs_in_words(link)}"))
    marked = found.with_columns(pl.coalesce(others, lacking).alias("reason"))
    return _ends(marked, f"not the end of its run, where {link} is predicted")


def direct(study: Study, law: Law) -> bool:
    """Whether a law predicts the metric of a chained study without its link: a rival of the chain."""
    return study.link is not None and law.name not in study.first_laws and not _reads(law, study.link)


def _reads(law: Law, link: str) -> bool:
    """Whether a law reads the link, or is a chain through it."""
    return link in law.columns or getattr(law, "link", "") == link


def _ends(rows: pl.DataFrame, why: str) -> pl.DataFrame:
    """The rows with a reason on every point before the last one of its run that counts."""
    if "reason" not in rows.columns:
        return rows
    end = pl.when(pl.col("reason").is_null()).then("data_seen").max().over("run_key")
    early = pl.when(pl.col("data_seen") < end).then(pl.lit(why))
    return rows.with_columns(pl.coalesce("reason", early).alias("reason"))
