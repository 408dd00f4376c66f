"""Runs, measurements and pools enter the store: each once, changed ones as new versions, contradictions refused.

Most logs are new and in order: their steps rise, each series stands together. That is seen in one pass, and then the values are
copied without looking at each key. Everything else takes the careful way over keyed joins.
"""

import os
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from pipeline.ingest.load.batch import Batch, BatchConflict
from pipeline.ingest.load.cells import not_conflicting, order, planned_for, view_cells, view_cells_with_errors
from pipeline.ingest.load.claims import claim_logs, claim_pools
from pipeline.ingest.load.tidy import KNOWN, UntidyNames
from pipeline.readers.parts import Part
from pipeline.schema import RUNS, TABLES
from pipeline.store.statements import Fragment, quote, sql

MERGED = [name for name in RUNS if name not in ("run_id", "namespace")]
NO_TAGS = "CAST(MAP {} AS MAP(VARCHAR, VARCHAR))"
NAMES = ("lawbook_file", "metric", "split", "task")  # of a series, beside its run
ANY_FILE = Fragment(", ".join(f"any_value({quote(name)}) AS {quote(name)}" for name in (*MERGED, "tags")))
_DIFFERS = " ".join(f"WHEN min({quote(name)}) <> max({quote(name)}) THEN '{name}'" for name in MERGED)
ACROSS_FILES = Fragment(f"CASE {_DIFFERS} WHEN min(CAST(tags AS VARCHAR)) <> max(CAST(tags AS VARCHAR)) THEN 'a tag' END")
MANY_ROWS, LAST_ROW = 1_000_000, 2**62


def take_logs(batch: Batch, part: Part, ordered_rows: int = 0) -> None:
    """Takes runs and measurements from the view `typed`; conflicting rows end in the table conflict_rows.

    `ordered_rows`: how many rows `typed` has, where it is one file in order; 0 where it is not.
    """
    batch.run("create_conflict_rows")
    batch.run("create_taken_rows")
    with_runs = part.kind == "runs" or bool(part.run_columns or part.tags)
    if with_runs:
        _gather_runs(batch, part)
    view_cells(batch, part)
    one_cell_a_row = _number_series(batch, part, ordered_rows)
    known, uneven = batch.one("select_series_summary")
    rising = not uneven
    simple = rising and not with_runs and not known
    with planned_for(batch.connection, part):
        if simple:
            _copy_points(batch, order(part))
        else:
            _merge_points(batch, rising)
    if not with_runs:
        _gather_runs(batch, part, of_series=True)
    elif batch.one("select_count", table="conflict_rows")[0]:
        _gather_runs(batch, part)
    _merge_runs(batch, part)
    claim_logs(batch, of_runs=part.kind == "runs")
    batch.add(ingested=_taken_rows(batch, part, simple, one_cell_a_row))


def take_replaced_cells(batch: Batch, part: Part) -> None:
    """Takes values that a log itself replaced later: into the history, and what was newest until now is so no longer."""
    _into_the_history(batch, part, "create_replaced_cells")
    batch.run("insert_replaced_points")
    batch.run("insert_replaced_series")
    batch.run("update_series_final")
    batch.add(ingested=batch.counts("select_replaced_rows"))


def withdraw_cells(batch: Batch, part: Part) -> None:
    """Values of the table unclear_series that an earlier state of their log gave are the newest no longer."""
    _into_the_history(batch, part, "create_withdrawn_cells")
    batch.run("update_series_final")


def _into_the_history(batch: Batch, part: Part, cells: str) -> None:
    """Closes what the statement `cells` finds among the numbered values of a part: the newest no longer."""
    batch.run("create_conflict_rows")
    view_cells(batch, part)
    _number_series(batch, part, 0)
    batch.run("view_cells_numbered")
    batch.run(cells)
    batch.run("insert_replaced_archived")
    batch.run("update_replaced_points")


