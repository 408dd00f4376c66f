"""Derivatives of a compiled law in natural parameters, observation by observation: for information, starts and tests.

The solver does not come here: its sums over observations never hold an array of (batch, n, P, P).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.laws.engine.rows import Rows

if TYPE_CHECKING:
    from pipeline.laws.engine.compile import CompiledLaw

Array = np.ndarray


def gradient(law: CompiledLaw, theta: Array, rows: Rows) -> tuple[Array, Array]:
    """value (batch, n) and gradient (batch, n, P) in natural parameters."""
    value, gradient, *_ = _first(law, theta, rows)
    return value, gradient


def derivatives(law: CompiledLaw, theta: Array, rows: Rows) -> tuple[Array, Array, Array]:
    """value (batch, n), gradient (batch, n, P) and Hessian (batch, n, P, P) in natural parameters. For tests and few rows."""
    value, gradient, direction, (outer_first, outer_second), pools, wholes = _first(law, theta, rows)
    hessian = np.zeros((*gradient.shape, gradient.shape[2]))
    with np.errstate(all="ignore"):
        inner = _inner_hessians(law, theta, rows, pools, wholes)
        for (_, i), part in zip(law.layout["outer"]["first"], outer_first, strict=True):
            if i >= len(law.shared):
                hessian += np.broadcast_to(part, value.shape)[..., None, None] * inner[i - len(law.shared)]
        for (_, i, j), part in zip(law.layout["outer"]["second"], outer_second, strict=True):
            scaled = np.broadcast_to(part, value.shape)[..., None] * direction[i]
            outer = scaled[..., :, None] * direction[j][..., None, :]
            hessian += outer if i == j else outer + np.swapaxes(outer, -1, -2)
    return value, gradient, hessian


def _first(law: CompiledLaw, theta: Array, rows: Rows) -> tuple[Array, Array, list[Array], tuple[Any, Any], list[Any], list[Any]]:
    """Value and gradient, the directions of the outer arguments, the outer derivatives, and what the pools were worked from."""
    (batch, size), shared, sums = theta.shape, len(law.shared), law.layout["sums"]
    inner = np.zeros((sums + len(law.layout["wholes"]), batch, rows.n, size))
    totals = [np.zeros((batch, rows.n)) for _ in range(sums)]
    pools = []
    with np.errstate(all="ignore"):
        for k, (at, arguments) in enumerate(law.pool_parts(theta, rows)):
            values, first, second = law.call["inner_all"](*arguments)
            place = law.columns_of_pool(k, len(rows.pools))
            for total, part in zip(totals, values, strict=True):
                total[:, at] += part
            for (j, i), part in zip(law.layout["inner"]["first"], first, strict=True):
                inner[j][:, at, place[i]] += part
            pools.append((at, place, second))
        wholes = [(part.at(*levels), places) for part, levels, places in law.whole_parts(theta, rows)]
        for j, (at, places) in enumerate(wholes, sums):
            totals.append(at.value)
            inner[j][:, :, places] = at.slope.transpose(0, 2, 1)
        columns = [rows.columns[c] for c in law.columns]
        (value,), first, second = law.call["outer_all"](law.outer_arguments(theta), totals, columns)
        direction = [np.broadcast_to(np.eye(size)[i], (batch, rows.n, size)) for i in range(shared)] + list(inner)
        gradient = np.zeros((batch, rows.n, size))
        for (_, i), part in zip(law.layout["outer"]["first"], first, strict=True):
            slope = np.broadcast_to(part, (batch, rows.n))
            if i < shared:
                gradient[..., i] += slope
            else:
                gradient += slope[..., None] * direction[i]
    value = np.broadcast_to(value, (batch, rows.n)).astype(float, copy=True)
    return value, gradient, direction, (first, second), pools, wholes


def _inner_hessians(law: CompiledLaw, theta: Array, rows: Rows, pools: list[Any], wholes: list[Any]) -> Array:
    """(sums and wholes, batch, n, P, P)."""
    (batch, size), sums = theta.shape, law.layout["sums"]
    out = np.zeros((sums + len(wholes), batch, rows.n, size, size))
    for at, place, second in pools:
        for (j, i, m), part in zip(law.layout["inner"]["second"], second, strict=True):
            out[j][:, at, place[i], place[m]] += part
            if i != m:
                out[j][:, at, place[m], place[i]] += part
    for j, (at, places) in enumerate(wholes, sums):
        for row, one in enumerate(np.eye(rows.n)):
            square = out[j][:, row]
            square[:, np.array(places)[:, None], places] = at.second(np.tile(one, (batch, 1)))
    return out
