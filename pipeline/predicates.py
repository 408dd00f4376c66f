"""A study's predicate: one boolean expression on the columns of runs that can read nothing else.

The expression is parsed by DuckDB itself and its tree is held against a list of what is allowed: comparisons, AND, OR, NOT, IN,
BETWEEN, IS NULL, LIKE, arithmetic, casts and a few pure functions of columns. No subquery, no table function, no setting.
"""

import json
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

import duckdb

from pipeline.errors import StudyError
from pipeline.statements import sql

CLASSES = {"COMPARISON", "CONJUNCTION", "CONSTANT", "COLUMN_REF", "BETWEEN", "CAST", "TYPE", "OPERATOR", "FUNCTION", "CASE"}
OPERATORS = {"COMPARE_IN", "COMPARE_NOT_IN", "OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "ARRAY_EXTRACT"}
OPERATORS |= {"OPERATOR_COALESCE", "OPERATOR_CAST", "OPERATOR_TRY_CAST", "STRUCT_EXTRACT"}
ARITHMETIC = {"+", "-", "*", "/", "//", "%", "**", "^", "~~", "!~~", "~~*", "!~~*", "||"}
TEXT = {"lower", "upper", "trim", "contains", "starts_with", "prefix", "suffix", "ends_with", "length", "regexp_matches"}
NUMBERS = {"abs", "ln", "log", "log10", "log2", "exp", "sqrt", "pow", "power", "round", "floor", "ceil", "greatest", "least"}
MAPS = {"map_contains", "map_extract", "element_at", "coalesce"}
FUNCTIONS = ARITHMETIC | TEXT | NUMBERS | MAPS


def check_predicate(text: str, columns: Collection[str], where: str) -> str:
    """`text`, if it is a pure predicate on `columns`; a StudyError that names `where` (file and key) and the cure if not."""
    for node in _nodes(_tree(text, where)):
        fault = _fault(node, columns)
        if fault:
            raise StudyError(f"{where} = {text!r}: {fault}")
    return text


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _tree(text: str, where: str) -> Any:
    """The condition's syntax tree. It must parse alone and in brackets: so it can neither close a bracket nor add a clause."""
    trees = []
    for condition in (text, f"({text}\n)"):
        row = _parser().execute(sql("select_syntax_tree"), {"statement": f"FROM runs WHERE {condition}"}).fetchone()
        answer = json.loads(row[0]) if row else {"error": True}
        if answer.get("error") or len(answer["statements"]) != 1:
            message = answer.get("error_message", "more than one statement")
            raise StudyError(f"{where} = {text!r}: not an expression ({message}); write one like dataset = 'c4' AND params > 1e8")
        trees.append(answer["statements"][0]["node"])
    return trees[1]["where_clause"]


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if "class" in tree and "type" in tree:
            yield tree
        for part in tree.values():
            yield from _nodes(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)


def _fault(node: dict[str, Any], columns: Collection[str]) -> str | None:
    kind, name = node["class"], str(node.get("function_name", "")).lower()
    if kind not in CLASSES:
        return f"{kind.lower()} is not allowed; compare columns of runs with constants"
    if kind == "OPERATOR" and node["type"] not in OPERATORS:
        return f"{node['type']} is not allowed; compare columns of runs with constants"
    if kind == "FUNCTION" and name not in FUNCTIONS:
        return f"the function {name} is not allowed; use one of {', '.join(sorted(TEXT | NUMBERS | MAPS))}"
    if kind == "COLUMN_REF":
        column = node["column_names"][-1] if node["column_names"][0] != "tags" else "tags"
        if column not in columns:
            return f"runs have no column {column!r}; use one of {', '.join(columns)}, or tags['name']"
    return None
