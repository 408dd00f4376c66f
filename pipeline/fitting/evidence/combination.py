"""The combination of rival laws: one fit whose draws are draws of its members, so that every plan question mixes the laws.

θ = (weights, readings, the members' parameters one after another), the value is Σ w_k · f_k(θ_k). The estimate has the stacking
weights; a draw has one weight of 1, the parameters of one draw of that law, and its reading of what no run varied (readings.py).
What is asked of a draw (a best size, a best set, a switch, a price) is therefore answered by one law, each law in its weight's
share of the draws, and no question knows of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import sympy as sp

from pipeline.fitting.evidence.certificate import Certificate
from pipeline.fitting.evidence.combined_errors import combined_errors
from pipeline.fitting.evidence.heldout import extrapolation_error
from pipeline.fitting.evidence.law_error import estimate_misfit
from pipeline.fitting.evidence.law_error_prior import FIXED, MisfitPrior
from pipeline.fitting.evidence.readings import TwoReadings, in_words, of_draws, unmoved
from pipeline.fitting.result import Fit, Misfit
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Law, Parameter

Array = np.ndarray
COMBINED = "combined"
"""The law of fits, plans and forecasts that stand on all usable rivals."""
LIGHT = 0.02
"""A law of less weight has no draw in the combination, and its grade is not the combination's."""


@dataclass(frozen=True)
class CombinedLaw(Law):
    """The weighted mean of its members: their columns together, the response that they share."""

    members: tuple[Law, ...] = ()

    def __post_init__(self) -> None:
        """The formula names its members' values, which are no parameters."""

    @property
    def pooled(self) -> bool:
        """True where a member sums over pools."""
        return any(member.pooled for member in self.members)


def members_of(law: Law) -> tuple[Law, ...]:
    """The laws of the book that a combination or a chain is made of; a law that is none is its own."""
    own: tuple[Law, ...] = getattr(law, "members", ())
    return tuple(each for member in own for each in members_of(member)) if own else (law,)


@dataclass(frozen=True)
class CombinedCode:
    """Evaluates θ = (weights, readings, members' parameters): only the members that have weight in a row of θ are asked."""

    parts: tuple[TwoReadings, ...]
    places: tuple[slice, ...]
    columns: tuple[str, ...]

    @property
    def layout(self) -> dict[str, Any]:
        """What the parts sum over: the combination walks where one of them does, and has no recursion of its own."""
        walks = [whole for part in self.parts for whole in part.law.layout["wholes"]]
        return {"wholes": walks, "sums": 1 + sum(part.law.layout["sums"] for part in self.parts)}

    def value(self, theta: Array, rows: Rows) -> Array:
        """Predicted response, (batch, n), for each row of theta (batch, P)."""
        theta = np.atleast_2d(theta)
        out = np.zeros((len(theta), rows.n))
        for k, (part, place) in enumerate(zip(self.parts, self.places, strict=True)):
            use = np.flatnonzero(theta[:, k] > 0)
            if use.size:
                still = theta[use, len(self.parts) + k] > 0
                found = part.value(theta[use, place], of_draws(rows, use, len(theta)), still)
                out[use] += theta[use, k : k + 1] * found
        return out


