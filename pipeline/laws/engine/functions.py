"""Named functions of laws: sums over epochs, each with its value, its derivatives and its SQL text side by side.

A named function is a SymPy function whose `fdiff` gives exact derivatives as further named functions, an entry in
`NUMPY_FUNCTIONS` for `lambdify`, and an entry in `SQL_FUNCTIONS` for the macro. They are the only formulas written more than
once; the tests hold value, derivatives and SQL against each other. `together` names the NumPy function that gives several orders
(the last argument) of one in one walk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from pipeline.laws.engine.effective_path import EffectivePath
from pipeline.laws.engine.effective_path_sql import effective_path_sql
from pipeline.laws.engine.union_path import union_path

Array = NDArray[np.float64]
NEGLIGIBLE = 60.0
"""Epochs whose weight is below exp(-NEGLIGIBLE) of the first repeat's are left out: less than the last bit of the sum."""
CELLS = 1024
"""Cells whose growth in each epoch is tabulated at once."""
RATES, PER_RATE = 64, 16
"""Most distinct rates, and least epochs for each of them, at which tables of sums are cheaper than a walk, as measured."""
TABLE = 100_000
"""Weights of epochs that are tabulated at once: 0.8 MB an array."""


class repeat_growth(sp.Function):
    """S_j(x, λ) = Σ_{k=1}^{⌊x⌋} k^j·exp(−kλ)·ln(min(k+1, x)/k): growth of ln n over x epochs, epoch k discounted by exp(−kλ).

    x: epochs seen (partial ones count), λ: ln 2 / half-life, j: 0 for the sum itself, j more for each derivative in λ.
    S_0 is 0 in the first epoch, ln x for λ = 0, and finite for x → ∞ when λ > 0: that is the floor of a repeated pool.
    """

    nargs = (3,)
    together: ClassVar[str] = "repeat_growths"

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        x, rate, j = self.args
        if argindex == 1:
            return repeat_weight(x, rate, j) / x
        if argindex == 2:
            return -repeat_growth(x, rate, j + 1)
        raise sp.ArgumentIndexError(self, argindex)

    def _latex(self, printer: sp.printing.latex.LatexPrinter, exp: str | None = None) -> str:
        x, rate, j = (printer.doprint(a) for a in self.args)
        power = "" if self.args[2] == 0 else f"k^{{{j}}} "
        text = rf"\sum_{{k=1}}^{{\lfloor {x} \rfloor}} {power}e^{{-k {rate}}} \ln\frac{{\min(k+1,\, {x})}}{{k}}"
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"


class repeat_weight(sp.Function):
    """k^j·exp(−kλ) of the epoch k = ⌊x⌋ that is under way, 0 in the first: x·∂S_j/∂x. Constant between epochs."""

    nargs = (3,)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        x, rate, j = self.args
        if argindex == 1:
            return sp.S.Zero
        if argindex == 2:
            return -repeat_weight(x, rate, j + 1)
        raise sp.ArgumentIndexError(self, argindex)


def last_epoch(x: Array, rate: Array) -> int:
    """The last repeat that is worth summing anywhere in the arrays: at least one, which also hands on rates that are unknown."""
    needed = np.minimum(np.floor(x), 1 + NEGLIGIBLE / np.maximum(rate, 1e-300))
    return int(np.fmax.reduce(needed, axis=None, initial=1.0))  # draws of a pool that too few runs inform are not-a-number


def repeat_growth_value(x: ArrayLike, rate: ArrayLike, j: ArrayLike = 0) -> Array:
    """S_j for arrays that broadcast together; x (rows) may lack the leading batch axis that rate (resamples × rows) has."""
    return repeat_growths(x, rate, (int(np.asarray(j).flat[0]),))[0]


def repeat_growths(x: ArrayLike, rate: ArrayLike, orders: tuple[int, ...]) -> list[Array]:
    """S_j of every order j, in one walk over the epochs."""
    x, rate = np.asarray(x, float), np.asarray(rate, float)
    shape = np.broadcast_shapes(x.shape, rate.shape)
    if len(shape) < 2 or (x.ndim == len(shape) and x.shape[0] > 1):
        cells, batch = np.broadcast_to(x, shape).reshape(-1), np.broadcast_to(rate, shape).reshape(1, -1)
    else:
        cells = np.broadcast_to(x.reshape(x.shape[1:]) if x.ndim == len(shape) else x, shape[1:]).reshape(-1)
        batch = np.broadcast_to(rate, shape).reshape(shape[0], -1)
    return [found.reshape(shape) for found in _sum_by_cell(cells, batch, orders)]


def _sum_by_cell(x: Array, rate: Array, orders: tuple[int, ...]) -> Array:
    """S_j of x (cells,), rate (batch, cells): of few rates and many epochs, as plans have, by tables of sums; else by a walk."""
    result = np.zeros((len(orders), *rate.shape))
    active = np.flatnonzero(x > 1)
    if not active.size:
        return result
    tabled = _shared_rates(rate[:, active], last_epoch(x[active], rate[:, active]))
    for cells in (active[alike] for alike in tabled):
        result[:, :, cells] = _tabled(x[cells], rate[:, cells[0]], orders)
    return result if tabled else _walked(result, x, rate, orders, active)


