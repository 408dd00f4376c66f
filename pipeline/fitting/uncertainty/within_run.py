"""Residuals inside a run, redrawn as a first-order autoregression: for parameters that rest on fewer than five runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class AutoregressiveNoise:
    """New targets = fitted + sd·noise, noise_t = rho·noise_{t−1} + innovation, innovations resampled from all runs.

    sd: how far each observation strays, where some do farther than others; the residual is in that unit.
    """

    fitted: Array
    residual: Array
    run: Array
    sd: Array | float = 1.0

    @property
    def rho(self) -> float:
        """Lag-one correlation of residuals within runs, pooled over runs, in [0, 0.98]."""
        same = self.run[1:] == self.run[:-1]
        now, before = self.residual[1:][same], self.residual[:-1][same]
        total = float((before**2).sum())
        return float(np.clip((now * before).sum() / total, 0.0, 0.98)) if total > 0 else 0.0

    def innovations(self) -> Array:
        """Residual minus what its predecessor explains; the first of a run is scaled to the same spread."""
        out = self.residual * np.sqrt(1 - self.rho**2)
        same = self.run[1:] == self.run[:-1]
        out[1:][same] = (self.residual[1:] - self.rho * self.residual[:-1])[same]
        return out - out.mean()

    def targets(self, seed: int, tile: int, count: int) -> Array:
        """(count, n) targets of one tile."""
        rng = np.random.default_rng([seed, 2, tile])
        shock = rng.choice(self.innovations(), size=(count, len(self.run)))
        first = np.append(True, self.run[1:] != self.run[:-1])
        noise = shock / np.where(first, np.sqrt(1 - self.rho**2), 1.0)
        for t in np.flatnonzero(~first):
            noise[:, t] += self.rho * noise[:, t - 1]
        return self.fitted + self.sd * noise
