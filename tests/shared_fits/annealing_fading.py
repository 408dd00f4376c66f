"""Why no multi-power fit is lowest on each schedule: `python -m tests.shared_fits.annealing_fading DATA`.

First, what the form can do at all: its constants fitted to the four test schedules (a look at the answers, for diagnosis alone).
Then a form whose gain from annealing fades with the area S1 under the rate, B S1^-fading in the place of B, fitted to the two
training curves; the fading is the one of least training objective, and the tests never choose. The warm-up's rise is no drop,
points from step 4000, Huber losses; beta and gamma up to 1 in the first, up to 20 in the second.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import least_squares

from tests.shared_fits.annealing_fits import HELD_OUT, REFERENCE, TRAINED, error
from tests.shared_fits.annealing_variants import DELTA, STARTS, Curve, curve

FADINGS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
MORE_STARTS = (*STARTS, (2.5, 0.8, 0.3, 300.0, 1.0, 0.5, 0.5), (3.0, 0.4, 0.6, 600.0, 5.0, 0.4, 0.3))
LOW = np.array([np.log(0.5), -10.0, -4.0, -5.0, -10.0, -4.0, -6.0])
FIRST = 4000


def value(theta: np.ndarray, at: Curve, fading: float) -> np.ndarray:
    """The law at the points of a curve."""
    floor, scale, alpha, fall, relaxation, beta, gamma = theta
    drop, after, since = at.drops
    with np.errstate(all="ignore"):
        relaxed = 1 - (1 + relaxation * after**-gamma * since) ** -beta
        return floor + scale * at.area**-alpha - fall * at.area**-fading * (drop * relaxed).sum(axis=1)


def fitted(curves: list[Curve], fading: float, most: float) -> tuple[np.ndarray, float]:
    """The constants of least Huber misfit, beta and gamma up to `most`, and that misfit."""
    high = np.array([np.log(5.0), 10.0, np.log(2.0), np.log(1e5), 20.0, np.log(most), np.log(most)])
    observed = np.concatenate([c.loss for c in curves])

    def residual(x: np.ndarray) -> np.ndarray:
        predicted = np.concatenate([value(np.exp(x), c, fading) for c in curves])
        z = np.nan_to_num(np.log(np.maximum(predicted, DELTA) / observed) / DELTA, nan=1e6)
        return np.sign(z) * np.where(np.abs(z) <= 1, np.abs(z), np.sqrt(np.maximum(2 * np.abs(z) - 1, 0)))

    starts = [np.clip(np.log(start), LOW + 1e-3, high - 1e-3) for start in MORE_STARTS]
    found = [least_squares(residual, start, bounds=(LOW, high), max_nfev=200) for start in starts]
    best = min(found, key=lambda f: f.cost)
    return np.exp(best.x), float(best.cost)


def misses(theta: np.ndarray, curves: dict[str, Curve], fading: float) -> dict[str, float]:
    """Error of each curve, in percent."""
    return {name: round(error(value(theta, c, fading), pl.Series(c.loss)), 3) for name, c in curves.items()}


def diagnosed(data: Path, size: str) -> dict[str, object]:
    """The multi-power form fitted to the four tests: its errors there and on the training curves, and the last step of one."""
    tests = {name: curve(data, size, name, False) for name in HELD_OUT if name in REFERENCE[size]}
    trained = {name: curve(data, size, name, False) for name in TRAINED}
    theta, _ = fitted([*tests.values()], 0.0, 1.0)
    cosine = trained["cosine_24000"]
    last = 100 * (cosine.loss[-1] / value(theta, cosine, 0.0)[-1] - 1)
    return {"size": size, **misses(theta, {**tests, **trained}, 0.0), "cosine_24000's end, %": round(float(last), 2)}


def faded(data: Path, size: str, fading: float) -> dict[str, object]:
    """One fading: training objective, errors of the tests, their mean, and how many are below annealing."""
    tests = {name: curve(data, size, name, False) for name in HELD_OUT if name in REFERENCE[size]}
    theta, cost = fitted([curve(data, size, name, False).between(FIRST) for name in TRAINED], fading, 20.0)
    missed = misses(theta, tests, fading)
    below = sum(missed[name] < REFERENCE[size][name] for name in missed)
    mean = round(float(np.mean([*missed.values()])), 3)
    return {"size": size, "fading": fading, "objective": round(cost, 2), **missed, "mean": mean, "below_annealing": below}


def main(data: Path) -> int:
    """Prints both tables."""
    print(pl.DataFrame([diagnosed(data, size) for size in REFERENCE]).write_csv())
    print(pl.DataFrame([faded(data, size, fading) for size in REFERENCE for fading in FADINGS]).write_csv())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
