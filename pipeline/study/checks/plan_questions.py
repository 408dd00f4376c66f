"""The three questions that a study may ask of any law: [plan.response], [plan.target] and [plan.optimum].

Each is a table: the names of run columns with the values at which the law is asked (all combinations of them), `pools` for laws
over pools, and the keys below. What is not named is derived (compute is 6 N D) or held at its median over the fitted runs.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.errors import ExpressionError, StudyError
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
    """Raises StudyError, with the key and the fix, for a question that cannot be asked; `columns` are of the study's laws."""
    for name, own in AMOUNTS.items():
        _amounts(plan.get(name, {}), own, f"[plan.{name}]")
    known = sorted({*columns, *DERIVED})
    for name, own in QUESTIONS.items():
        if name not in plan:
            continue
        table, where = plan[name], f"[plan.{name}]"
        if not isinstance(table, dict):
            raise StudyError(f"{where} must be a table", fix=f"write it like {where} data_seen = [1e9, 1e10]")
        _keys(table, own, known, where)
        if "find" in own:
            _sought(table, known, where)
    if (reach := plan.get("target", {}).get("reach")) is not None:
        _numbers(reach, "[plan.target] reach", least=None)


def _amounts(table: Any, own: tuple[str, ...], where: str) -> None:
    if not isinstance(table, dict):
        raise StudyError(f"{where} must be a table", fix=f"write it like {where} {own[0]} = [1, 2]")
    for key, value in table.items():
        if key not in own:
            raise StudyError(f"unknown key {key!r}", place=where, fix=f"its keys are {', '.join(own)}")
        if key == "axis":
            if not isinstance(value, str):
                raise StudyError(f"{where} axis = {value!r} is no column", fix="name one that the laws read, in quotes")
            continue
        for each in value.values() if isinstance(value, dict) and key == "items" else [value]:
            _numbers(each, f"{where} {key}", least=None if key == "value_wrong" else 0.0)


def _keys(table: Mapping[str, Any], own: tuple[str, ...], known: list[str], where: str) -> None:
    for key, value in table.items():
        if key in own:
            continue
        if key not in known:
            fix = f"use {', '.join(own)} or a column of the study's laws: {', '.join(known)}"
            raise StudyError(f"unknown key {key!r}", place=where, fix=fix)
        _numbers(value, f"{where} {key}", least=0.0 if key in RUNS else None)
    entries = table.get("pools", [])
    if not isinstance(entries, list) or not all(entry and isinstance(entry, list | dict) for entry in entries):
        fix = 'write sets like [["a", "b"]], or shares like [{ a = 0.7, b = 0.3 }]'
        raise StudyError(f"{where} pools must be a list of sets or of shares", fix=fix)


def _sought(table: Mapping[str, Any], known: list[str], where: str) -> None:
    """`find` and what belongs to it."""
    find = table.get("find")
    if find not in known:
        raise StudyError(f"{where} find = {find!r} must be the column that is sought", fix=f"name one of {', '.join(known)}")
    if find in table:
        raise StudyError(f"{find!r} is sought and given", place=where, fix="remove one of the two")
    if where == "[plan.target]" and "reach" not in table:
        raise StudyError(f"{where} needs reach", fix="add reach = [...], the values of the metric to reach")
    if table.get("goal", "least") not in GOALS:
        raise StudyError(f"{where} goal = {table['goal']!r} is unknown", fix=f"use one of {', '.join(GOALS)}")
    between = table.get("between", [1.0, 2.0])
    _numbers(between, f"{where} between", least=0.0)
    if not isinstance(between, list) or len(between) != 2 or not 0 < between[0] < between[1]:
        said = f"{where} between = {between!r} must be the two ends in which {find!r} is sought"
        raise StudyError(said, fix="write it like [1e6, 1e9]")
    _ties(table, known, where)


def _ties(table: Mapping[str, Any], known: list[str], where: str) -> None:
    ties = table.get("tie", {})
    if not isinstance(ties, dict):
        raise StudyError(f"{where} tie must be a table", fix='write it like { data_seen = "1e20 / (6 * params)" }')
    for name, text in ties.items():
        if name not in known or name in table or name == table["find"]:
            said = f"{name!r} must be a column that is neither sought nor given"
            raise StudyError(said, place=f"{where} tie", fix=f"use one of {', '.join(known)}")
        try:
            reads = formula(text, known).names
        except ExpressionError as error:
            raise StudyError.at(f"{where} tie {name}", error) from error
        if reads & set(ties):
            said = f"{where} tie {name} reads {', '.join(sorted(reads & set(ties)))}, which is tied itself"
            raise StudyError(said, fix="write it out")


def _numbers(value: object, where: str, least: float | None) -> None:
    each = value if isinstance(value, list) else [value]
    fine = [isinstance(x, int | float) and not isinstance(x, bool) and abs(x) < float("inf") for x in each]
    if not each or not all(fine) or (least is not None and min(each) < least):
        said = f"{where} = {value!r} must be numbers{'' if least is None else ' that are not negative'}"
        raise StudyError(said, fix="write them like [1e9, 1e10]")
