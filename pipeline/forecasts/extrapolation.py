"""One curve carried on by itself: no other run and no law of sizes is needed, only its own points.

Laws of one column are fitted to the whole curve and to its beginnings, which end one, two and three reaches before its last
point; a reach is how far the forecast goes, in ln. Each then forecasts the next reach: these blocks along the curve are what is
held out. Laws weigh by 1 / mean squared ln error on the blocks. What the weighted forecast missed there, for each unit of ln
distance, is its error here; it counts together with PRIOR errors of the size of the residuals, because three blocks of one curve
say little about how large it is. The laws' disagreement and the spread of single points are added. Which laws, which weights and
which growth was chosen inside the training parts of public curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import stdtrit

from pipeline.errors import FitError
from pipeline.fitting import Fit, fit
from pipeline.fitting.effort import Effort
from pipeline.laws import laws

Array = np.ndarray
RIVALS = ("limited_power", "hill")
BLOCKS = 3
LEAST_REACH = float(np.log(1.5))
"""Blocks are at least this long in ln of the data: noise of neighbours says nothing of the law."""
PRIOR, RESIDUALS = 2.0, 1.5
"""Blocks' worth of belief that the error for a unit of ln distance is RESIDUALS times the spread around the curve."""
NEAREST = 0.05
"""ln distance below which the error no longer shrinks."""
POINTS = 200
"""Points of a curve that are fitted, at most, evenly spread in ln of the data."""
CHEAP = Effort(starts=12, audit=4, longest=100, tile=64, minima=1, sweeps=0, spare=-1, hopeless=False)


@dataclass(frozen=True)
class Extrapolation:
    """ln of the forecast (n,), its scale (n,) and degrees of freedom, the laws' weights, and the blocks that were held out."""

    centre: Array
    sd: Array
    freedom: float
    weights: dict[str, float]
    blocks: int

    def quantile(self, level: float) -> Array:
        """(n,) that quantile of the forecast of a value."""
        return np.asarray(np.exp(self.centre + self.sd * stdtrit(self.freedom, level)))


@dataclass(frozen=True)
class _Block:
    """ln errors (laws, m) of one stretch of the curve, and how far each point lies beyond what was known."""

    error: Array
    distance: Array


def extrapolate(data: Array, values: Array, asked: Array, rivals: Sequence[str] = RIVALS) -> Extrapolation | None:
    """The curve `values` (n,) over `data` (n,), ascending and positive, at the data `asked` (m,) beyond its last point.

    None where the curve is too short for any of the laws.
    """
    data, values = _thinned(np.asarray(data, float), np.asarray(values, float))
    reach = max(float(np.log(np.max(asked) / data[-1])), LEAST_REACH)
    fits = {name: found for name in rivals if (found := _fitted(name, data, values)) is not None}
    made = {name: _ln(found, asked) for name, found in fits.items()}
    names = [name for name, centre in made.items() if np.isfinite(centre).all()]
    if not names:
        return None
    blocks = [block for k in range(1, BLOCKS + 1) if (block := _block(names, data, values, k * reach, reach)) is not None]
    weight = _weights(blocks, len(names))
    forecasts = np.stack([made[name] for name in names])
    centre = weight @ forecasts
    apart = np.sqrt(weight @ (forecasts - centre) ** 2)
    spread = np.sqrt(weight @ np.array([np.mean((_ln(fits[name], data) - np.log(values)) ** 2) for name in names]))
    squares = [float(np.mean((weight @ block.error / block.distance) ** 2)) for block in blocks]
    unit = (sum(squares) + PRIOR * (RESIDUALS * spread) ** 2) / (len(squares) + PRIOR)
    sd = np.sqrt(unit * _distance(asked, data[-1]) ** 2 + apart**2 + spread**2)
    return Extrapolation(centre, sd, len(squares) + PRIOR, dict(zip(names, map(float, weight), strict=True)), len(blocks))


def _thinned(data: Array, values: Array) -> tuple[Array, Array]:
    """At most POINTS points, evenly spread in ln of the data, the last one among them."""
    if len(data) <= POINTS:
        return data, values
    at = np.searchsorted(data, np.geomspace(data[0], data[-1], POINTS) * (1 - 1e-12))
    keep = np.unique(np.append(np.clip(at, 0, len(data) - 1), len(data) - 1))
    return data[keep], values[keep]


def _fitted(name: str, data: Array, values: Array) -> Fit | None:
    """A law on a curve; None where there are too few points for it."""
    law = laws[name]
    if len(data) < len(law.parameters) + 2:
        return None
    frame = pl.DataFrame({law.columns[0]: data, "value": values, "run_key": ["curve"] * len(data)})
    try:
        return fit(law, frame, draws=0, effort=CHEAP)
    except FitError:
        return None


def _ln(found: Fit, data: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.log(found.value(pl.DataFrame({found.law.columns[0]: data})))


def _distance(data: Array, last: float) -> Array:
    return np.maximum(np.log(data / last), NEAREST)


def _block(names: Sequence[str], data: Array, values: Array, back: float, reach: float) -> _Block | None:
    """What the laws, fitted to what lies `back` before the end, miss of the next `reach`; None where they cannot be fitted."""
    place = np.log(data / data[-1])
    known = place <= -back + 1e-9
    held = ~known & (place <= -back + reach * 1.01)
    if not held.any():
        return None
    found = [_fitted(name, data[known], values[known]) for name in names]
    if any(one is None for one in found):
        return None
    error = np.stack([_ln(one, data[held]) for one in found if one is not None]) - np.log(values[held])
    return _Block(error, _distance(data[held], data[known][-1])) if np.isfinite(error).all() else None


def _weights(blocks: Sequence[_Block], count: int) -> Array:
    """In proportion to 1 / mean squared error over the blocks; equal where there are none."""
    if not blocks:
        return np.full(count, 1.0 / count)
    precision = 1.0 / (np.mean([(block.error**2).mean(axis=1) for block in blocks], axis=0) + 1e-12)
    return np.asarray(precision / precision.sum())