def _taken_rows(batch: Batch, part: Part, simple: bool, one_cell_a_row: bool) -> Counter[int]:
    """Rows of which something is new, by file; a reader makes several of one line, like a chart's, one for each run."""
    if one_cell_a_row and part.kind != "runs":
        return batch.counts("select_points_by_file" if simple else "select_cells_by_file")
    if part.forgiving and simple:
        return batch.counts("select_cell_rows_of_runs")
    if part.forgiving:
        return batch.counts("select_changed_rows_of_runs", of_runs=Fragment(str(part.kind == "runs").lower()))
    if not simple:
        batch.run("insert_taken_cells")
    return batch.counts("select_rows_by_file", table="cells" if simple else "taken_rows")


def _number_series(batch: Batch, part: Part, ordered_rows: int) -> bool:
    """Numbers the series that come in; whether each row holds one value at most. Raises UntidyNames before anything is stored."""
    _gather_series(batch, ordered_rows if len(part.values) == 1 else 0)
    if not part.tidy and not part.forgiving and batch.one("select_untidy_names", metrics=KNOWN)[0]:
        raise UntidyNames
    named = all(value.name for value in part.values)
    with_errors = not named and bool(batch.one("select_accuracy_alone")[0])
    if with_errors:
        view_cells_with_errors(batch, part)
        _gather_series(batch)
    batch.run("create_series_numbers")
    return len(part.values) <= 1 and not with_errors


