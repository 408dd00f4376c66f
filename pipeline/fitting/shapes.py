"""What a new cohort may expect of parameters that other cohorts have too: same shape, own level.

For each shared parameter the other cohorts' estimates u_i (ln θ where θ is positive) with standard errors s_i are draws from one
population of mean μ and sd τ: the random-effects model of DerSimonian & Laird 1986, in which τ² is also given a floor of belief,
because two or three cohorts say little about how far apart cohorts are. What a new cohort may expect is u ~ N(μ, τ² + se(μ)²).
Constants that a paper printed are one cohort more, whose error is what was printed with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from pipeline.errors import FitError
from pipeline.fitting.result import Fit
from pipeline.laws.law import Law, Parameter, Published

Array = np.ndarray
BETWEEN, BELIEF = 0.15, 1.0
"""sd between cohorts that is expected before any are compared, in ln or in the parameter's own size, and as how many cohorts
it counts."""


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

    def prior(self, shift: float = 0.0, strength: float = 1.0) -> tuple[float, float]:
        """As `fit` takes it: an sd that is `strength` times as wide, and the mean moved by so many of these."""
        sd = self.sd * strength
        centre = self.mean + shift * sd
        return (float(np.exp(centre)), sd) if self.logs else (centre, sd)

    @property
    def value(self) -> float:
        """θ at the mean."""
        return self.prior()[0]


class Shapes(Mapping[str, Carried]):
    """What is carried over of several parameters, and how they move together within a cohort: a correlation matrix.

    run_sd: the spread of single runs around the law in those cohorts, NaN where it is not known. source: them in words.
    """

    def __init__(
        self, each: Mapping[str, Carried], correlation: Array | None = None, run_sd: float = float("nan"), source: str = ""
    ) -> None:
        self._each = dict(each)
        self.correlation = np.eye(len(self._each)) if correlation is None else correlation
        self.run_sd, self.source = run_sd, source

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


def carried(fits: Sequence[Fit], names: Sequence[str], source: str = "") -> Shapes:
    """What fits of one law to other cohorts say of its parameters `names` in a new one.

    Raises FitError for a name that is no shared parameter of the law, or where no fit has it with an error.
    """
    if not fits:
        raise FitError("nothing is carried over: no fit of another cohort was given", fix="give fits of other cohorts")
    shared = _named(fits[0].law, names)
    spread = [fit.residual_sd for fit in fits if np.isfinite(fit.residual_sd)]
    each = {parameter.name: _population(parameter, fits) for parameter in shared}
    return Shapes(each, _together(shared, fits), float(np.median(spread)) if spread else float("nan"), source)


def published_shapes(law: Law, constants: Published, names: Sequence[str]) -> Shapes:
    """What constants that a paper printed say of a new cohort: they are of one cohort, with the intervals that were printed."""
    each = {parameter.name: _printed(parameter, constants) for parameter in _named(law, names)}
    return Shapes(each, source=f"{constants.setting} as published")


def _named(law: Law, names: Sequence[str]) -> list[Parameter]:
    """The parameters of the law that cohorts can share: those with one value for all pools."""
    known = {parameter.name: parameter for parameter in law.parameters if parameter.per is None}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise FitError(f"{unknown[0]!r} is no parameter of {law.name} that cohorts can share", fix=f"it has {', '.join(known)}")
    return [known[name] for name in names]


def _printed(parameter: Parameter, constants: Published) -> Carried:
    logs, value = parameter.domain == "positive", constants.values[parameter.name]
    if isinstance(value, Mapping):
        raise FitError(f"{parameter.name} was published pool by pool: cohorts cannot share it", fix="share another")
    ends = np.array([side.get(parameter.name, np.nan) for side in (constants.low, constants.high)])
    half = NormalDist().inv_cdf(0.5 + constants.level / 2)
    with np.errstate(all="ignore"):
        spread = float(np.diff(np.log(ends) if logs else ends)[0]) / (2 * half)
    within = spread if np.isfinite(spread) else 0.0
    mean = float(np.log(value) if logs else value)
    return Carried(mean, float(np.hypot(_expected(logs, mean), within)), logs, 1, within)


def _expected(logs: bool, centre: float) -> float:
    """The sd between cohorts before any are compared."""
    return BETWEEN * (1.0 if logs else max(abs(centre), 1e-300))


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
        said = f"{parameter.name} is not carried over: no fit of another cohort has it with an error"
        raise FitError(said, fix="give published constants")
    u, s = (np.array(part) for part in zip(*rows, strict=True))
    tau2 = _between(u, s, _expected(logs, float(np.median(u))))
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
