"""The runs as the predicates of studies see them: with what their curves and pools say where their own rows do not."""

import duckdb

from pipeline.store.statements import sql


def tell_runs(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the temporary views `declared_pools` and `told_runs` of this connection."""
    for view in ("view_declared_pools", "view_told_runs"):
        connection.execute(sql(view))
