"""Puts the evidence of one fit into its certificate and grades it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.fitting.evidence import identifiability
from pipeline.fitting.evidence.certificate import Certificate, Grade
from pipeline.fitting.evidence.influence import influences
from pipeline.fitting.evidence.plan_cells import FURTHER, plan_cells
from pipeline.fitting.problem import Problem
from pipeline.fitting.result import Fit
from pipeline.fitting.search import Search
from pipeline.fitting.setup import Setup
from pipeline.fitting.uncertainty.draws import Draws
from pipeline.fitting.uncertainty.information_matrix import Information
from pipeline.fitting.uncertainty.profile import profiles
from pipeline.laws.engine.rows import Rows

Array = np.ndarray
PROFILED = 8
RARE = 0.05
"""Draws that predict an infinity beyond the 90 % interval of the others; a larger share lies inside it."""
SOUND = 0.95
"""A cell that fewer of the draws can predict has no interval."""
FELT = 1e-6
"""A change of a prediction by less than this part of it is none."""


@dataclass(frozen=True)
class Evidence:
    """What the parts of a fit found out: its search, the information at its end, its draws and their kind."""

    setup: Setup
    found: Search
    facts: Information
    informing: Array
    made: Draws
    kind: str

    @property
    def problem(self) -> Problem:
        """The law on the observations."""
        return self.setup.problem

    @property
    def draws(self) -> Array:
        """The working vectors (draws, P) as they were resampled."""
        return self.made.raw


def cell_predictions(evidence: Evidence, w: Array) -> Array:
    """ln of the plan cells' predictions (batch, cells) at working vectors."""
    value = evidence.problem.law.value(evidence.problem.natural(np.atleast_2d(w)), plan_cells(evidence.problem.rows))
    with np.errstate(all="ignore"):
        return np.log(np.abs(value))


def certificate(evidence: Evidence, result: Fit, priors: dict[str, Any]) -> Certificate:
    """The certificate of one fit, graded."""
    setup, found, free = evidence.setup, evidence.found, evidence.setup.free
    spread = cell_predictions(evidence, evidence.draws) if len(evidence.draws) else np.zeros((1, 1))
    centre = cell_predictions(evidence, found.best.w)[0]
    cell_sd = evidence.made.factor * _largest_sd(spread) if spread.size > 1 else 0.0
    covariance = np.sqrt(np.maximum(np.diag(evidence.facts.covariance()), 0.0)) if free else np.zeros(0)
    out = _recorded(evidence, result, priors, covariance)
    out.other_minima = _other_minima(evidence, result, centre, cell_sd)
    known = [name for name in free if name in priors or name.partition("[")[0] in priors]
    identifiability.grade_search(out, setup.law, setup.observed, free, found.exact, found.away(result.n_points), known)
    undetermined = evidence.facts.undetermined(_known(evidence)) & ~result.at_bound[setup.problem.free]
    reach = identifiability.reach(evidence.draws, found.best.w, evidence.made.factor)[setup.problem.free]
    error = np.fmax(covariance, reach)
    identifiability.grade_identification(out, setup.law, free, evidence.informing, undetermined, error, cell_sd, known)
    _grade_draws(out, evidence, result)
    _grade_bounds(out)
    _grade_minima(out, result.parameters, cell_sd)
    if out.grade != "refused":
        _grade_profiles(out, evidence, result, centre, cell_sd)
    return out


def _recorded(evidence: Evidence, result: Fit, priors: dict[str, Any], covariance: Array) -> Certificate:
    """What was found out, not graded yet."""
    found, free = evidence.found, evidence.setup.free
    return Certificate(
        starts=found.starts,
        reached_best=found.best.reached,
        gradient_norm=found.gradient_norm,
        predicted_decrease=found.remaining(result.n_points),
        condition_number=identifiability.scaled_condition(found.hessian),
        dead_terms=identifiability.dead_terms(evidence.setup.law, evidence.problem, found.best.w),
        at_bound=[n for n, at in zip(result.names, result.at_bound, strict=True) if at],
        moved=found.moved,
        sandwich_over_bootstrap=_ratio(covariance, evidence),
        levels=identifiability.levels(evidence.setup.observed),
        unknown_axes=unknown_axes(evidence),
        informing_runs=dict(zip(free, map(int, evidence.informing), strict=True)),
        unconverged_draws=int((~evidence.made.converged).sum()),
        resampling=_resampling(evidence),
        calibration=evidence.made.factor,
        priors={k: list(v) if isinstance(v, tuple) else v for k, v in priors.items()},
        fixed=dict(result.fixed),
        influence=_influence(evidence),
        weights=_weights(evidence),
    )


