"""Two laws in a row, as one fit: size and data give a run's loss, its loss gives its error (Gadre, Bhagia et al. 2024).

θ = (the first law's parameters, then the second's); the value is second(first(run)). A draw has one draw of each, so that what is
not known of the loss goes into the error, and every plan question that asks a law of size and data asks the chain. Both laws are
resampled by the same weights of the runs where both were fitted to the same runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
import sympy as sp

from pipeline.fitting.evidence.certificate import Certificate
from pipeline.fitting.evidence.combination import LIGHT, CombinedCode, CombinedFit
from pipeline.fitting.evidence.heldout import EMPTY, extrapolation_error
from pipeline.fitting.evidence.law_error import estimate_misfit
from pipeline.fitting.evidence.law_error_prior import FIXED, MisfitPrior
from pipeline.fitting.evidence.weights import POINT
from pipeline.fitting.fitter import run_spread
from pipeline.fitting.result import Fit, Misfit
from pipeline.laws.engine.compile import CompiledLaw
from pipeline.laws.engine.rows import Rows, rows_from_frame
from pipeline.laws.law import Law

Array = np.ndarray
CHAINED = "chained"
"""The law of fits, plans and forecasts that stand on two laws in a row."""


@dataclass(frozen=True)
class ChainedLaw(Law):
    """The second law at the value of the first; `members` are both. `link` is the column that the first gives the second."""

    members: tuple[Law, ...] = ()
    link: str = ""

    def __post_init__(self) -> None:
        """The formula names its members' values, which are no parameters."""

    @property
    def pooled(self) -> bool:
        """True where a member sums over pools."""
        return any(member.pooled for member in self.members)


@dataclass(frozen=True)
class ChainedCode:
    """Evaluates θ = (first, second)."""

    first: CompiledLaw | CombinedCode
    second: CompiledLaw | CombinedCode
    link: str
    split: int
    columns: tuple[str, ...]

    @property
    def layout(self) -> dict[str, Any]:
        """What the first law sums over; a chain has no recursion of its own."""
        own = self.first.layout
        return {"wholes": list(own["wholes"]), "sums": 1 + own["sums"]}

    def value(self, theta: Array, rows: Rows) -> Array:
        """Predicted response, (batch, n), for each row of theta (batch, P)."""
        theta = np.atleast_2d(theta)
        between = self.first.value(theta[:, : self.split], rows)
        return self.after(theta, between, rows)

    def after(self, theta: Array, between: Array, rows: Rows) -> Array:
        """The second law at values (batch, n) of the first."""
        given = {**rows.columns, self.link: between}
        return np.asarray(self.second.value(theta[:, self.split :], Rows(given, rows.members, rows.pools, rows.n)))


@dataclass(frozen=True)
class ChainErrors:
    """How wrong the whole chain is, from a run's size and data to its error: the law's own error, and the spread of one run."""

    misfit: Misfit = field(default_factory=Misfit)
    residual_sd: float = 0.0
    extrapolation_error: float = float("nan")
    held_out: pl.DataFrame | None = None
    """One row a run that both laws were held out from, as in `Fit.held_out`: by it the chain is weighed against other laws."""


@dataclass
class ChainedFit(Fit):
    """The fit of a chain: `first` and `second` are what it is made of."""

    law: ChainedLaw
    first: Fit | None = None
    second: Fit | None = None

    @property
    def code(self) -> ChainedCode:  # type: ignore[override]  # it answers what plans ask of a compiled law
        """Both laws' functions behind one θ."""
        assert isinstance(self.law, ChainedLaw)
        assert self.first is not None
        assert self.second is not None
        return ChainedCode(self.first.code, self.second.code, self.law.link, len(self.first.index), self.law.columns)


def chained(first: Fit, second: Fit, link: str, errors: ChainErrors) -> ChainedFit:
    """The fit that gives `second` what `first` predicts of the column `link`."""
    law = chained_law(first, second, link)
    unknown = np.full(len(first.index) + len(second.index), np.nan)
    return ChainedFit(
        law=law,
        index=[(f"{fit.law.name}.{name}", pool) for fit in (first, second) for name, pool in fit.index],
        estimate=np.concatenate([first.estimate, second.estimate]), draws=_paired(first.draws, second.draws),
        std_error=unknown, low=unknown, high=unknown, at_bound=np.zeros(len(unknown), bool),
        objective=second.objective, objective_value=float("nan"), rmse=second.rmse, aic=float("nan"), bic=float("nan"),
        n_runs=second.n_runs, n_points=second.n_points, certificate=_certificate(first, second), fit_id=_identity(first, second),
        misfit=errors.misfit, residual_sd=errors.residual_sd, residuals=second.residuals, run_keys=second.run_keys,
        largest={**second.largest, **first.largest}, pools=first.pools, extrapolation_error=errors.extrapolation_error,
        seed=second.seed, skipped=second.skipped, log_residuals=second.log_residuals, held_out=errors.held_out, axis=first.axis,
        first=first, second=second,
    )  # fmt: skip


