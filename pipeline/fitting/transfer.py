"""Same shape, own level: a cohort of few runs takes shape parameters from other cohorts, as far as those agree among themselves.

For each shared parameter the other cohorts' estimates u_i (ln θ where θ is positive) with standard errors s_i are draws from one
population of mean μ and sd τ: the random-effects model of DerSimonian & Laird 1986, in which τ² is also given a floor of belief,
because two or three cohorts say little about how far apart cohorts are. What a new cohort may expect is u ~ N(μ, τ² + se(μ)²).
That is the prior of its fit. Each of its draws has a prior mean drawn from the same normal (randomise, then optimise: Bardsley et
al. 2014), so that the error of carrying over is in every interval that follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.fitting.effort import REPLAY
from pipeline.fitting.fitter import fit
from pipeline.fitting.result import Fit
from pipeline.laws.law import Law, Parameter

Array = np.ndarray
BETWEEN, BELIEF = 0.15, 1.0
"""sd between cohorts that is expected before any are compared, in ln or in the parameter's own size, and as how many cohorts
it counts."""
PARTS = 16
"""Prior means that the draws are shared out among."""
SPARE = 2
"""Observations beyond the free parameters from which on a prior is weighed against the runs; with fewer, it stands for them."""


@dataclass(frozen=True)
class Carried:
    """What a new cohort may expect of one parameter: mean and sd of ln θ, or of θ where it may be negative; cohorts behind it.

    within: the part of the sd that the cohorts' own runs leave open, in which parameters of one law move together.
    """

    mean: float
    sd: float
    logs: bool
    cohorts: int
    within: float = 0.0

    def prior(self, shift: float = 0.0) -> tuple[float, float]:
        """As `fit` takes it, with its mean moved by so many sds."""
        centre = self.mean + shift * self.sd
        return (float(np.exp(centre)), self.sd) if self.logs else (centre, self.sd)

    def value(self, shift: float = 0.0) -> float:
        """θ so many sds from the mean."""
        return self.prior(shift)[0]


class Shapes(Mapping[str, Carried]):
    """What is carried over of several parameters, and how they move together within a cohort: a correlation matrix."""

    def __init__(self, each: Mapping[str, Carried], correlation: Array | None = None) -> None:
        self._each = dict(each)
        self.correlation = np.eye(len(self._each)) if correlation is None else correlation

    def __getitem__(self, name: str) -> Carried:
        return self._each[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._each)

    def __len__(self) -> int:
        return len(self._each)

    def drawn(self, rng: np.random.Generator) -> dict[str, float]:
        """One cohort's parameters as it may have them, each in sds from its mean."""
        sd, within = (np.array([getattr(one, name) for one in self._each.values()]) for name in ("sd", "within"))
        together = np.linalg.cholesky(self.correlation + 1e-9 * np.eye(len(sd))) @ rng.standard_normal(len(sd))
        apart = np.sqrt(np.maximum(sd**2 - within**2, 0.0)) * rng.standard_normal(len(sd))
        return dict(zip(self._each, map(float, (within * together + apart) / sd), strict=True))


def carried(fits: Sequence[Fit], names: Sequence[str]) -> Shapes:
    """What fits of one law to other cohorts say of its parameters `names` in a new one.

    Raises FitError for a name that is no shared parameter of the law, or where no fit has it with an error.
    """
    if not fits:
        raise FitError("nothing is carried over: no fit of another cohort was given")
    law = fits[0].law
    known = {parameter.name: parameter for parameter in law.parameters if parameter.per is None}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise FitError(f"{unknown[0]!r} is no parameter of {law.name} that cohorts can share", fix=f"it has {', '.join(known)}")
    return Shapes({name: _population(known[name], fits) for name in names}, _together([known[name] for name in names], fits))


def _together(parameters: Sequence[Parameter], fits: Sequence[Fit]) -> Array:
    """How the parameters move together in the draws of the fits, on the scale that is carried: the mean of their correlations."""
    found = []
    for one in fits:
        places = [one.names.index(parameter.name) for parameter in parameters]
        draws = one.draws[:, places] if len(one.draws) else np.empty((0, len(places)))
        draws = draws[np.isfinite(draws).all(axis=1)]
        if len(draws) > len(places) and (draws.std(axis=0) > 0).all():
            scaled = np.where([p.domain == "positive" for p in parameters], np.log(np.maximum(draws, 1e-300)), draws)
            found.append(np.atleast_2d(np.corrcoef(scaled, rowvar=False)))
    return np.mean(found, axis=0) if found else np.eye(len(parameters))