def _shared_rates(rate: Array, epochs: int) -> list[NDArray[np.int64]]:
    """The cells (indices) of each distinct rate of (batch, cells); none where these are too many for that many epochs."""
    if len(rate) > RATES or epochs < PER_RATE:
        return []
    _, first, group = np.unique(rate[0], return_index=True, return_inverse=True)
    few = len(first) * len(rate) <= RATES and len(first) * PER_RATE <= epochs
    if not few or not np.array_equal(rate, rate[:, first[group]], equal_nan=True):
        return []
    return np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])


def _tabled(x: Array, rate: Array, orders: tuple[int, ...]) -> Array:
    """S_j (orders, batch, cells) of x (cells,) at rates (batch,) that all share: the sums up to each epoch serve every cell."""
    needed = last_epoch(x, rate[:, None])
    epochs = np.arange(1.0, needed + 1)
    last = np.minimum(x, needed).astype(np.int64)  # the epoch under way
    before, part = last - 1, np.log(np.minimum(last + 1.0, x) / last)
    growth = np.log1p(1 / epochs)
    result = np.empty((len(orders), len(rate), len(x)))
    step = max(1, TABLE // needed)
    for begin in range(0, len(rate), step):
        rows = slice(begin, begin + step)
        weight = np.exp(-rate[rows, None] * epochs)
        for j, power in enumerate(orders):
            weighed = weight * epochs**power
            whole = np.cumsum(weighed * growth, axis=1)
            result[j, rows] = np.where(before > 0, whole[:, before - 1], 0.0) + weighed[:, before] * part
    return result


def _walked(result: Array, x: Array, rate: Array, orders: tuple[int, ...], active: NDArray[np.int64]) -> Array:
    """Fills in S_j of the active cells: Horner in exp(−λ), last epoch first, over the cells that reach each epoch."""
    active = active[np.argsort(-x[active], kind="stable")]
    for begin in range(0, active.size, CELLS):
        cells = active[begin : begin + CELLS]
        reached, needed = x[cells], last_epoch(x[cells], rate[:, cells])
        factor = np.exp(-rate.T[cells])  # (cells, batch): the cells that reach an epoch lie together in memory
        total = np.zeros((len(orders), *factor.shape))
        epochs = np.arange(1, needed + 1)[:, None]
        growth = np.log(np.minimum(epochs + 1.0, reached) / epochs)
        table = np.stack([epochs**power * growth for power in orders])
        reach = np.searchsorted(-reached, -epochs[:, 0], side="left")
        for k in range(needed - 1, -1, -1):
            part = total[:, : reach[k]]
            part += table[:, k, : reach[k], None]
            part *= factor[: reach[k]]
        result[:, :, cells] = total.transpose(0, 2, 1)
    return result


def repeat_weight_value(x: ArrayLike, rate: ArrayLike, j: ArrayLike = 0) -> Array:
    """k^j·exp(−kλ) at k = ⌊x⌋, 0 for x < 1."""
    k = np.floor(np.asarray(x, float))
    return np.where(k >= 1, k ** np.asarray(j, float) * np.exp(-k * np.asarray(rate, float)), 0.0)


def repeat_growth_sql(x: str, rate: str, j: str, depth: int = 0) -> str:
    """S_j as a list expression; the same epochs are left out as in NumPy."""
    k = f"k{depth}"
    last = f"CAST(least(floor({x}), 1e0 + {NEGLIGIBLE}e0 / greatest({rate}, 1e-300)) AS BIGINT)"
    term = f"pow({k}, {j}) * exp(-{k} * ({rate})) * ln(least({k} + 1e0, {x}) / {k})"
    return f"coalesce(list_sum(list_transform(range(1, {last} + 1), lambda {k}: {term})), 0e0)"


def repeat_weight_sql(x: str, rate: str, j: str, depth: int = 0) -> str:  # noqa: ARG001 - one signature for all functions
    return f"CASE WHEN {x} >= 1 THEN pow(floor({x}), {j}) * exp(-floor({x}) * ({rate})) ELSE 0e0 END"


NUMPY_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "repeat_growth": repeat_growth_value,
    "repeat_growths": repeat_growths,
    "repeat_weight": repeat_weight_value,
}
SQL_FUNCTIONS: dict[str, Callable[..., str]] = {
    "repeat_growth": repeat_growth_sql,
    "repeat_weight": repeat_weight_sql,
}
POOL_FUNCTIONS = {"effective_path": EffectivePath}
"""Evaluators of whole functions: built from run and member columns, then called with the parameters."""
UNION_FUNCTIONS = {"effective_path": union_path}
"""The same for runs on whole pools drawn uniformly, all budgets of a union in one walk: sizes, inside, column, parameters."""
POOL_SQL_FUNCTIONS: dict[str, Callable[..., str]] = {"effective_path": effective_path_sql}