def each_through(fit: Fit) -> Iterator[ChainedFit]:
    """Of a chain that ends in several laws, the chain of each that counts there: under its name, with the errors of the whole."""
    if not isinstance(fit, ChainedFit) or not isinstance(fit.second, CombinedFit):
        return
    assert fit.first is not None
    counting = [member for member, weight in zip(fit.second.members, fit.second.weights, strict=True) if weight >= LIGHT]
    errors = ChainErrors(fit.misfit, fit.residual_sd, fit.extrapolation_error, fit.held_out)
    for member in counting if len(counting) > 1 else []:
        found = chained(fit.first, member, fit.law.link, errors)
        yield replace(found, law=replace(found.law, name=member.law.name), fit_id=member.fit_id)


def chained_law(first: Fit, second: Fit, link: str) -> ChainedLaw:
    """The law of a chain: the columns of the first, the response of the second, with what else the second reads."""
    others = [name for name in second.law.columns if name != link]
    return ChainedLaw(
        name=CHAINED,
        formula=sp.Symbol(second.law.name) * sp.Symbol(first.law.name),
        parameters=(),
        columns=tuple(dict.fromkeys((*first.law.columns, *others))),
        member_columns=tuple(dict.fromkeys((*first.law.member_columns, *second.law.member_columns))),
        source=f"{second.law.name} of the {link} that {first.law.name} predicts",
        members=(first.law, second.law),
        response=second.law.response,
        response_unit=second.law.response_unit,
        question=second.law.question,
        link=link,
    )


def chain_errors(
    first: Fit, second: Fit, link: str, frame: pl.DataFrame, noise: float = 0.0, prior: MisfitPrior = FIXED
) -> ChainErrors:
    """The errors of the chain, both laws of which were held out from the same runs of `frame`, the rows as they were fitted.

    A held-out run's error is that of the second law, given the logged link, and what the first law's error does to it. noise: the
    least that one run strays by, where a benchmark's items or a logged standard error say it, in the unit of residuals.
    """
    fit = chained(first, second, link, ChainErrors())
    ends = frame.with_row_index("row").filter(_known(fit.law, link)).with_columns(pl.col("row").cast(pl.Int64))
    last = ends.sort("data_seen", maintain_order=True).unique("run_key", keep="last", maintain_order=True).filter("used")
    spread = _spread(fit, last)
    held = _held_out(fit, first, second, link, ends)
    return ChainErrors(
        estimate_misfit(held, spread, prior) if held.height else Misfit(), max(spread, noise), extrapolation_error(held), held
    )


def _known(law: ChainedLaw | Any, link: str) -> pl.Expr:
    return pl.all_horizontal(pl.col(name).is_not_null() for name in (*law.columns, link, "value"))


def _spread(fit: ChainedFit, ends: pl.DataFrame) -> float:
    """The spread of single runs around the chain, at their ends."""
    value, predicted = ends["value"].cast(pl.Float64).to_numpy(), fit.value(ends)
    with np.errstate(all="ignore"):
        residual = np.log(value / predicted) if fit.log_residuals else value - predicted
    residual = residual[np.isfinite(residual)]
    return run_spread(residual, min(len(fit.index), len(residual) - 1)) if len(residual) > 1 else fit.residual_sd


def _held_out(fit: ChainedFit, first: Fit, second: Fit, link: str, rows: pl.DataFrame) -> pl.DataFrame:
    """One row a run that both laws were held out from: the error of the chain and its noise, as in `Fit.held_out`."""
    if first.held_out is None or second.held_out is None or not (first.held_out.height and second.held_out.height):
        return EMPTY.clone()
    joined = second.held_out.join(first.held_out.select(*POINT, first_error="error", first_noise="noise"), on=list(POINT),
                                  how="inner", nulls_equal=True).join(rows, on="row", how="inner", suffix="_own")  # fmt: skip
    if not joined.height:
        return EMPTY.clone()
    logged, error = joined[link].cast(pl.Float64).to_numpy(), joined["first_error"].to_numpy()
    wrong = [first.erring(logged, each) for each in (error, joined["first_noise"].to_numpy())]
    right, shifted, noisy = (_second(fit, joined, each) for each in (logged, *wrong))
    with np.errstate(all="ignore"):
        moved, noise = (np.log(v / right) if fit.log_residuals else v - right for v in (shifted, noisy))
    found = joined.with_columns(error=joined["error"].to_numpy() + moved, noise=np.hypot(joined["noise"].to_numpy(), noise))
    return found.select(EMPTY.columns).filter(pl.col("error").is_finite() & pl.col("noise").is_finite())


def _second(fit: ChainedFit, rows: pl.DataFrame, link: Array) -> Array:
    """The second law at values (n,) of the link."""
    read = replace(fit.law, columns=tuple(name for name in fit.law.columns if name in rows.columns))
    return fit.code.after(fit.estimate[None], link[None], rows_from_frame(read, rows, fit.pools))[0]


def _paired(first: Array, second: Array) -> Array:
    """(draws, P): a draw of each, in order; the shorter ones again from their beginning."""
    count = min(len(first), len(second)) and max(len(first), len(second))
    return np.hstack([each[np.arange(count) % max(len(each), 1)] for each in (first, second)])


def _certificate(first: Fit, second: Fit) -> Certificate:
    """Weak where one of the laws is, with its reason."""
    out = Certificate()
    for fit in (first, second):
        if fit.grade != "clean":
            out.lower(fit.grade, f"{fit.law.name}: {'; '.join(fit.certificate.reasons)}", fit.certificate.fix)
    return out


def _identity(first: Fit, second: Fit) -> str:
    return hashlib.sha256(f"{first.fit_id}>{second.fit_id}".encode()).hexdigest()[:16]