@dataclass
class CombinedFit(Fit):
    """The fit of a combination; `members` and their `weights` are what it is made of."""

    members: tuple[Fit, ...] = ()
    weights: Array = field(default_factory=lambda: np.zeros(0))

    @property
    def code(self) -> CombinedCode:  # type: ignore[override]  # it answers what plans ask of a compiled law
        """The members' functions behind one θ."""
        return _code(self.members, self.law)

    def value(self, frame: pl.DataFrame) -> Array:
        """The weighted mean of the laws, (n,): of those whose columns are known of every row."""
        able = self.of(lambda law: _knows(law, frame))
        return np.full(frame.height, np.nan) if able is None else Fit.value(able, frame)

    def predict_draws(self, frame: pl.DataFrame, misfit: bool = True, new_run: bool = False) -> Array:
        """Predictions (draws, n) of every draw, of the laws whose columns are known of every row."""
        able = self.of(lambda law: _knows(law, frame))
        return np.empty((0, frame.height)) if able is None else Fit.predict_draws(able, frame, misfit, new_run)

    def of(self, needs: Callable[[Law], bool]) -> CombinedFit | None:
        """The combination of the members whose law can answer a question; None where none can, the fit itself where all can."""
        able = [k for k, fit in enumerate(self.members) if needs(fit.law)]
        if len(able) == len(self.members):
            return self
        if not able:
            return None
        weights, members = self.weights[able], [self.members[k] for k in able]
        found = combined(members, weights / weights.sum() if weights.sum() > 0 else np.full(len(able), 1 / len(able)))
        found.fit_id = self.fit_id
        return found


def _knows(law: Law, frame: pl.DataFrame) -> bool:
    """Whether every row has a number in each column that a law reads."""
    return all(name in frame.columns and not frame[name].null_count() for name in law.columns)


def combined(members: Sequence[Fit], weights: Array, prior: MisfitPrior = FIXED) -> CombinedFit:
    """The fit that draws from each member in its weight's share. Members are fits of one cohort; weights sum to 1."""
    members, weights = tuple(members), np.asarray(weights, float)
    law = combined_law([fit.law for fit in members])
    first = members[int(weights.argmax())]
    index: list[tuple[str, str | None]] = [(f"weight_{fit.law.name}", None) for fit in members]
    index += [(f"unmoved_{fit.law.name}", None) for fit in members]
    index += [(f"{fit.law.name}.{name}", pool) for fit in members for name, pool in fit.index]
    estimate = np.concatenate([weights, np.zeros(len(members)), *(fit.estimate for fit in members)])
    draws = _mixed_draws(members, weights)
    residual_sd = float(np.sqrt(weights @ np.array([fit.residual_sd**2 for fit in members])))
    held = combined_errors(members, weights)
    unknown = np.full(len(index), np.nan)
    return CombinedFit(
        law=law, index=index, estimate=estimate, draws=draws, std_error=unknown, low=unknown, high=unknown,
        at_bound=np.zeros(len(index), bool), objective=first.objective, objective_value=float("nan"),
        rmse=float(np.sqrt(weights @ np.array([fit.rmse**2 for fit in members]))), aic=float("nan"), bic=float("nan"),
        n_runs=first.n_runs, n_points=first.n_points, certificate=_certificate(members, weights),
        fit_id=_identity(members, weights),
        misfit=_misfit(members, weights, held, residual_sd, prior), residual_sd=residual_sd, residuals=first.residuals,
        run_keys=first.run_keys, largest=_largest(members), pools=first.pools, extrapolation_error=extrapolation_error(held),
        seed=first.seed, skipped=first.skipped, log_residuals=first.log_residuals, held_out=held, axis=first.axis,
        schedules=tuple(sorted({name for fit in members for name in fit.schedules})),
        members=members, weights=weights,
    )  # fmt: skip


def combined_law(members: Sequence[Law]) -> CombinedLaw:
    """The law of a combination: Σ weight · law, in words of its members."""
    weights = [Parameter(f"weight_{law.name}", "unit") for law in members]
    first = members[0]
    return CombinedLaw(
        name=COMBINED,
        formula=sp.Add(*(w.symbol * sp.Symbol(law.name) for w, law in zip(weights, members, strict=True))),
        parameters=tuple(weights),
        columns=tuple(dict.fromkeys(name for law in members for name in law.columns)),
        member_columns=tuple(dict.fromkeys(name for law in members for name in law.member_columns)),
        response=first.response,
        response_unit=first.response_unit,
        question=first.question,
        source="the combination of " + ", ".join(law.name for law in members),
        members=tuple(members),
    )