def _weights(evidence: Evidence) -> list[float]:
    """The least and the largest weight of an observation; empty where all weigh alike."""
    unequal = evidence.problem.unequal
    return [] if unequal is None else [float(unequal.weight.min()), float(unequal.weight.max())]


def _known(evidence: Evidence) -> Array | float:
    """(F,) what a prior says of each free parameter, in squared slopes of one observation; 0 where there is none."""
    problem = evidence.problem
    if problem.prior is None:
        return 0.0
    curvature = problem.prior.curvature(problem.coordinates, evidence.found.best.w[None])[0]
    return np.asarray(curvature[problem.free] / problem.prior.scale)


def unknown_axes(evidence: Evidence) -> list[str]:
    """Columns with one level among several observations, on which the predictions of plan cells depend all the same."""
    rows, found = plan_cells(evidence.problem.rows), []
    theta = evidence.problem.natural(evidence.found.best.w[None])
    before = evidence.problem.law.value(theta, rows)[0]
    for name, count in identifiability.levels(evidence.setup.observed).items():
        if count != 1 or evidence.problem.rows.n < 2:
            continue
        moved = Rows({**rows.columns, name: rows.columns[name] * FURTHER}, rows.members, rows.pools, rows.n)
        with np.errstate(all="ignore"):
            change = np.abs(evidence.problem.law.value(theta, moved)[0] / before - 1)
        if not (change < FELT).all():
            found.append(name)
    return found


def _grade_draws(out: Certificate, evidence: Evidence, result: Fit) -> None:
    """A fit none of whose plan cells has an interval is weak: nothing says how sure it is. Where no draw ends, it is refused."""
    ended = evidence.made.converged
    if ended.size and not len(result.draws):
        why = f"no interval: {int(ended.sum())} of the first {ended.size} resamples came to an optimum"
        out.lower("refused", why, "fit a law of fewer parameters, fix one, or log more runs")
    if len(result.draws) < 2:
        return
    value = evidence.problem.law.value(result.draws, plan_cells(evidence.problem.rows))
    if not (np.isfinite(value).mean(axis=0) >= SOUND).any():
        few = [name for name, runs in out.informing_runs.items() if runs < 2]
        why = f"fewer than two runs inform {', '.join(few)}" if few else "too few of its draws predict anything"
        out.lower("weak", f"no interval: {why}", f"add a second run that informs {few[0]}" if few else "")


def _influence(evidence: Evidence) -> dict[str, float]:
    problem, keys = evidence.problem, evidence.setup.observed.run_keys
    return influences(evidence.facts, evidence.found.best.w, problem.free, keys, lambda w: cell_predictions(evidence, w))


def _grade_profiles(out: Certificate, evidence: Evidence, result: Fit, centre: Array, cell_sd: float) -> None:
    """Profiles doubtful parameters; the fit is refused where a plan cell moves further along one than its interval reaches."""
    problem, w = evidence.problem, evidence.found.best.w
    variances, naive = np.diag(evidence.facts.covariance()), np.diag(np.linalg.pinv(evidence.found.hessian, hermitian=True))
    doubtful = [name for name in dict.fromkeys([*out.unidentified, *out.at_bound]) if name in result.names][:PROFILED]
    if not doubtful:
        return
    at = np.array([result.names.index(name) for name in doubtful])
    k = np.searchsorted(problem.free, at)
    all_found = profiles(problem, w, evidence.found.best.value, at, variances[k], naive[k], np.ones(problem.rows.n))
    for name, found in zip(doubtful, all_found, strict=True):
        out.profiles[name] = [found.low, found.high]
        moved = _largest(np.abs(cell_predictions(evidence, found.ends) - centre))
        if moved > max(identifiability.USELESS, 3 * 1.645 * cell_sd):
            fix = f"add runs that inform {name}, or declare a prior for it"
            out.lower("refused", f"the plan rests on {name}, which is not identified: ln predictions move by {moved:.2g}", fix)


