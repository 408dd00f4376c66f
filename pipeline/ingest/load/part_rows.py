"""The rows of one part of a batch: checked, ingested, rejected or counted as duplicates, so that every one is accounted for."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.ingest.load.batch import Batch
from pipeline.ingest.load.cells import planned_for
from pipeline.ingest.load.identity import take_logs, take_pools, take_replaced_cells
from pipeline.ingest.load.part_checks import typed_view
from pipeline.ingest.load.percentages import without_unclear
from pipeline.ingest.load.quarantine import refuse_cells, refuse_conflicts, refuse_rows
from pipeline.ingest.load.tidy import UntidyNames, tidied
from pipeline.readers.parts import Part
from pipeline.readers.staging import Staged


def _view_typed(batch: Batch, part: Part, staged: Staged) -> None:
    """The view `typed`: the rows checked, with their types."""
    view = typed_view(part)
    pieces = {"columns": view["columns"], "good": view["good"], "kept": view["kept"], "staged": staged.relation}
    if staged.typed:
        batch.run("view_typed_stream")
    elif staged.shape.format == "parquet" and part.kind == "measurements" and len(part.values) == 1:
        batch.run("view_typed", **pieces)  # checked while it streams from the file; text is converted once
    else:
        with planned_for(batch.connection, part):
            batch.run("create_typed_rows", **pieces)
        batch.run("view_typed_rows")


def take_part(batch: Batch, part: Part, staged: Staged) -> None:
    """Takes the rows of one part, and accounts for every one of them."""
    if part.kind != "measurements" and not part.forgiving:
        part = tidied(part)
    try:
        _take_part(batch, part, staged)
    except UntidyNames:
        _take_part(batch, tidied(part), replace(staged, typed=False))


def _take_part(batch: Batch, part: Part, staged: Staged) -> None:
    _view_typed(batch, part, staged)
    told = without_unclear(batch, part)
    if told.unclear:
        part, staged = told, replace(staged, typed=False)
        _view_typed(batch, part, staged)
    before = [account.ingested for account in batch.accounts]
    refused_before = [account.quarantined for account in batch.accounts]
    if part.kind in ("pools", "pool_members"):
        take_pools(batch, part)
    else:
        in_order = len(batch.files) == 1 and (staged.typed or staged.shape.format == "parquet")
        take_logs(batch, part, staged.rows if in_order else 0)
    refuse_conflicts(batch, part, staged.shape)
    if part.forgiving:
        with planned_for(batch.connection, part):
            refuse_cells(batch, part, staged)
    ingested = [account.ingested - old for account, old in zip(batch.accounts, before, strict=True)]
    if sum(ingested) == staged.rows:
        for account, count in zip(batch.accounts, ingested, strict=True):
            account.add(rows=count)
        return
    _account_for_the_rest(batch, part, staged, ingested, refused_before)


def take_replaced(batch: Batch, part: Part, staged: Staged) -> None:
    """Takes rows that their log has replaced itself into the history, and accounts for every one of them."""
    _view_typed(batch, part, staged)
    before = [account.ingested for account in batch.accounts]
    refused_before = [account.quarantined for account in batch.accounts]
    take_replaced_cells(batch, part)
    ingested = [account.ingested - old for account, old in zip(batch.accounts, before, strict=True)]
    _account_for_the_rest(batch, part, staged, ingested, refused_before)


def _account_for_the_rest(
    batch: Batch, part: Part, staged: Staged, ingested: Sequence[int], refused_before: Sequence[int]
) -> None:
    counts = {
        int(n): (int(rows), int(filtered), int(refused))
        for n, rows, filtered, refused in batch.run("select_typed_counts").fetchall()
    }
    if any(refused for _, _, refused in counts.values()):
        with planned_for(batch.connection, part):
            refuse_rows(batch, part, staged)
    for number, (rows, filtered, refused) in counts.items():
        account = batch.accounts[number]
        conflicts = account.quarantined - refused_before[number]
        duplicates = rows - filtered - refused - conflicts - ingested[number]
        account.add(rows=rows, filtered=filtered, quarantined=refused, duplicates=duplicates)
