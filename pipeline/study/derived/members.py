"""Members of a run that are no pools in the log: the shares of a mixture in columns of their own, or the family of a model."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipeline.errors import StudyError

MEMBER = pl.List(pl.Struct({"pool": pl.String, "share": pl.Float64, "unique": pl.Float64}))


def column_or_tag(rows: pl.DataFrame, name: str) -> pl.Series:
    """A column of the rows, or the tag of that name, as text where it is a tag."""
    if name in rows.columns:
        return rows[name]
    return pl.Series(name, [tags.get(name) if tags else None for tags in rows["tags"].to_list()], dtype=pl.String)


def one_of(rows: pl.DataFrame, column: str, where: str) -> pl.Series:
    """One member a run, named by a column or tag: all of it comes from there."""
    named = column_or_tag(rows, column).cast(pl.String)
    if named.null_count() == rows.height:
        raise StudyError(f"no run has {column!r}", place=str(where), fix="name a column of runs or a tag")
    lists = [None if pool is None else [{"pool": pool, "share": 1.0, "unique": None}] for pool in named]
    return pl.Series("members", lists, dtype=MEMBER)


def shares(rows: pl.DataFrame, columns: Sequence[str], where: str) -> pl.Series:
    """Members by columns or tags of shares, scaled to sum to 1 in each run, for logs round them; NULL where a run has none.

    Raises StudyError for a column that no run has, and for a share below 0.
    """
    table = pl.DataFrame([column_or_tag(rows, name).cast(pl.Float64, strict=False).alias(name) for name in columns])
    for name in columns:
        if table[name].null_count() == rows.height:
            raise StudyError(f"no run has the share {name!r}", place=str(where), fix="name columns of runs or tags")
        if (table[name].fill_null(0.0) < 0).any():
            raise StudyError(f"a run has a share {name!r} below 0", place=str(where), fix="correct it or leave the run out")
    lists = []
    for row in table.fill_null(0.0).iter_rows(named=True):
        total = sum(row.values())
        own = (
            [{"pool": name, "share": share / total, "unique": None} for name, share in row.items() if share > 0]
            if total
            else None
        )
        lists.append(own)
    return pl.Series("members", lists, dtype=MEMBER)