def _code(members: Sequence[Fit], law: Law) -> CombinedCode:
    ends = 2 * len(members) + np.cumsum([0, *(len(fit.index) for fit in members)])
    places = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))
    return CombinedCode(tuple(TwoReadings(fit.code, unmoved(fit)) for fit in members), places, law.columns)


def _mixed_draws(members: Sequence[Fit], weights: Array) -> Array:
    """(draws, P): each member's share of them, in an order that mixes the laws, so that the first hundred are mixed too.

    A law without draws gives none, and the others' shares stay among themselves.
    """
    count = max(len(fit.draws) for fit in members)
    share = np.where([len(fit.draws) > 1 for fit in members], weights, 0.0)
    if not count or share.sum() <= 0:
        return np.empty((0, 2 * len(weights) + sum(len(fit.index) for fit in members)))
    each = shared_out(count, share)
    rest = np.concatenate([fit.estimate for fit in members])
    parts, start = [], 2 * len(members)
    for k, (fit, number) in enumerate(zip(members, each, strict=True)):
        part = np.zeros((number, 2 * len(members) + len(rest)))
        part[:, k] = 1.0
        part[1::2, len(members) + k] = bool(unmoved(fit))
        part[:, 2 * len(members) :] = rest
        if number:
            part[:, start : start + len(fit.index)] = np.resize(fit.draws, (number, len(fit.index)))
        start += len(fit.index)
        parts.append(part)
    mixed = np.concatenate(parts)
    if (each == count).any() and not mixed[:, len(members) : 2 * len(members)].any():
        return mixed
    return np.asarray(mixed[np.random.default_rng(len(mixed)).permutation(len(mixed))])


def shared_out(count: int, share: Array) -> Array:
    """How many of `count` draws each law gives, as its share of them says: whole numbers, the largest remainders rounded up."""
    wanted = count * share / share.sum()
    each = np.floor(wanted).astype(int)
    each[np.argsort(each - wanted, kind="stable")[: count - each.sum()]] += 1
    return np.asarray(each)


def _misfit(members: Sequence[Fit], weights: Array, held: pl.DataFrame, residual_sd: float, prior: MisfitPrior) -> Misfit:
    """The law error of the combination from what it missed itself; the largest of its members' where nothing says that."""
    if held.height:
        return estimate_misfit(held, residual_sd, prior)
    among = [fit.misfit for fit, weight in zip(members, weights, strict=True) if weight > 0]
    along = tuple(axis for m in among for axis in m.along)
    return Misfit(max(m.s0 for m in among), max(m.k for m in among), 0, along)


def _certificate(members: Sequence[Fit], weights: Array) -> Certificate:
    """The weights in words; weak where a member that counts is, with its reason."""
    out = Certificate()
    for fit, weight in zip(members, weights, strict=True):
        if weight >= LIGHT:
            out.shared |= {f"{fit.law.name}.{name}": said for name, said in fit.certificate.shared.items()}
        if weight >= LIGHT and fit.grade != "clean":
            said = [*fit.certificate.reasons, *([in_words(unmoved(fit))] if unmoved(fit) else [])]
            out.lower(fit.grade, f"{fit.law.name} ({weight:.0%}): {'; '.join(said)}", fit.certificate.fix)
    out.unknown_axes = list(dict.fromkeys(name for fit in members for name in fit.certificate.unknown_axes))
    return out


def _identity(members: Sequence[Fit], weights: Array) -> str:
    """16 hex digits of the members and their weights."""
    text = "|".join(f"{fit.fit_id}:{weight:.12g}" for fit, weight in zip(members, weights, strict=True))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _largest(members: Sequence[Fit]) -> dict[str, float]:
    """The largest value of each column among the members' observations."""
    out: dict[str, float] = {}
    for fit in members:
        out |= {name: max(value, out.get(name, value)) for name, value in fit.largest.items()}
    return out