def _population(parameter: Parameter, fits: Sequence[Fit]) -> Carried:
    logs = parameter.domain == "positive"
    rows = [one for found in fits if (one := _estimate(found, parameter.name, logs)) is not None]
    if not rows:
        raise FitError(
            f"{parameter.name} is not carried over: no fit of another cohort has it with an error", fix="give published constants"
        )
    u, s = (np.array(part) for part in zip(*rows, strict=True))
    expected = BETWEEN * (1.0 if logs else max(float(np.abs(np.median(u))), 1e-300))
    tau2 = _between(u, s, expected)
    weight = 1.0 / (s**2 + tau2)
    within = float(1.0 / np.sqrt((1.0 / np.maximum(s, 1e-12) ** 2).sum()))
    sd = float(np.sqrt(tau2 + max(1.0 / weight.sum(), within**2)))
    return Carried(float(weight @ u / weight.sum()), sd, logs, len(u), within)


def _between(u: Array, s: Array, expected: float) -> float:
    """τ² by the method of moments, averaged with what is expected as if that were BELIEF further cohorts."""
    freedom = len(u) - 1
    if not freedom:
        return expected**2
    weight = 1.0 / np.maximum(s, 1e-12) ** 2
    centre = weight @ u / weight.sum()
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    moment = max(float((weight @ (u - centre) ** 2 - freedom) / scale), 0.0)
    return (freedom * moment + BELIEF * expected**2) / (freedom + BELIEF)


def _estimate(found: Fit, name: str, logs: bool) -> tuple[float, float] | None:
    """Estimate and standard error from the draws, on the scale that is carried; None where the fit has neither."""
    place = found.names.index(name)
    draws = found.draws[:, place] if len(found.draws) else np.empty(0)
    draws = draws[np.isfinite(draws)]
    if len(draws) < 2 or name in found.fixed:
        return None
    if not logs:
        return float(found.estimate[place]), float(draws.std())
    return float(np.log(found.estimate[place])), float(np.log(draws).std())


def fit_with(
    law: Law, frame: pl.DataFrame, shared: Mapping[str, Carried], *, draws: int = 1000, seed: int = 0, **options: Any
) -> Fit:
    """`fit` of a cohort that shares parameters with others; `options` are those of `fit`.

    With SPARE observations beyond the free parameters the shared ones are weighed against the runs; with fewer, each draw takes
    them as they are drawn, and the others are fitted.
    """
    count = frame.filter(pl.col("used")).height if "used" in frame.columns else frame.height
    weighed = count >= len(law.parameters) + SPARE

    def given(shift: Mapping[str, float]) -> dict[str, Any]:
        own = dict(options)
        if weighed:
            own["prior"] = {**(own.get("prior") or {}), **{n: one.prior(shift.get(n, 0.0)) for n, one in shared.items()}}
        else:
            own["fix"] = {**(own.get("fix") or {}), **{n: one.value(shift.get(n, 0.0)) for n, one in shared.items()}}
        return own

    base = fit(law, frame, draws=draws, seed=seed, **given({}))
    if not draws:
        return base
    rng = np.random.default_rng([seed, 41])
    shapes = shared if isinstance(shared, Shapes) else Shapes(shared)
    parts = []
    for part in range(PARTS):
        own = {**given(shapes.drawn(rng)), "effort": REPLAY}
        parts.append(fit(law, frame, draws=-(-draws // PARTS), seed=seed + part + 1, warm_start=base, **own).draws)
    return _with_draws(base, np.concatenate(parts)[:draws], shared, weighed)


def _with_draws(base: Fit, draws: Array, shared: Mapping[str, Carried], weighed: bool) -> Fit:
    """The fit with these draws, the intervals that follow, and the words of what was carried over."""
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    said = {name: list(one.prior()) for name, one in shared.items()}
    certificate = replace(base.certificate, priors={**base.certificate.priors, **said})
    fixed = base.fixed if weighed else {name: value for name, value in base.fixed.items() if name not in shared}
    return replace(base, draws=draws, std_error=draws.std(axis=0), low=low, high=high, certificate=certificate, fixed=fixed)
