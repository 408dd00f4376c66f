"""What is refused, whole files and single rows, and why; fixed rows can be dropped again."""

from datetime import datetime

import duckdb
import polars as pl

from pipeline.ingest.load.batch import Batch, LogFile, raw_row
from pipeline.ingest.load.part_checks import refused_values, typed_view
from pipeline.readers.parts import Part
from pipeline.readers.shape import Refused, Shape
from pipeline.readers.staging import Staged
from pipeline.store.statements import Fragment
from pipeline.store.warehouse import insert_frame

MOST_DETAIL = 4000
"""Characters of a reason that are kept: the draft of a map of a wide table is a page."""


def refuse_rows(batch: Batch, part: Part, staged: Staged) -> None:
    """Puts the rows of `part` that fail a check into quarantine."""
    view, raw = typed_view(part), raw_row([name for name, _ in staged.shape.columns])
    batch.run("insert_refused_rows", refusal=view["refusal"], raw=raw, staged=Fragment(part.relation), good=view["good"])
    if not part.forgiving:
        _note_places(batch, part, view["good"])


def refuse_cells(batch: Batch, part: Part, staged: Staged) -> None:
    """Puts the cells that fail a check into quarantine, of rows that are taken without them."""
    if not batch.one("select_broken_rows")[0]:
        return
    view, raw = typed_view(part), raw_row([name for name, _ in staged.shape.columns])
    pieces = {"cells": view["cells"], "good": view["good"], "whole": view["whole"], "staged": Fragment(part.relation)}
    batch.add(cells=batch.counts("select_refused_cells", **pieces))
    batch.run("insert_refused_cells", raw=raw, **pieces)
    _note_places(batch, part, view["whole"])


def _note_places(batch: Batch, part: Part, whole: Fragment) -> None:
    """Remembers where on their curves refused values lie: a study tells by it a run that diverged from one that ended."""
    if part.values:
        batch.run("insert_unusable_points", whole=whole, staged=Fragment(part.relation), **refused_values(part))


def refuse_conflicts(batch: Batch, part: Part, shape: Shape) -> None:
    """Puts the rows that contradict another row of their file into quarantine."""
    if not batch.one("select_count", table="conflict_rows")[0]:
        return
    batch.add(quarantined=batch.counts("select_rows_by_file", table="conflict_rows"))
    batch.run("insert_conflict_rows", raw=raw_row([name for name, _ in shape.columns]), staged=Fragment(part.relation))


def refuse_lines(batch: Batch) -> None:
    """Puts the lines that could not be split into cells into quarantine, and counts them as rows."""
    refused = batch.counts("select_refused_lines")
    if refused:
        batch.run("insert_refused_lines")
        batch.add(rows=refused, quarantined=refused)


def refuse_file(connection: duckdb.DuckDBPyConnection, file: LogFile, refused: Refused, now: datetime) -> None:
    """Puts a whole file into quarantine; its row number is 0."""
    row = {
        "source_uri": file.source_uri,
        "content_hash": file.content_hash,
        "row_number": 0,
        "reason": refused.reason,
        "detail": refused.detail[:MOST_DETAIL],
        "raw": None,
        "quarantined_at": now,
    }
    insert_frame(connection, "quarantine", pl.DataFrame([row], schema_overrides={"raw": pl.String}))
