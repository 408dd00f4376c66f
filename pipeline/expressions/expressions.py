"""Expressions and predicates that a user writes: pure ones only, over known columns.

DuckDB's own parser makes the tree; each node is checked against a list of what is allowed, and the SQL that runs is written
anew from the tree; the user's text itself never reaches a statement. Text columns are cast with TRY_CAST where the expression
uses them as numbers, and those columns are reported, so that text in a number column is refused by name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pipeline.errors import ExpressionError, meant
from pipeline.expressions.allowed import ARITHMETIC, CASTS, COMPARISONS, DEEPEST, FUNCTIONS, LONGEST, MATCHING, RISKY
from pipeline.expressions.expression import Columns, Expression, aligned, as_number, common, joined, known_columns
from pipeline.expressions.parsing import parse
from pipeline.store.statements import Fragment, literal


def check_predicate(text: str, columns: Mapping[str, str] | Iterable[str]) -> Fragment:
    """The predicate as safe SQL; an ExpressionError names the part that is not allowed, and the fix."""
    found = compile_expression(text, known_columns(columns), nan_is_unknown=True)
    if found.kind not in ("truth", "raw"):
        raise ExpressionError(f"{text!r} is a {found.kind}, not true or false", fix="compare it with something")
    return Fragment(found.sql)


def compile_expression(text: str, columns: Columns, nan_is_unknown: bool = False) -> Expression:
    """The expression as safe SQL over `columns` (lower-case name to what it stands for).

    Of runs NaN is as unknown as NULL: DuckDB holds it larger than any number, so that a run would be chosen for the logarithm
    of a negative number. Of a log it stays what it is, the sign of a diverged run.
    """
    if not isinstance(text, str):
        raise ExpressionError(f"{text!r} is no expression", fix="write it in quotes, a text literal inside them as 'text'")
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression of {len(text)} characters is too long", fix=f"at most {LONGEST}")
    return _Compiler(columns, text, nan_is_unknown).compile(parse(text), 0)


class _Compiler:
    """Writes SQL from a parse tree, refusing every node that is not on the lists above."""

    def __init__(self, columns: Columns, text: str, nan_is_unknown: bool) -> None:
        self.columns, self.text, self.nan_is_unknown = columns, text, nan_is_unknown

    def refuse(self, what: str, fix: str) -> ExpressionError:
        return ExpressionError(what, place=repr(self.text), fix=fix)

    def compile(self, node: dict[str, Any], depth: int) -> Expression:
        if depth > DEEPEST:
            raise self.refuse("it is nested too deeply", f"use at most {DEEPEST} levels")
        handler = getattr(self, f"_{node['class'].lower()}", None)
        if handler is None:
            raise self.refuse(
                f"{node['class'].lower()} is not allowed", "use arithmetic, comparison, CASE and the functions of docs/logs.md"
            )
        found: Expression = handler(node, depth + 1)
        return found

    def number(self, node: dict[str, Any], depth: int) -> Expression:
        found = self.compile(node, depth)
        return as_number(found)

    def text_of(self, node: dict[str, Any], depth: int) -> Expression:
        found = self.compile(node, depth)
        if found.kind in ("text", "raw", "null"):
            return found
        return Expression(f"CAST({found.sql} AS VARCHAR)", "text", found.numbers)

    def comparable(self, parts: list[Expression]) -> list[Expression]:
        """Of one kind; a number that is NaN is NULL where that means unknown."""
        same = aligned(parts)
        if not self.nan_is_unknown:
            return same
        return [
            replace(part, sql=f"nullif({part.sql}, CAST('NaN' AS DOUBLE))") if part.kind == "number" else part for part in same
        ]

    def _constant(self, node: dict[str, Any], _depth: int) -> Expression:
        kind, text = node["literal"]["kind"], node["literal"]["text"]
        if kind == "STRING":
            return Expression(literal(text), "text")
        if kind in ("INTEGER", "NUMERIC"):
            return Expression(f"CAST({literal(text)} AS DOUBLE)", "number")
        if kind == "BOOLEAN":
            return Expression(text.upper(), "truth")
        if kind == "NULL_LITERAL":
            return Expression("NULL", "null")
        raise self.refuse(f"a constant of kind {kind} is not allowed", "use a number, a 'text', TRUE, FALSE or NULL")

    def _column_ref(self, node: dict[str, Any], _depth: int) -> Expression:
        names = node["column_names"]
        found = self.columns.get(".".join(names).lower())
        if found is None:
            known = ", ".join(sorted(self.columns)[:40])
            raise self.refuse(
                f"there is no column {'.'.join(names)!r}{meant(names[-1], self.columns)}",
                f"the columns are {known}; text literals stand in single quotes",
            )
        return found

    def _function(self, node: dict[str, Any], depth: int) -> Expression:
        name, arguments = node["function_name"].lower(), [item["expression"] for item in node["arguments"]]
        if node.get("schema") or node.get("catalog") or node.get("filter") or node.get("distinct"):
            raise self.refuse(f"{name} with a schema, FILTER or DISTINCT is not allowed", "call it plainly")
        if name in ARITHMETIC:
            parts = [self.number(item, depth) for item in arguments]
            operation = f" {name} ".join(part.sql for part in parts) if len(parts) > 1 else f"{name}{parts[0].sql}"
            return joined(f"TRY({operation})" if name in RISKY else f"({operation})", "number", parts)
        if name == "||" or name in MATCHING:
            parts = [self.text_of(item, depth) for item in arguments]
            return joined(
                f"({f' {MATCHING.get(name, name)} '.join(p.sql for p in parts)})", "truth" if name in MATCHING else "text", parts
            )
        if name not in FUNCTIONS:
            raise self.refuse(f"the function {name!r} is not allowed", f"use one of {', '.join(sorted(FUNCTIONS))}")
        return self._call(name, arguments, depth)

    def _call(self, name: str, arguments: list[dict[str, Any]], depth: int) -> Expression:
        kinds, result = FUNCTIONS[name]
        if kinds == ("same",):
            return self._same(name, arguments, depth)
        parts = []
        for place, argument in enumerate(arguments):
            kind = kinds[min(place, len(kinds) - 1)]
            if kind == "constant" and argument["class"] != "CONSTANT":
                raise self.refuse(f"argument {place + 1} of {name} must be a constant", "write the pattern out")
            part = self.number(argument, depth) if kind == "number" else self.compile(argument, depth)
            if kind == "constant" and part.kind == "number":
                part = Expression(f"CAST({part.sql} AS INTEGER)", "number")
            parts.append(self.text_of(argument, depth) if kind == "text" else part)
        place = {"split_part": 2, "round": 1}.get(name, len(parts))
        parts[place:] = [Expression(f"TRY_CAST({part.sql} AS INTEGER)", "number", part.numbers) for part in parts[place:]]
        called = f"{name}({', '.join(part.sql for part in parts)})"
        return joined(f"TRY({called})" if name in RISKY else called, result, parts)

    def _same(self, name: str, arguments: list[dict[str, Any]], depth: int) -> Expression:
        parts = aligned([self.compile(item, depth) for item in arguments])
        return joined(f"{name}({', '.join(part.sql for part in parts)})", common(parts), parts)

    def _comparison(self, node: dict[str, Any], depth: int) -> Expression:
        if node["type"] not in COMPARISONS:
            raise self.refuse(f"the comparison {node['type']} is not allowed", "use = <> < > <= >=")
        return self._compared([node["left"], node["right"]], f" {COMPARISONS[node['type']]} ", depth)

    def _compared(self, nodes: list[dict[str, Any]], operator: str, depth: int) -> Expression:
        parts = self.comparable([self.compile(item, depth) for item in nodes])
        return joined(f"({operator.join(part.sql for part in parts)})", "truth", parts)

    def _between(self, node: dict[str, Any], depth: int) -> Expression:
        value, low, high = self.comparable([self.compile(node[key], depth) for key in ("input", "lower", "upper")])
        return joined(f"({value.sql} BETWEEN {low.sql} AND {high.sql})", "truth", [value, low, high])

    def _conjunction(self, node: dict[str, Any], depth: int) -> Expression:
        parts = [self.compile(item, depth) for item in node["children"]]
        word = " AND " if node["type"] == "CONJUNCTION_AND" else " OR "
        return joined(f"({word.join(part.sql for part in parts)})", "truth", parts)

    def _operator(self, node: dict[str, Any], depth: int) -> Expression:
        kind, children = node["type"], node["children"]
        if kind == "OPERATOR_COALESCE":
            return self._same("coalesce", children, depth)
        if kind == "ARRAY_EXTRACT":
            return self._tag(children, depth)
        parts = [self.compile(item, depth) for item in children]
        if kind == "OPERATOR_NOT":
            return joined(f"(NOT {parts[0].sql})", "truth", parts)
        if kind in ("OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL"):
            word = "IS NULL" if kind.endswith("IS_NULL") else "IS NOT NULL"
            return joined(f"({parts[0].sql} {word})", "truth", parts)
        if kind == "COMPARE_IN":
            value, *others = self.comparable(parts)
            return joined(f"({value.sql} IN ({', '.join(other.sql for other in others)}))", "truth", parts)
        raise self.refuse(f"{kind.lower()} is not allowed", "use arithmetic, comparison, CASE and the functions of docs/logs.md")

    def _tag(self, children: list[dict[str, Any]], depth: int) -> Expression:
        source, key = (self.compile(item, depth) for item in children)
        if source.kind != "map" or key.kind != "text" or children[1]["class"] != "CONSTANT":
            raise self.refuse("[...] is only allowed as tags['name']", "name a tag in single quotes")
        return Expression(f"{source.sql}[{key.sql}]", "raw")

    def _case(self, node: dict[str, Any], depth: int) -> Expression:
        tests = [self.compile(item["when_expr"], depth) for item in node["case_checks"]]
        results = aligned(
            [self.compile(item, depth) for item in [*(c["then_expr"] for c in node["case_checks"]), node["else_expr"]] if item]
        )
        pairs = " ".join(f"WHEN {test.sql} THEN {value.sql}" for test, value in zip(tests, results, strict=False))
        default = f" ELSE {results[-1].sql}" if len(results) > len(tests) else ""
        return joined(f"(CASE {pairs}{default} END)", common(results), [*tests, *results])

    def _cast(self, node: dict[str, Any], depth: int) -> Expression:
        name = node["type_expr"]["type_name"].upper()
        if name not in CASTS or node["type_expr"]["children"]:
            raise self.refuse(f"a cast to {name} is not allowed", f"cast to one of {', '.join(CASTS)}")
        child = self.compile(node["child"], depth)
        if CASTS[name] == "number" and not node["try_cast"]:
            child = as_number(child)
        return Expression(f"TRY_CAST({child.sql} AS {name})", CASTS[name], child.numbers)
