"""Frames as HTML tables. Every text that comes from data is escaped here and nowhere else."""

from __future__ import annotations

from html import escape

import polars as pl

from pipeline.report.numbers import shown

MOST_ROWS = 250
MANY_ROWS = 4  # from which on a column of one value is said once
LONG = 32  # characters, from which on a text may be broken into lines


def html_table(frame: pl.DataFrame, label: str, most: int = MOST_ROWS) -> str:
    """A table that scrolls inside its own box, which the keyboard can reach; estimates and their ends share a cell.

    What all rows say alike stands once, above them. Optional end tags are left out: most cells are short.
    """
    columns, ends = merged(frame)
    if frame.is_empty() or not columns:
        return ""
    once = _said_once(frame, columns)
    columns = [c for c in columns if c not in once]
    head = "".join(f"<th scope=col>{escape(c)}" for c in columns)
    body = "".join(_row(row, columns, ends) for row in frame.head(most).iter_rows(named=True))
    rest = f"<p class=note>{most} of {frame.height} rows; all are in published.duckdb.</p>" if frame.height > most else ""
    start = f'<div class=scroll tabindex=0 role=region aria-label="{escape(label)}"><table class=n>'
    return f"{_once(frame, once, ends)}{start}<thead><tr>{head}<tbody>{body}</table></div>{rest}"


def _said_once(frame: pl.DataFrame, columns: list[str]) -> list[str]:
    """The columns of one value and one interval, in a table of several rows; one column at least stays in these."""
    if frame.height < MANY_ROWS:
        return []
    alike = [c for c in columns if all(frame[part].n_unique() == 1 for part in (c, *_ends(frame, c)))]
    return alike if len(alike) < len(columns) else alike[:-1]


def _ends(frame: pl.DataFrame, column: str) -> list[str]:
    return [end for end in (f"{column}_low", f"{column}_high") if end in frame.columns]


def _once(frame: pl.DataFrame, once: list[str], ends: set[str]) -> str:
    said = {c: _text(frame.row(0, named=True), c, c in ends) for c in once}
    words = "; ".join(f"{escape(c)} {text}" for c, text in said.items() if text)
    return f"<p class=note>In every row: {words}.</p>" if words else ""


def merged(frame: pl.DataFrame) -> tuple[list[str], set[str]]:
    """(columns to show, those of them that have an interval): x_low and x_high go into the cell of x; empty columns go."""
    filled = [c for c in frame.columns if frame[c].null_count() < frame.height]
    with_ends = {c for c in filled if f"{c}_low" in frame.columns and f"{c}_high" in frame.columns}
    inside = {f"{c}_{end}" for c in with_ends for end in ("low", "high")}
    return [c for c in filled if c not in inside and not (c == "cohort" and frame[c].n_unique() == 1)], with_ends


def _row(row: dict[str, object], columns: list[str], ends: set[str]) -> str:
    return "<tr>" + "".join(_cell(row, c, c in ends) for c in columns)


def _cell(row: dict[str, object], column: str, with_ends: bool) -> str:
    value, text = row[column], _text(row, column, with_ends)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return f"<td>{text}"
    return f"<td class=w>{text}" if len(text) > LONG else f"<td class=t>{text}"


def _text(row: dict[str, object], column: str, with_ends: bool) -> str:
    text = escape(shown(row[column], column))
    if with_ends and row[f"{column}_low"] is not None and row[f"{column}_high"] is not None:
        low, high = (escape(shown(row[f"{column}_{end}"], column)) for end in ("low", "high"))
        text += f" <small>({low} – {high})</small>"
    return text