def _gather_series(batch: Batch, ordered_rows: int = 0) -> None:
    """The series that come in, and whether each is unbroken with strictly rising steps: then no key occurs twice.

    A comparison with the row before runs in one thread; a large file in order is looked at in as many pieces as there are cores.
    """
    pieces = (os.cpu_count() or 1) if ordered_rows > MANY_ROWS else 1
    cuts = [-1, *(ordered_rows * piece // pieces for piece in range(1, pieces)), LAST_ROW]
    arms = [sql("select_series_of_rows", before=Fragment(str(a)), last=Fragment(str(b))) for a, b in pairwise(cuts)]
    batch.run("create_series_in", rows=Fragment("\nUNION ALL\n".join(arms)))


def _copy_points(batch: Batch, order: Fragment) -> None:
    varying = batch.one("select_varying_names")
    names = ["run_id", *(name for name, varies in zip(NAMES, varying, strict=True) if varies)]
    batch.run("insert_points", names=names, order=order)
    batch.run("insert_series")
    batch.add(measurements=batch.counts("select_points_by_file"))


def _merge_points(batch: Batch, rising: bool) -> None:
    batch.run("view_cells_numbered")
    cells = "cells_numbered" if rising else _once(batch)
    batch.run("create_changed_cells", cells=cells)
    batch.run("update_superseded_points")
    batch.run("insert_archived_changes")
    batch.run("insert_changed_points")
    batch.run("insert_series_with_points")
    batch.run("update_series_final")
    batch.add(measurements=batch.counts("select_cells_by_file"))


def _once(batch: Batch) -> str:
    """The table that holds each key once; contradictions are put into conflict_rows."""
    batch.run("create_cells_in")
    batch.run("create_doubles")
    doubles, conflicting, across = batch.one("select_doubles")
    if across:
        raise BatchConflict
    if conflicting:
        batch.run("insert_conflicting_cells")
        batch.run("insert_conflicting_places")
        batch.run("delete_conflicting_cells")
    if doubles:
        batch.run("create_cells_once")
    return "cells_once" if doubles else "cells_in"


def _gather_runs(batch: Batch, part: Part, of_series: bool = False) -> None:
    known = {} if of_series else part.run_columns
    tagged = bool(part.tags) and not of_series
    columns = [
        f"any_value(typed.run_{name}) AS {quote(name)}" if name in known else f"CAST(NULL AS {RUNS[name].type}) AS {quote(name)}"
        for name in MERGED
    ]
    columns.append("any_value(typed.run_tags) AS tags" if tagged else f"{NO_TAGS} AS tags")
    tests = [f"WHEN min(typed.run_{name}) <> max(typed.run_{name}) THEN '{name}'" for name in known]
    tests += ["WHEN min(CAST(typed.run_tags AS VARCHAR)) <> max(CAST(typed.run_tags AS VARCHAR)) THEN 'a tag'"] if tagged else []
    in_file = f"CASE {' '.join(tests)} END" if tests else "CAST(NULL AS VARCHAR)"
    condition = Fragment(not_conflicting(batch))
    source = f"({sql('select_rows_of_series') if of_series else sql('select_kept_rows', condition=condition)})"
    batch.run("create_runs_said", columns=Fragment(", ".join(columns)), conflicting=Fragment(in_file), source=Fragment(source))
    batch.run("create_runs_in", columns=ANY_FILE, conflicting=ACROSS_FILES)
    runs, across = batch.one("select_conflicting_runs")
    if across:
        raise BatchConflict
    if runs:
        batch.run("insert_conflicting_runs", entries=_entries(known, tagged))


def _entries(known: Iterable[str], tagged: bool) -> Fragment:
    """What a row says of its run, as a list of (k, v): columns and tags."""
    columns = ", ".join(f"{{'k': '{name}', 'v': CAST(typed.run_{name} AS VARCHAR)}}" for name in known)
    tags = "list_transform(map_entries(typed.run_tags), lambda e: {'k': 'the tag ' || e.key, 'v': e.value})" if tagged else "[]"
    return Fragment(f"list_concat([{columns}], {tags})")


def _merge_runs(batch: Batch, part: Part) -> None:
    merged = [
        f"coalesce(incoming.{quote(n)}, known.{quote(n)}) AS {quote(n)}" for n in MERGED if n not in ("status", "flops_source")
    ]
    default = (
        "coalesce(nullif(known.status, 'running'), 'finished')" if part.kind == "runs" else "coalesce(known.status, 'running')"
    )
    merged.append(f"coalesce(incoming.status, {default}) AS status")
    logged = "CASE WHEN incoming.flops IS NOT NULL THEN 'logged' END"
    merged.append(f"coalesce(incoming.flops_source, {logged}, known.flops_source) AS flops_source")
    changed = [
        f"coalesce(incoming.{quote(n)}, known.{quote(n)}) IS DISTINCT FROM known.{quote(n)}" for n in MERGED if n != "status"
    ]
    changed.append(f"coalesce(incoming.status, {default}) IS DISTINCT FROM known.status")
    tags = f"map_concat(coalesce(known.tags, {NO_TAGS}), coalesce(incoming.tags, {NO_TAGS}))"
    changed.append(f"CAST({tags} AS VARCHAR) IS DISTINCT FROM CAST(known.tags AS VARCHAR)")
    batch.run(
        "create_merged_runs",
        merged=Fragment(", ".join(merged)),
        tags=Fragment(tags),
        changed=Fragment(f"({' OR '.join(changed)})"),
    )
    batch.run("update_superseded_runs")
    batch.run("insert_merged_runs")
    if part.kind == "runs":
        batch.run("insert_taken_runs")
    batch.add(runs=batch.counts("select_merged_runs_by_file"))


def take_pools(batch: Batch, part: Part) -> None:
    """Takes pools or pool members from the view `typed`; the newest declaration of a pool of a data set stands."""
    batch.run("create_conflict_rows")
    key = ["pool", *(["dataset"] if "dataset" in part.columns else [])] if part.kind == "pools" else ["pool", "member"]
    names = [name for name in TABLES[part.kind].names if name in part.columns]
    batch.run("insert_conflicting_pools", columns=names, key=key)
    if part.kind == "pool_members":
        batch.run("insert_uneven_shares")
        batch.run("insert_circular_pools")
    batch.run("create_rows_in", key=key)
    batch.run("delete_known_rows", columns=[*names], table=part.kind)
    ingested = batch.counts("select_rows_by_file", table="rows_in")
    same = [f"known.{name} IS NOT DISTINCT FROM incoming.{name}" for name in key]
    same += ["known.dataset IS NULL"] if key == ["pool"] else []
    batch.run("delete_replaced_rows", table=part.kind, same=Fragment(" AND ".join(same)))
    batch.run("insert_rows_in", columns=names, table=part.kind)
    claim_pools(batch, part.kind, names)
    batch.add(ingested=ingested)
