"""Frames as HTML tables. Every text that comes from data is escaped here and nowhere else."""

from __future__ import annotations

from html import escape

import polars as pl

from pipeline.report.numbers import shown

MOST_ROWS = 250
LONG = 32  # characters, from which on a text may be broken into lines


def html_table(frame: pl.DataFrame, label: str, most: int = MOST_ROWS) -> str:
    """A table that scrolls inside its own box, which the keyboard can reach; estimates and their ends share a cell."""
    columns, ends = merged(frame)
    if frame.is_empty() or not columns:
        return ""
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns)
    body = "".join(_row(row, columns, ends) for row in frame.head(most).iter_rows(named=True))
    rest = f"<p class=note>{most} of {frame.height} rows; all are in published.duckdb.</p>" if frame.height > most else ""
    start = f'<div class=scroll tabindex=0 role=region aria-label="{escape(label)}"><table>'
    return f"{start}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{rest}"


def merged(frame: pl.DataFrame) -> tuple[list[str], set[str]]:
    """(columns to show, those of them that have an interval): x_low and x_high go into the cell of x; empty columns go."""
    filled = [c for c in frame.columns if frame[c].null_count() < frame.height]
    with_ends = {c for c in filled if f"{c}_low" in frame.columns and f"{c}_high" in frame.columns}
    inside = {f"{c}_{end}" for c in with_ends for end in ("low", "high")}
    return [c for c in filled if c not in inside and not (c == "cohort" and frame[c].n_unique() == 1)], with_ends


def _row(row: dict[str, object], columns: list[str], ends: set[str]) -> str:
    return "<tr>" + "".join(_cell(row, c, c in ends) for c in columns) + "</tr>"


def _cell(row: dict[str, object], column: str, with_ends: bool) -> str:
    value = row[column]
    text = escape(shown(value, column))
    if with_ends and row[f"{column}_low"] is not None and row[f"{column}_high"] is not None:
        low, high = (escape(shown(row[f"{column}_{end}"], column)) for end in ("low", "high"))
        text += f" <small>({low} – {high})</small>"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number:
        return f"<td class=n>{text}</td>"
    return f"<td class=w>{text}</td>" if len(text) > LONG else f"<td>{text}</td>"
