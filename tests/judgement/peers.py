"""Four published estimators of a learning curve, to compare with (Alabdulmohsin, Neyshabur, Zhai 2022, arXiv:2209.06640).

Written from the paper's formulas and objective, the sum of squares of ln(left side) − ln(right side), which is solved by linear
least squares on a fine grid of what is not linear in it; in the authors' procedure the same is descended by turns. M2 and M4 are
also fitted by the squares of ln y itself, which is what the benchmark scores: "M2, ln y" and "M4, ln y".

M1  y = b·x^c, on the tail of the curve
M2  y − e = b·x^c
M3  y = b·(1/x + g)^c
M4  (y − e) / (t − y)^a = b·x^c, which falls from a chance level t to a floor e
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import least_squares

Array = np.ndarray
Curve = Callable[[Array], Array]
MARGIN = 1e-3
"""Floor and chance level stay this far from the observed values, as in the paper's code."""
FLOORS, LEVELS, SHIFTS = 200, 40, 400
TAILS = (1.0, 0.5, 0.25, 0.125)
"""Parts of the points, the last ones, to which M1 may be fitted; the one that forecasts the last fifth of them best is taken."""


def _line(x: Array, y: Array) -> tuple[Array, float]:
    """Coefficients of y on 1 and the columns of x, and the sum of squares left."""
    columns = np.column_stack([np.ones(len(y)), x])
    found = np.linalg.lstsq(columns, y, rcond=None)[0]
    return found, float(((y - columns @ found) ** 2).sum())


def _floors(y: Array, count: int) -> Array:
    return np.linspace(0.0, max(float(y.min()) - MARGIN, 0.0), count)


def m1(x: Array, y: Array) -> Curve:
    """A power of the tail."""
    known = max(int(0.8 * len(x)), 2)

    def power(part: float, last: int) -> Curve:
        first = min(int((1 - part) * last), last - 2)
        (a, c), _ = _line(np.log(x[first:last]), np.log(y[first:last]))
        return lambda at: np.exp(a + c * np.log(at))

    def missed(part: float) -> float:
        return float(np.mean((np.log(power(part, known)(x[known:])) - np.log(y[known:])) ** 2)) if known < len(x) else -part

    return power(min(TAILS, key=missed), len(x))


def _m2(theta: Array) -> Curve:
    floor, a, c = theta
    return lambda at: floor + np.exp(a + c * np.log(at))


def _m2_start(x: Array, y: Array) -> Array:
    floor = min(_floors(y, FLOORS), key=lambda e: _line(np.log(x), np.log(y - e))[1])
    return np.array([floor, *_line(np.log(x), np.log(y - floor))[0]])


def m2(x: Array, y: Array) -> Curve:
    """A power above a floor."""
    return _m2(_m2_start(x, y))


def m3(x: Array, y: Array) -> Curve:
    """A power of 1/x and a shift."""
    shifts = np.append(0.0, np.geomspace(1e-4 / x.max(), 10 / x.min(), SHIFTS))
    shift = min(shifts, key=lambda g: _line(np.log(1 / x + g), np.log(y))[1])
    (a, c), _ = _line(np.log(1 / x + shift), np.log(y))
    return lambda at: np.exp(a + c * np.log(1 / at + shift))


def _m4(theta: Array) -> Curve:
    floor, level, a, c, bend = theta
    return lambda at: floor + _solved(np.exp(a + c * np.log(at)), level - floor, bend)


def _m4_start(x: Array, y: Array) -> Array:
    highest = float(y.max()) + MARGIN
    levels = highest + np.append(0.0, np.geomspace(MARGIN, max(1.0, highest), LEVELS - 1))
    pairs = [(e, t) for e in _floors(y, LEVELS) for t in levels]
    floor, level = min(pairs, key=lambda pair: _between(x, y, *pair)[1])
    return np.array([floor, level, *_between(x, y, floor, level)[0]])


def m4(x: Array, y: Array) -> Curve:
    """From a chance level to a floor."""
    return _m4(_m4_start(x, y))


def _between(x: Array, y: Array, floor: float, level: float) -> tuple[Array, float]:
    """Coefficients of ln(y − floor) on 1, ln x and ln(level − y), the last of which may not be negative."""
    found, left = _line(np.column_stack([np.log(x), np.log(level - y)]), np.log(y - floor))
    if found[2] >= 0:
        return found, left
    plain, left = _line(np.log(x), np.log(y - floor))
    return np.append(plain, 0.0), left


def _solved(size: Array, span: float, bend: float) -> Array:
    """w in (0, span) with w = size·(span − w)^bend, by bisection; size itself where nothing bends."""
    if bend < 1e-5:
        return size
    low, high = np.zeros_like(size), np.full_like(size, span)
    for _ in range(50):
        middle = (low + high) / 2
        above = middle > size * (span - middle) ** bend
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


def _by_squares(form: Callable[[Array], Curve], starts: list[Array], low: list[float], high: list[float]) -> Callable[..., Curve]:
    """The curve of least squares of ln y from several starts."""

    def fitted(x: Array, y: Array) -> Curve:
        def left(theta: Array) -> Array:
            with np.errstate(all="ignore"):
                return np.asarray(np.nan_to_num(np.log(np.maximum(form(theta)(x), 1e-9)) - np.log(y), nan=1e3, posinf=1e3))

        inside = [np.clip(start, np.array(low) + 1e-9, np.array(high) - 1e-9) for start in starts]
        found = [least_squares(left, start, bounds=(low, high), x_scale="jac", max_nfev=400) for start in inside]
        return form(min(found, key=lambda one: one.cost).x)

    return fitted


def m2_squares(x: Array, y: Array) -> Curve:
    """A power above a floor by the squares of ln y."""
    starts = [_m2_start(x, y)]
    starts += [np.array([e, *_line(np.log(x), np.log(y - e))[0]]) for e in (0.5, 0.9) * np.array(float(y.min()))]
    return _by_squares(_m2, starts, [0.0, -50.0, -5.0], [float(y.min()), 100.0, 0.0])(x, y)


def m4_squares(x: Array, y: Array) -> Curve:
    """From a chance level to a floor by the squares of ln y."""
    top = float(y.max()) + MARGIN
    starts = [_m4_start(x, y)]
    starts += [np.array([e, 1.2 * top, *_between(x, y, e, 1.2 * top)[0]]) for e in (0.5, 0.9) * np.array(float(y.min()))]
    return _by_squares(_m4, starts, [0.0, top, -50.0, -5.0, 0.0], [float(y.min()), 10 * top, 100.0, 0.0, 20.0])(x, y)


PEERS: dict[str, Callable[[Array, Array], Curve]] = {
    "M1": m1,
    "M2": m2,
    "M2, ln y": m2_squares,
    "M3": m3,
    "M4": m4,
    "M4, ln y": m4_squares,
}
