"""Variants of the multi-power fit, ranked inside the training curves: `python -m tests.shared_fits.annealing_variants DATA`.

Each is fitted to the first 12 000 and 16 000 steps of cosine_24000 and constant_24000 and asked for the rest of both; the
tests never choose. Variants: the relaxation's prior (sd of ln around the constants published for the OTHER size; none), the
warm-up's rise as drops or not, points from which step, Huber or squares, steps weighted evenly or by 1/step.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import least_squares

from pipeline.laws.catalogue.schedules.multi_power_law import VALUES
from pipeline.study.derived.schedules import drop_groups
from tests.shared_fits.annealing_fits import HELD_OUT, REFERENCE, TRAINED, WARMUP, error, history

STARTS = ((2.8, 0.5, 0.5, 400.0, 2.0, 0.6, 0.65), (2.8, 0.5, 0.5, 400.0, 0.5, 0.3, 0.9))
DELTA, CUTS = 1e-3, (12_000, 16_000)
MEMBERS = 60
GRID = tuple(itertools.product((True, False), (0.03, 0.1, 0.3, None), (0, 4000, 8000), ("huber", "l2"), (True, False)))


@dataclass(frozen=True)
class Curve:
    """Steps, losses, area and drops (rows, members) of a curve."""

    step: np.ndarray
    loss: np.ndarray
    area: np.ndarray
    drops: tuple[np.ndarray, np.ndarray, np.ndarray]

    def between(self, first: int, last: int = 10**9) -> Curve:
        """The points from step `first` on, up to `last`."""
        kept = (self.step >= first) & (self.step <= last)
        drop, after, since = (part[kept] for part in self.drops)
        return Curve(self.step[kept], self.loss[kept], self.area[kept], (drop, after, since))


def curve(data: Path, size: str, name: str, warm: bool) -> Curve:
    """A released curve; without `warm` the rate is the peak from the first step on, so that its rise is no drop."""
    log = pl.read_csv(data / "multi_power_law" / size / f"{name}.csv")
    steps, rates = log["step"].to_numpy(), history(name)
    flat = np.concatenate([np.full(WARMUP, rates[WARMUP]), rates[WARMUP:]])
    parts = [np.zeros((len(steps), MEMBERS)), np.ones((len(steps), MEMBERS)), np.zeros((len(steps), MEMBERS))]
    for i, step in enumerate(steps):
        groups = drop_groups(rates if warm else flat, int(step))
        kept = np.ones(len(groups["lr_drop"]), bool) if warm else groups["lr_drop"] > 0
        for part, column in zip(parts, ("lr_drop", "lr_after", "lr_since"), strict=True):
            part[i, : kept.sum()] = groups[column][kept]
    return Curve(steps, log["loss"].to_numpy(), np.cumsum(rates)[steps - 1], (parts[0], parts[1], parts[2]))


def value(theta: np.ndarray, at: Curve) -> np.ndarray:
    """The law at the points of a curve."""
    floor, scale, alpha, fall, relaxation, beta, gamma = theta
    drop, after, since = at.drops
    with np.errstate(all="ignore"):
        relaxed = 1 - (1 + relaxation * after**-gamma * since) ** -beta
        return floor + scale * at.area**-alpha - fall * (drop * relaxed).sum(axis=1)


def fitted(curves: list[Curve], centre: np.ndarray, sd: float | None, loss: str, even: bool) -> np.ndarray:
    """The constants of least misfit over the curves; a prior holds the last three near `centre` in ln."""
    step, observed = (np.concatenate([getattr(c, name) for c in curves]) for name in ("step", "loss"))
    weight = np.ones(len(step)) if even else (1 / step) / np.mean(1 / step)

    def residual(x: np.ndarray) -> np.ndarray:
        theta = np.exp(np.clip(x, -30, 30))
        predicted = np.concatenate([value(theta, c) for c in curves])
        z = np.nan_to_num(np.log(np.maximum(predicted, DELTA) / observed) / DELTA, nan=1e6)
        if loss == "huber":
            z = np.sign(z) * np.where(np.abs(z) <= 1, np.abs(z), np.sqrt(np.maximum(2 * np.abs(z) - 1, 0)))
        z = z * np.sqrt(weight)
        return z if sd is None else np.concatenate([z, (x[4:] - np.log(centre)) / sd])

    found = [least_squares(residual, np.log(start), max_nfev=400, ftol=1e-12, xtol=1e-12, gtol=1e-12) for start in STARTS]
    return np.exp(min(found, key=lambda f: f.cost).x)


def variant(data: Path, size: str, warm: bool, sd: float | None, first: int, loss: str, even: bool) -> dict[str, object]:
    """Its error inside the training curves and on the others, in percent."""
    centre = np.array(VALUES[next(other for other in VALUES if other != size)][4:])
    trained = [curve(data, size, name, warm) for name in TRAINED]
    inside = []
    for cut in CUTS:
        theta = fitted([c.between(first, cut) for c in trained], centre, sd, loss, even)
        inside += [error(value(theta, c.between(cut + 1)), pl.Series(c.between(cut + 1).loss)) for c in trained]
    theta = fitted([c.between(first) for c in trained], centre, sd, loss, even)
    tests = {name: curve(data, size, name, warm) for name in HELD_OUT}
    errors = {name: round(error(value(theta, c), pl.Series(c.loss)), 3) for name, c in tests.items()}
    below = sum(errors[name] < bound for name, bound in REFERENCE[size].items() if name in errors)
    settings = {"size": size, "warm": warm, "sd": sd, "first": first, "loss": loss, "even": even}
    return {**settings, "inside": round(float(np.mean(inside)), 4), **errors, "below_annealing": below}


def main(data: Path) -> int:
    """Prints every variant, least error inside the training curves first."""
    rows = [variant(data, size, *settings) for size in REFERENCE for settings in GRID]
    print(pl.DataFrame(rows).sort("size", "inside").write_csv())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
