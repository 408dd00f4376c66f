"""Which observations narrow a target most per unit of cost: Bayesian optimal design on an ensemble of draws.

The draws of a fit are a prior over what every candidate run would show, F (draws, J), and over the target, G (draws, T), jointly.
Seeing run i with noise variance s_i² updates a Gaussian with that covariance:
    gain_i = Σ_t cov(F_i, G_t)² / (var F_i + s_i²)        I-optimal: variance of the target that goes away
    gain_i = ln(1 + var F_i / s_i²)                        D-optimal: information about everything
(Chaloner and Verdinelli 1995). Nothing is differentiated, so any law and any target that the draws can give will do.
What the law itself gets wrong adds its own covariances (shared_errors.py).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from pipeline.planning.design.shared_errors import SharedErrors
from pipeline.planning.plan import Array, percentiles

Criterion = Literal["I", "D"]
TINY = 1e-300
ROUNDING = 1e-10
"""Of a candidate's own variance: a run whose noise is less would leave a covariance that rounding makes singular."""
TRIM = 1.0  # percent of draws at either end that are pulled in: one wild draw must not decide a design


class Ensemble:
    """Covariance of all candidates (J, J), of candidates with targets (J, T), and variance of the targets (T,)."""

    def __init__(self, candidates: Array, targets: Array, noise: Array, errors: SharedErrors | None = None) -> None:
        """candidates (draws, J), targets (draws, T); sd (J,) of the noise of a run; what the law may get wrong of both."""
        f, g = centred(candidates), centred(targets)
        many = max(len(f) - 1, 1)
        self.joint, self.cross, self.before = f.T @ f / many, f.T @ g / many, (g**2).sum(axis=0) / many
        self.wrong = np.zeros(len(self.before))
        if errors is not None:
            self.joint, self.cross, self.wrong = self.joint + errors.joint, self.cross + errors.cross, errors.before
        self.before = self.before + self.wrong
        self.noise = np.maximum(np.asarray(noise, dtype=float) ** 2, np.maximum(ROUNDING * np.diag(self.joint), TINY))
        self.weight = 1.0 / np.maximum(self.before, TINY)

    def after(self, chosen: list[int]) -> tuple[Array, Array, Array]:
        """Once the chosen are seen: candidates' variance (J,) and covariance with the targets (J, T), targets' variance (T,)."""
        if not chosen:
            return np.diag(self.joint), self.cross, self.before
        picked = self.joint[chosen]
        factor = np.linalg.cholesky(picked[:, chosen] + np.diag(self.noise[chosen]))
        both = np.linalg.solve(factor, np.hstack([picked, self.cross[chosen]]))
        with_all, with_targets = both[:, : len(self.joint)], both[:, len(self.joint) :]
        variance = np.diag(self.joint) - (with_all**2).sum(axis=0)
        left = self.before - (with_targets**2).sum(axis=0)
        return np.maximum(variance, 0.0), self.cross - with_all.T @ with_targets, np.maximum(left, 0.0)

    def gain(self, chosen: list[int], criterion: Criterion) -> Array:
        """What each candidate would add to the chosen ones (J,)."""
        variance, cross, _ = self.after(chosen)
        return self.gain_of(variance, cross, criterion)

    def gain_of(self, variance: Array, cross: Array, criterion: Criterion) -> Array:
        """The gain of candidates of variance (..., J) and covariance with the targets (..., J, T)."""
        if criterion == "D":
            return np.log1p(variance / self.noise)
        return np.asarray((cross**2 * self.weight).sum(axis=-1) / (variance + self.noise))

    def left(self, chosen: list[int]) -> float:
        """The targets' variance once the chosen are seen, each in units of its own before, summed."""
        covariance = self.joint[np.ix_(chosen, chosen)] + np.diag(self.noise[chosen])
        seen = np.linalg.solve(np.linalg.cholesky(covariance), self.cross[chosen])
        return float((self.weight * np.maximum(self.before - (seen**2).sum(axis=0), 0.0)).sum())

    def gains_without_each(self, chosen: list[int], criterion: Criterion) -> Array:
        """`gain` of all of the chosen but one, for each of them (k, J): one inverse, and Schur's complement of each row."""
        picked = self.joint[chosen]
        inverse = np.linalg.inv(picked[:, chosen] + np.diag(self.noise[chosen]))
        on_all, on_targets, own = inverse @ picked, inverse @ self.cross[chosen], np.diag(inverse)
        variance = np.diag(self.joint) - (picked * on_all).sum(axis=0) + on_all**2 / own[:, None]
        cross = self.cross - picked.T @ on_targets + on_all[:, :, None] * (on_targets / own[:, None])[:, None, :]
        return self.gain_of(np.maximum(variance, 0.0), cross, criterion)

    def score(self, chosen: list[int], criterion: Criterion = "I") -> float:
        """What the chosen runs achieve together; larger is better."""
        if criterion == "I":
            return float((self.weight * (self.before - self.after(chosen)[2])).sum())
        scaled = self.joint[np.ix_(chosen, chosen)] / np.sqrt(np.outer(self.noise[chosen], self.noise[chosen]))
        return float(np.linalg.slogdet(np.eye(len(chosen)) + scaled)[1])

    def narrowing(self, chosen: list[int]) -> float:
        """Mean over the targets of sd before / sd after the chosen runs."""
        return float(np.mean(np.sqrt(self.before / np.maximum(self.after(chosen)[2], TINY))))


class Growing:
    """What is left while runs are added one by one: each adds a row to the Cholesky factor, none is computed again."""

    def __init__(self, ensemble: Ensemble) -> None:
        self.ensemble = ensemble
        self.rows = np.empty((0, len(ensemble.joint)))
        self.variance, self.cross = np.diag(ensemble.joint), ensemble.cross

    def gain(self, criterion: Criterion) -> Array:
        """What each candidate would add to the runs so far (J,)."""
        return self.ensemble.gain_of(self.variance, self.cross, criterion)

    def add(self, run: int) -> None:
        """Sees one more run."""
        scale = np.sqrt(self.variance[run] + self.ensemble.noise[run])
        row = (self.ensemble.joint[run] - self.rows[:, run] @ self.rows) / scale
        self.cross = self.cross - np.outer(row, self.cross[run] / scale)
        self.variance = np.maximum(self.variance - row**2, 0.0)
        self.rows = np.vstack([self.rows, row])


def centred(draws: Array) -> Array:
    """Draws (S, n) without their mean and wild ends. A draw that is not finite sits at the mean; a column of mostly such is 0."""
    finite = np.isfinite(draws)
    known = finite.mean(axis=0) >= 0.5
    out = np.zeros(draws.shape)
    kept = np.where(finite, draws, np.nan)[:, known]
    if kept.size:
        kept = np.clip(kept, *percentiles(kept, [TRIM, 100 - TRIM]))
        out[:, known] = np.nan_to_num(kept - np.nanmean(kept, axis=0))
    return out
