"""What a law is: one formula, its parameters, the run columns it reads, and where it comes from.

A law is data. Values, derivatives, the SQL macro, LaTeX and the version hash are made from `formula` elsewhere
(`compile.py`, `sql_form.py`, `book.py`) and never typed by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import sympy as sp
from sympy.printing.latex import LatexPrinter

Domain = Literal["positive", "real", "unit"]
"""positive: fitted as its logarithm; unit: in (0, 1), fitted as its logit; real: as it is."""
Given = dict[str, float | list[float]]
"""A value for each column, member column and parameter: lists for members and per-pool parameters."""


class pool_sum(sp.Function):
    """Σ over the pools that a run draws from. Its argument may use per-pool parameters and member columns.

    Only the pools with a part in the run (share above 0) are evaluated, so no formula has to guard its divisions.
    """

    nargs = (1,)

    def _latex(self, printer: LatexPrinter, exp: str | None = None) -> str:
        text = rf"\sum_i \left[{printer.doprint(self.args[0])}\right]"
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"


class pool_function(sp.Function):
    """Base of the named functions of all pools of a run together that are no sum over pools (effective_path.py).

    Every argument is a bare symbol: run columns, then member columns, then parameters, all in the order of the evaluator
    `POOL_FUNCTIONS[name](*columns, *members)` and of its methods value, gradient and second.
    """


@dataclass(frozen=True)
class Parameter:
    """One unknown of a law. `per="pool"` gives it one level for each atomic pool of a study.

    `reference` pins the level of the first pool (by quality rank, or the first that the rows draw from) at that value, because
    only the ratios to it are identified (a quality relative to the best pool). A fit treats that level as fixed: it is stored
    with its value, no error, and is not at a bound. Only for per-pool parameters. `others` pins all other pools too: such a
    parameter is not fitted at all, it tells the formula which pool is the first. `of_recipe`: its value belongs to one recipe
    (weight decay, dropout, optimiser), and plans say so where runs of several are fitted together.

    `along` names the column along which a parameter is a place (a break, a shift, a half-way point): `start` is then in parts of
    the range of ln values that the runs have there, 0 their least and 1 their largest, so that starts lie where the runs are.
    """

    name: str
    domain: Domain = "positive"
    start: tuple[float, float] = (0.05, 1.0)
    per: Literal["pool"] | None = None
    meaning: str = ""
    unit: str = ""
    bounds: tuple[float, float] | None = None
    reference: float | None = None
    others: float | None = None
    of_recipe: bool = False
    along: str | None = None

    @property
    def symbol(self) -> sp.Symbol:
        return sp.Symbol(self.name, real=True, positive=True if self.domain != "real" else None)


@dataclass(frozen=True)
class Objective:
    """Which misfit is minimised: the residual's space, its loss, always the weighted SUM over observations.

    space: residual is ln(predicted) - ln(observed) ("log") or predicted - observed ("linear").
    one_sided > 1 weighs observations that lie above the curve (under-tuned runs) down by that factor; 1 = off.
    """

    space: Literal["log", "linear"] = "log"
    loss: Literal["huber", "l2", "lad"] = "huber"
    delta: float = 1e-3
    one_sided: float = 1.0

    @property
    def name(self) -> str:
        shape = f"huber(delta={self.delta:g})" if self.loss == "huber" else self.loss
        side = "" if self.one_sided == 1 else f", one-sided x{self.one_sided:g}"
        return f"sum {shape} of {self.space} residuals{side}"


@dataclass(frozen=True)
class Published:
    """Constants somebody published. A per-pool constant maps pool name to value. verified=False is never a test target."""

    setting: str
    values: Mapping[str, float | Mapping[str, float]]
    low: Mapping[str, float] = field(default_factory=dict)
    high: Mapping[str, float] = field(default_factory=dict)
    reference: str = ""
    verified: bool = True
    level: float = 0.95
    """What share the printed intervals hold."""


@dataclass(frozen=True)
class Worked:
    """A value of the law that was worked out without this program: by the paper, or by hand where its powers are plain.

    `at` holds every column, member column and parameter (lists for members and per-pool parameters).
    """

    claim: str
    at: Mapping[str, float | list[float]]
    value: float
    within: float = 1e-12


@dataclass(frozen=True)
class Law:
    """One declared law. Parameter and column names differ ignoring case and are no SQL keywords.

    assumes: what it takes for granted, in words. A law that says it is a rival of its family (families.py): where a study names a
    question and no laws, it competes.
    """

    name: str
    formula: sp.Expr
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    response: str
    question: str
    source: str
    response_unit: str = "nats per token"
    linear: tuple[str, ...] = ()
    member_columns: tuple[str, ...] = ()
    published: tuple[Published, ...] = ()
    objective: Objective = Objective()
    example: Mapping[str, float | list[float]] = field(default_factory=dict)
    avoid: str = ""
    valid_range: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    variant_of: str | None = None
    nests: Mapping[str, float] = field(default_factory=dict)
    """Where `variant_of` is this law with alike pools: what the parameters that it lacks are there. A search begins there too."""
    worked: tuple[Worked, ...] = ()
    assumes: str = ""

    def __post_init__(self) -> None:
        names = [p.name for p in self.parameters] + list(self.columns) + list(self.member_columns)
        clash = {n for n in names if sum(n.lower() == m.lower() for m in names) > 1}
        if clash:
            raise ValueError(f"law {self.name}: names {sorted(clash)} are the same in SQL; rename one of each pair")
        known = set(names)
        unknown = sorted(str(s) for s in self.formula.free_symbols if str(s) not in known)
        if unknown:
            raise ValueError(f"law {self.name}: formula uses {unknown}, which is no declared parameter or column")

    @cached_property
    def pooled(self) -> bool:
        """True where the law sums over the pools of a run."""
        return bool(self.formula.has(pool_sum)) or any(isinstance(f, pool_function) for f in self.formula.atoms(sp.Function))

    @property
    def names(self) -> list[str]:
        """Run columns, member columns and parameters, in the order of the SQL macro's arguments."""
        return [*self.columns, *self.member_columns, *(p.name for p in self.parameters)]

    @property
    def needs(self) -> tuple[str, ...]:
        """Run columns that must be known for a run to inform this law."""
        return self.columns + (("pool",) if self.pooled else ())


def run_column(name: str) -> sp.Symbol:
    """A canonical run or measurement column (params, data_seen, data_unique, flops, step, lr, ...) in a formula."""
    return sp.Symbol(name, real=True, positive=True)


def member_column(name: str) -> sp.Symbol:
    """A column of one pool of a run, only inside `pool_sum`.

    share: its part of the run's samples (0 to 1); unique: unique samples of it that the run may draw; size: unique samples of
    the whole atomic pool (the pool's own data_unique; where that is unknown, the largest `unique` of it in the study).
    """
    return sp.Symbol(name, real=True, positive=True)


def positive(names: str, **kwargs: Any) -> tuple[Parameter, ...]:
    """Several positive parameters with the same start range."""
    return tuple(Parameter(n, "positive", **kwargs) for n in names.split())


def symbols(*parameters: Parameter) -> tuple[sp.Symbol, ...]:
    """The SymPy symbols of declared parameters, to write the formula with."""
    return tuple(p.symbol for p in parameters)
