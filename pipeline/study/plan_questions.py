"""The three questions that a study may ask of any law: [plan.response], [plan.target] and [plan.optimum].

Each is a table: the names of run columns with the values at which the law is asked (all combinations of them), `pools` for laws
over pools, and the keys below. What is not named is derived (compute is 6 N D) or held at its median over the fitted runs.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.errors import ExpressionError
from pipeline.expressions.arithmetic import formula
from pipeline.schema import RUNS

QUESTIONS = {
    "response": ("pools",),
    "target": ("pools", "find", "reach", "between"),
    "optimum": ("pools", "find", "goal", "between", "tie"),
}
AMOUNTS = {
    "schedule": ("steps", "peak_lr", "final_lr", "warmup"),
    "inference": (
        "amounts",
        "tokens",
        "params",
        "least_gain",
        "value_right",
        "value_wrong",
        "cost_attempt",
        "shots",
        "iterations",
    ),
    "benchmarks": ("items", "rate"),
    "comparison": ("amounts", "axis"),
}
"""Tables of [plan] that hold numbers for one question (`axis` a column), and their keys."""
DERIVED = ("params", "data_seen", "data_unique", "flops", "epochs")
"""Columns that a law's own may be derived from, and that every question may therefore name."""
GOALS = ("least", "most")


def check_questions(plan: Mapping[str, Any], columns: Iterable[str]) -> None:
    """Refuses a question that cannot be asked: ValueError with the key and the cure. `columns` are those of the study's laws."""
    for name, own in AMOUNTS.items():
        _amounts(plan.get(name, {}), own, f"[plan.{name}]")
    known = sorted({*columns, *DERIVED})
    for name, own in QUESTIONS.items():
        if name not in plan:
            continue
        table, where = plan[name], f"[plan.{name}]"
        if not isinstance(table, dict):
            raise ValueError(f"{where} must be a table, like {where} data_seen = [1e9, 1e10]")
        _keys(table, own, known, where)
        if "find" in own:
            _sought(table, known, where)
    if (reach := plan.get("target", {}).get("reach")) is not None:
        _numbers(reach, "[plan.target] reach", least=None)


def _amounts(table: Any, own: tuple[str, ...], where: str) -> None:
    if not isinstance(table, dict):
        raise ValueError(f"{where} must be a table, like {where} {own[0]} = [1, 2]")
    for key, value in table.items():
        if key not in own:
            raise ValueError(f"{where}: unknown key {key!r}; its keys are {', '.join(own)}")
        if key == "axis":
            if not isinstance(value, str):
                raise ValueError(f"{where} axis = {value!r} must be a column that the laws read, in quotes")
            continue
        for each in value.values() if isinstance(value, dict) and key == "items" else [value]:
            _numbers(each, f"{where} {key}", least=None if key == "value_wrong" else 0.0)


def _keys(table: Mapping[str, Any], own: tuple[str, ...], known: list[str], where: str) -> None:
    for key, value in table.items():
        if key in own:
            continue
        if key not in known:
            raise ValueError(
                f"{where}: unknown key {key!r}; use {', '.join(own)} or a column of the study's laws: {', '.join(known)}"
            )
        _numbers(value, f"{where} {key}", least=0.0 if key in RUNS else None)
    entries = table.get("pools", [])
    if not isinstance(entries, list) or not all(entry and isinstance(entry, list | dict) for entry in entries):
        raise ValueError(f'{where} pools must be a list of sets, like [["a", "b"]], or of shares, like [{{ a = 0.7, b = 0.3 }}]')


def _sought(table: Mapping[str, Any], known: list[str], where: str) -> None:
    """`find` and what belongs to it."""
    find = table.get("find")
    if find not in known:
        raise ValueError(f"{where} find = {find!r} must be the column that is sought, one of {', '.join(known)}")
    if find in table:
        raise ValueError(f"{where}: {find!r} is sought and given; remove one of the two")
    if where == "[plan.target]" and "reach" not in table:
        raise ValueError(f"{where} needs reach = [...], the values of the metric to reach")
    if table.get("goal", "least") not in GOALS:
        raise ValueError(f"{where} goal = {table['goal']!r} must be one of {', '.join(GOALS)}")
    between = table.get("between", [1.0, 2.0])
    _numbers(between, f"{where} between", least=0.0)
    if not isinstance(between, list) or len(between) != 2 or not 0 < between[0] < between[1]:
        raise ValueError(f"{where} between = {between!r} must be the two ends in which {find!r} is sought, like [1e6, 1e9]")
    _ties(table, known, where)


def _ties(table: Mapping[str, Any], known: list[str], where: str) -> None:
    ties = table.get("tie", {})
    if not isinstance(ties, dict):
        raise ValueError(f'{where} tie must be a table, like {{ data_seen = "1e20 / (6 * params)" }}')
    for name, text in ties.items():
        if name not in known or name in table or name == table["find"]:
            raise ValueError(
                f"{where} tie: {name!r} must be a column that is neither sought nor given, one of {', '.join(known)}"
            )
        try:
            reads = formula(text, known).names
        except ExpressionError as error:
            raise ValueError(f"{where} tie {name}: {error}") from error
        if reads & set(ties):
            raise ValueError(
                f"{where} tie {name} reads {', '.join(sorted(reads & set(ties)))}, which is tied itself; write it out"
            )


def _numbers(value: object, where: str, least: float | None) -> None:
    each = value if isinstance(value, list) else [value]
    fine = [isinstance(x, int | float) and not isinstance(x, bool) and abs(x) < float("inf") for x in each]
    if not each or not all(fine) or (least is not None and min(each) < least):
        raise ValueError(
            f"{where} = {value!r} must be numbers{'' if least is None else ' that are not negative'}, like [1e9, 1e10]"
        )