def _largest_sd(spread: Array) -> float:
    """The largest sd of a plan cell over the draws; infinite where no draw predicts anything, or more than RARE an infinity."""
    known = np.isfinite(spread).any(axis=0)
    if not known.any() or np.isinf(spread).mean(axis=0).max() > RARE:
        return float("inf")
    finite = np.where(np.isfinite(spread), spread, np.nan)[:, known]
    return float(np.nanmax(np.nanstd(finite, axis=0)))


def _ratio(sandwich: Array, evidence: Evidence) -> float:
    if len(evidence.draws) < 2 or not sandwich.size:
        return float("nan")
    bootstrap = evidence.made.factor * evidence.draws[:, evidence.problem.free].std(axis=0)
    moved = bootstrap > 0
    return float(np.median(sandwich[moved] / bootstrap[moved])) if moved.any() else float("nan")


def _largest(values: Array) -> float:
    """The largest; infinite where a value is no number, for then a draw predicts nothing there."""
    return float(values.max(initial=0.0)) if np.isfinite(values).all() else float("inf")


def _resampling(evidence: Evidence) -> str:
    text = f"{evidence.kind} weights over {len(evidence.setup.observed.run_keys)} runs"
    return text + (
        ", autoregressive residuals within runs (a parameter rests on fewer than 5 runs)" if evidence.made.within_run else ""
    )


def _other_minima(evidence: Evidence, result: Fit, centre: Array, cell_sd: float) -> list[dict[str, Any]]:
    """Further local minima, best first: objective, parameters, share of starts, and the largest move of a plan cell."""
    out = []
    for minimum in evidence.found.minima[1:9]:
        moved = _largest(np.abs(cell_predictions(evidence, minimum.w)[0] - centre))
        natural = evidence.problem.natural(minimum.w[None])[0]
        out.append(
            {
                "objective": minimum.value,
                "relative": minimum.value / evidence.found.best.value - 1 if evidence.found.best.value else float("nan"),
                "parameters": dict(zip(result.names, map(float, natural), strict=True)),
                "share_of_starts": minimum.reached / max(evidence.found.starts, 1),
                "plan_moves": moved,
                "plan_sd": cell_sd,
            }
        )
    return out


def _grade_bounds(out: Certificate) -> None:
    if out.at_bound:
        out.lower(
            "weak", f"at a bound: {', '.join(out.at_bound)}", f"declare a prior for {out.at_bound[0]}, or add runs that inform it"
        )


def _grade_minima(out: Certificate, estimate: dict[str, float], cell_sd: float) -> None:
    """Other minima as good as the best (within 1 %) are a reason; they refuse the fit when the plan there is another one."""
    near = [m for m in out.other_minima if m["relative"] < 0.01]
    if not near:
        return
    together = _moving(near, estimate)
    out.unidentified = sorted({*out.unidentified, *together})
    far = max(m["plan_moves"] for m in near)
    grade: Grade = "refused" if far > max(identifiability.USELESS, 1.645 * cell_sd) else "weak"
    out.lower(
        grade,
        f"{len(near)} other local minima within 1 % of the best objective; ln predictions move by up to {far:.2g} there"
        + (f"; not identified together: {', '.join(together.values())}" if together else ""),
        "add runs that tell the minima apart, or fix a parameter",
    )


def _moving(minima: list[dict[str, Any]], estimate: dict[str, float]) -> dict[str, str]:
    """Parameters that change by half or more between minima, with their range."""
    found = {}
    for name, value in estimate.items():
        others = [m["parameters"][name] for m in minima]
        if max(abs(o - value) for o in others) > 0.5 * abs(value):
            found[name] = f"{name} runs from {min(value, *others):.4g} to {max(value, *others):.4g}"
    return found
