"""The views `cells` and `cells_in_order`: one row a value, from typed rows that hold one value or many.

`cells_in_order` has the values metric by metric, each in the order of the file: so series enter the store in one piece. Of a few
metrics each is a scan of its own, which is in order as it is. Plans of n such scans over n columns grow with n squared, so many
metrics are unpacked in one scan, and sorted where the order counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from pipeline.ingest.load.batch import Batch
from pipeline.readers.parts import LABELS, POINT, Part, Value
from pipeline.schema import MEASUREMENTS
from pipeline.store.statements import Fragment, quote, sql

FEW = 64  # here the plans of the scans cost as much as sorting a million values


@contextmanager
def planned_for(connection: duckdb.DuckDBPyConnection, part: Part) -> Iterator[None]:
    """Statements that name every value of `part` are planned in a time that grows with their number, not with its square."""
    many = len(part.values) > FEW
    if many:
        connection.execute(sql("set_plain_planning"))
    try:
        yield
    finally:
        if many:
            connection.execute(sql("reset_optimizers"))


def order(part: Part) -> Fragment:
    """How values that are unpacked come into the store: series by series."""
    return Fragment("ORDER BY series, cells.lawbook_file, cells.lawbook_row" if len(part.values) > FEW else "")


def view_cells(batch: Batch, part: Part) -> None:
    """The values of all good rows of the view `typed`."""
    if len(part.values) > FEW:
        unpacked = Fragment(_unpacked(batch, part))
        _view(batch, unpacked, sql("sort_cells", cells=unpacked))
        return
    arms = [_scan(batch, part, place, value) for place, value in enumerate(part.values)]
    _view(batch, "\nUNION ALL\n".join(arms or [_no_cells()]))


def view_cells_with_errors(batch: Batch, part: Part) -> None:
    """The values of a long log, and error = 1 - accuracy beside every accuracy."""
    value = part.values[0]
    metric, split, task = (_label(name, 0, value) for name in LABELS)
    condition = Fragment(f"{metric} = 'accuracy' AND {not_conflicting(batch)}")
    labels = {"metric": Fragment("'error'"), "split": split, "task": task}
    error = sql("select_cells", **labels, point=_point(part), value="v0", condition=condition)
    errors = sql("select_errors", cells=Fragment(error))
    _view(batch, f"{_scan(batch, part, 0, value)}\nUNION ALL\n{errors}")


def not_conflicting(batch: Batch) -> str:
    """The test that a row of `typed` contradicts no other."""
    some = batch.one("select_count", table="conflict_rows")[0]
    return f"(lawbook_file, lawbook_row) NOT IN ({sql('select_conflict_places')})" if some else "true"


def _view(batch: Batch, rows: str, in_order: str = "FROM cells") -> None:
    batch.run("view_cells", view="cells", rows=Fragment(rows))
    batch.run("view_cells", view="cells_in_order", rows=Fragment(in_order))


def _label(name: str, place: int, value: Value) -> Fragment:
    constant = value.constants.get(name)
    return Fragment(f"{name}_{place}" if constant is None else constant.sql)


def _scan(batch: Batch, part: Part, place: int, value: Value) -> str:
    labels = {name: _label(name, place, value) for name in LABELS}
    condition = Fragment(not_conflicting(batch))
    return sql("select_cells", **labels, point=_point(part), value=f"v{place}", condition=condition)


def _unpacked(batch: Batch, part: Part) -> str:
    numbered = list(enumerate(part.values))
    return sql(
        "select_unpacked_cells",
        **{f"{name}s": Fragment(", ".join(_label(name, n, v) for n, v in numbered)) for name in LABELS},
        values=Fragment(", ".join(f"v{place}" for place, _ in numbered)),
        many=Fragment(str(len(numbered))),
        point=_point(part),
        condition=Fragment(not_conflicting(batch)),
    )


def _point(part: Part) -> Fragment:
    found = part.point_columns
    return Fragment(", ".join(quote(n) if n in found else f"CAST(NULL AS {MEASUREMENTS[n].type}) AS {quote(n)}" for n in POINT))


def _no_cells() -> str:
    nothing, text = Fragment("NULL"), Fragment("''")
    point = Fragment(", ".join(f"CAST(NULL AS {MEASUREMENTS[name].type}) AS {name}" for name in POINT))
    return sql("select_cells", metric=text, split=text, task=text, point=point, value=nothing, condition=Fragment("false"))
