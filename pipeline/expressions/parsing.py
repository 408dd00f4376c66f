"""DuckDB's parser as a library: the tree of one expression, or a refusal. Nothing is run."""

import json
from functools import cache, lru_cache
from typing import Any

import duckdb

from pipeline.errors import ExpressionError
from pipeline.faults import spoils_the_store
from pipeline.store.statements import sql

KEPT = 4096
"""Trees that are kept in memory, the last used ones."""


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config={"enable_external_access": False})
    connection.execute("SET lock_configuration = true")
    return connection


@lru_cache(KEPT)
def _tree(text: str) -> str:
    """The tree as JSON: each predicate of hundreds of studies is asked for several times in one refit."""
    row = _parser().cursor().execute(sql("select_expression_tree"), [f"SELECT ({text}\n)"]).fetchone()
    return str(row[0]) if row else "{}"


def _serialized(text: str) -> dict[str, Any]:
    return dict(json.loads(_tree(text)))


def parse(text: str) -> dict[str, Any]:
    try:
        tree = _serialized(text)
    except duckdb.Error as error:
        if spoils_the_store(error):
            raise  # the disk's fault is none of the expression's
        raise ExpressionError(str(error), place=repr(text), fix="write it as one expression of SQL") from error
    if tree.get("error"):
        raise ExpressionError(str(tree.get("error_message")), place=repr(text), fix="columns with spaces stand in double quotes")
    statements = tree["statements"]
    if len(statements) == 1:
        node = statements[0]["node"]
        chosen = node.pop("select_list", [])
        if len(chosen) == 1 and _shape(node) == _shape({**_serialized("1")["statements"][0]["node"], "select_list": None}):
            return dict(chosen[0])
    raise ExpressionError(f"{text!r} is more than one expression", fix="write a single one, without SELECT, FROM or ;")


def _shape(node: Any) -> Any:
    """The tree without positions in the text, to compare what is around the expression."""
    if isinstance(node, dict):
        return {k: _shape(v) for k, v in node.items() if not k.startswith("query_location") and k != "select_list"}
    return [_shape(item) for item in node] if isinstance(node, list) else node
