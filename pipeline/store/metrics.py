"""The table of metrics: those that are known by their names, and those that studies declare."""

import json

import duckdb
import polars as pl

from pipeline.schema.metrics import METRIC_TABLE, METRICS, known
from pipeline.store.statements import sql
from pipeline.store.store import transaction
from pipeline.store.warehouse import insert_frame


def fill_metrics(connection: duckdb.DuckDBPyConnection) -> None:
    """Brings the table up to date with this program and the declarations of the stored studies."""
    found = [*_known(), *_declared(connection)]
    if connection.execute(sql("select_all", table=METRIC_TABLE.name)).fetchall() == found:
        return
    with transaction(connection):
        connection.execute(sql("delete_all", table=METRIC_TABLE.name))
        names = METRIC_TABLE.names
        insert_frame(connection, METRIC_TABLE.name, pl.DataFrame(found, schema=dict.fromkeys(names, pl.String), orient="row"))


def _known() -> list[tuple[str | None, ...]]:
    return [(metric.name, metric.goal, metric.range, metric.unit, metric.meaning) for metric in METRICS.values()]


def _declared(connection: duckdb.DuckDBPyConnection) -> list[tuple[str | None, ...]]:
    """One row for each metric that a study says something of which its name does not say."""
    rows = connection.execute(sql("select_declared_metrics")).fetchall()
    said = [(study, json.loads(text)) for study, text in rows]
    return [
        (each["metric"], each.get("goal"), each.get("range") or "any", "", f"Declared by study {study}")
        for study, each in said
        if each.get("goal") is not None or (each.get("range") is not None and known(each["metric"]) is None)
    ]
