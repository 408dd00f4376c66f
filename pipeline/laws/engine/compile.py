"""A law as NumPy functions: values, first and second derivatives over (batch, observations) arrays."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from pipeline.laws.engine import cache, chained_derivatives, codegen, natural_derivatives, tape, terms
from pipeline.laws.engine.functions import NUMPY_FUNCTIONS, POOL_FUNCTIONS
from pipeline.laws.engine.rows import Rows, filled
from pipeline.laws.law import Law, pool_sum

Array = np.ndarray


def named_functions(law: Law) -> tuple[type[sp.Function], ...]:
    """The functions of the formula that SymPy does not know, pool_sum apart."""
    kinds = {type(f) for f in law.formula.atoms(sp.Function)} - {pool_sum}
    return tuple(sorted((k for k in kinds if not k.__module__.startswith("sympy")), key=lambda k: k.__name__))


def version(law: Law) -> str:
    """16 hex digits that change when formula, parameters, functions used or the code generator change."""
    key = (law.name, law.formula, law.columns, law.member_columns, law.parameters)
    if key not in _VERSIONS:
        _VERSIONS[key] = _version(law)
    return _VERSIONS[key]


_VERSIONS: dict[tuple[object, ...], str] = {}


def _version(law: Law) -> str:
    parts = [law.name, sp.srepr(law.formula), repr(law.columns), repr(law.member_columns)]
    parts += [f"{p.name}|{p.domain}|{p.per}|{p.bounds}" for p in law.parameters]
    modules = {module for k in named_functions(law) if (module := inspect.getmodule(k)) is not None}
    parts += [inspect.getsource(m) for m in sorted(modules, key=lambda m: m.__name__)]
    parts += [inspect.getsource(m) for m in (codegen, tape, chained_derivatives, terms)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@dataclass
class CompiledLaw:
    """Generated functions of one law. Pickles as its source, so that worker processes need no SymPy."""

    name: str
    source: str
    shared: tuple[str, ...]
    pooled: tuple[str, ...]
    columns: tuple[str, ...]
    member_columns: tuple[str, ...]
    functions: Mapping[str, Callable[..., Array]]
    layout: dict[str, Any] = field(default_factory=dict)
    call: dict[str, Callable[..., Any]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.layout = json.loads(self.source.partition("\n")[0][2:])
        space: dict[str, Any] = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
        space |= dict(self.functions)
        exec(compile(self.source, f"<law {self.name}>", "exec"), space)
        self.call = {
            name: space[name] for name in ("outer_value", "outer_all", "inner_value", "inner_all", "features") if name in space
        }

    def __reduce__(self) -> tuple[Any, ...]:
        state = (self.name, self.source, self.shared, self.pooled, self.columns, self.member_columns, dict(self.functions))
        return CompiledLaw, state

    def index(self, pools: Sequence[str] = ()) -> list[tuple[str, str | None]]:
        """(parameter, pool) of each column of theta: shared ones first, then the levels of each per-pool parameter."""
        return [(s, None) for s in self.shared] + [(p, pool) for p in self.pooled for pool in pools]

    def columns_of_pool(self, k: int, pools: int) -> list[int]:
        """Columns of theta that `inner` of pool k reads: all shared ones, then one level of each per-pool parameter."""
        start = len(self.shared)
        return list(range(start)) + [start + j * pools + k for j in range(len(self.pooled))]

    def value(self, theta: Array, rows: Rows) -> Array:
        """Predicted response, (batch, n), at natural parameters theta (batch, P)."""
        theta, rows = self._drawn_from(np.atleast_2d(theta), rows)
        with np.errstate(all="ignore"):
            sums = [np.zeros((len(theta), rows.n)) for _ in range(self.layout["sums"])]
            for at, arguments in self.pool_parts(theta, rows):
                if not at.size:
                    continue
                for total, part in zip(sums, self.call["inner_value"](*arguments), strict=True):
                    total[:, at] += part
            sums += [part.value(*arguments) for part, arguments, _ in self.whole_parts(theta, rows)]
            (out,) = self.call["outer_value"](self.outer_arguments(theta), sums, [rows.columns[c] for c in self.columns])
        return filled(out, (len(theta), rows.n)).astype(float, copy=True)

    def _drawn_from(self, theta: Array, rows: Rows) -> tuple[Array, Rows]:
        """Without the pools that no row draws from: one pool among hundreds costs as one alone does."""
        if not rows.members or (drawn := (rows.members["share"] > 0).any(axis=0)).all():
            return theta, rows
        kept = np.flatnonzero(drawn)
        members = {name: values[:, kept] for name, values in rows.members.items()}
        start, pools = len(self.shared), len(rows.pools)
        place = np.concatenate([np.arange(start), *(start + j * pools + kept for j in range(len(self.pooled)))])
        return theta[:, place], Rows(rows.columns, members, tuple(rows.pools[k] for k in kept), rows.n)

    def outer_arguments(self, theta: Array) -> list[Array]:
        return [theta[:, i : i + 1] for i in range(len(self.shared))]

    def pool_rows(self, rows: Rows) -> list[tuple[Array, list[int], tuple[list[Array], list[Array]]]]:
        """For each pool: the rows that draw from it, its columns of theta, and members and columns there; worth keeping."""
        if rows.members is None or not self.layout["sums"]:
            return []
        parts: list[tuple[Array, list[int], tuple[list[Array], list[Array]]]] = []
        for k in range(len(rows.pools)):
            at = np.flatnonzero(rows.members["share"][:, k] > 0)
            members = [rows.members[name][at, k] for name in self.member_columns]
            parts.append((at, self.columns_of_pool(k, len(rows.pools)), (members, [rows.columns[c][at] for c in self.columns])))
        return parts

    def pool_parts(self, theta: Array, rows: Rows) -> list[tuple[Array, tuple[Sequence[Any], ...]]]:
        """For each pool: the rows that draw from it, and the arguments of `inner` there. Other rows are never touched."""
        return [(at, self.inner_arguments(theta, place, given)) for at, place, given in self.pool_rows(rows)]

    def inner_arguments(
        self, theta: Array, place: list[int], given: tuple[list[Array], list[Array]]
    ) -> tuple[Sequence[Any], ...]:
        """The arguments of `inner` for one pool: shared parameters, its own, members, columns."""
        levels = [theta[:, i : i + 1] for i in place]
        return (levels[: len(self.shared)], levels[len(self.shared) :], *given)

    def whole_evaluators(self, rows: Rows) -> list[Any]:
        """The evaluator of each whole function of the pools on these rows; worth keeping, for it cuts them into segments."""
        known = POOL_FUNCTIONS if self.layout["wholes"] else {}
        read = {"c": rows.columns, "m": rows.members or {}}
        return [known[name](*(read[kind][x] for kind, x in given if kind in read)) for name, given in self.layout["wholes"]]

    def whole_parts(
        self, theta: Array, rows: Rows, evaluators: list[Any] | None = None
    ) -> list[tuple[Any, list[Array], list[int]]]:
        """For each whole function of the pools: its evaluator on the rows, its parameter arguments, their columns of theta."""
        parts = []
        evaluators = self.whole_evaluators(rows) if evaluators is None else evaluators
        for evaluator, (_, arguments) in zip(evaluators, self.layout["wholes"], strict=True):
            places = [self._places(x, len(rows.pools)) for kind, x in arguments if kind in "sp"]
            parts.append((evaluator, [theta[:, place] for place in places], [i for place in places for i in place]))
        return parts

    def whole_arguments(self, theta: Array, pools: int) -> list[tuple[str, str, list[Array]]]:
        """For each whole function of the pools: its name, the run column that it reads first, its parameter arguments."""
        return [
            (name, given[0][1], [theta[:, self._places(x, pools)] for kind, x in given if kind in "sp"])
            for name, given in self.layout["wholes"]
        ]

    def _places(self, parameter: str, pools: int) -> list[int]:
        """The columns of theta of one parameter."""
        if parameter in self.shared:
            return [self.shared.index(parameter)]
        start = len(self.shared) + self.pooled.index(parameter) * pools
        return list(range(start, start + pools))

    def gradient(self, theta: Array, rows: Rows) -> tuple[Array, Array]:
        """value (batch, n) and gradient (batch, n, P) in natural parameters."""
        return natural_derivatives.gradient(self, np.atleast_2d(theta), rows)

    def derivatives(self, theta: Array, rows: Rows) -> tuple[Array, Array, Array]:
        """value (batch, n), gradient (batch, n, P) and Hessian (batch, n, P, P) in natural parameters. For tests and few rows."""
        return natural_derivatives.derivatives(self, np.atleast_2d(theta), rows)


_COMPILED: dict[str, CompiledLaw] = {}


def compiled(law: Law) -> CompiledLaw:
    """The law's functions, from memory, from the cache on disk, or generated now."""
    key = version(law)
    if key not in _COMPILED:
        source = cache.load(key)
        if source is None:
            source = codegen.generate(law)
            cache.store(key, source)
        shared = tuple(p.name for p in law.parameters if p.per is None)
        pooled = tuple(p.name for p in law.parameters if p.per is not None)
        functions = dict(NUMPY_FUNCTIONS)
        functions |= {k.__name__: k.numpy for k in named_functions(law) if hasattr(k, "numpy")}
        _COMPILED[key] = CompiledLaw(law.name, source, shared, pooled, law.columns, law.member_columns, functions)
    return _COMPILED[key]
