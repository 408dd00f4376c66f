"""What the runs can tell: levels on each axis, parameters that nothing informs, dead terms, and the grade that follows."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import sympy as sp

from pipeline.fitting.evidence.certificate import Certificate
from pipeline.fitting.frames import Observed
from pipeline.fitting.problem import Problem
from pipeline.fitting.search import ENDED, NEAR_END
from pipeline.fitting.uncertainty.calibration import ENDS
from pipeline.laws.engine.compile import version
from pipeline.laws.law import Law, pool_sum, run_column

Array = np.ndarray
FEW_LEVELS = 3
SWITCHES = ("treated",)
"""Columns that are 0 or 1: two levels are all there are."""
DEAD = 1e-8
ILL = 1e14
LOOSE = 1.5
"""A parameter whose working standard error exceeds this (a factor of 12 either way at 90 %) is not identified.

The error is the sandwich's or, where its draws reach farther, what a normal of their reach would have: a valley that is flat on
one side has a curvature at the optimum, and no end.
"""
QUANTILE = 1.645
USELESS = 0.5
"""A plan cell whose ln prediction has this sd (half or double) says nothing."""


def levels(observed: Observed) -> dict[str, int]:
    """Distinct values of each column, positive values within 1 % counted once."""
    out = {}
    for name, values in observed.rows.columns.items():
        above = values > 0
        out[name] = len(np.unique(np.round(np.log(values[above]) * 100))) + len(np.unique(values[~above]))
    return out


def dead_terms(law: Law, problem: Problem, w: Array) -> list[str]:
    """Linear parameters whose term carries less than 1e-8 of the prediction everywhere, among the free ones."""
    theta = problem.natural(w[None])
    keep = np.unique(np.linspace(0, problem.rows.n - 1, min(400, problem.rows.n)).astype(int))
    value, gradient = problem.law.gradient(theta, problem.rows.take(keep))
    part = np.abs(gradient[0] * theta[0]).max(axis=0) / np.abs(value).mean()
    index = problem.law.index(problem.rows.pools)
    return [_flat(index[i]) for i in problem.free if index[i][0] in law.linear and part[i] < DEAD]


def _flat(entry: tuple[str, str | None]) -> str:
    return entry[0] if entry[1] is None else f"{entry[0]}[{entry[1]}]"


def scaled_condition(hessian: Array) -> float:
    """Condition number of the Hessian with its diagonal scaled to one: what trade-offs between parameters leave."""
    if not len(hessian):
        return 1.0
    scale = np.sqrt(np.maximum(np.abs(np.diag(hessian)), 1e-300))
    values = np.abs(np.linalg.eigvalsh(hessian / np.outer(scale, scale)))
    return float(values.max() / max(values.min(), 1e-300))


def reach(draws: Array, w: Array, factor: float) -> Array:
    """(P,) the farther of the 5th and 95th percentile of working draws (draws, P) from w, in standard errors of a normal."""
    if not len(draws):
        return np.zeros(len(w))
    with np.errstate(all="ignore"):
        return factor * np.abs(np.quantile(draws, ENDS, axis=0) - w).max(axis=0) / QUANTILE


def grade_search(
    certificate: Certificate, law: Law, observed: Observed, free: list[str], exact: bool, away: float, known: Collection[str] = ()
) -> None:
    """Reasons that the search itself gives: not converged, moved nowhere, dead terms, too little data.

    exact: the optimum meets all observations; a warm start that already did has nowhere to move. known: free parameters with a
    prior, each of which counts as an observation. away: standard errors from where the search stopped to the optimum.
    """
    name, points, runs = law.name, len(observed.value), len(observed.run_keys)
    if points + len(known) <= len(free):
        fix = f"log at least {len(free) + 1 - points - len(known)} more observations, or fix parameters"
        certificate.lower("refused", f"{points} observations cannot inform {len(free)} free parameters of {name}", fix)
    if certificate.predicted_decrease > ENDED:
        why = f"not converged: a Newton step would lower the objective by {certificate.predicted_decrease:.1e} of it"
        certificate.lower("refused" if not away <= NEAR_END else "weak", f"{why}, {away:.1g} standard errors away")
    if free and certificate.moved < 1e-9 and not exact:
        certificate.lower(
            "refused", "moved nowhere: the optimum found is the start", "start elsewhere; check the objective's scale"
        )
    for term in certificate.dead_terms:
        certificate.lower(
            "refused", f"the term of {term} vanished", f"add runs in which the term of {term} matters, or use a law without it"
        )
    if certificate.starts > 4 and certificate.reached_best < max(2, 0.02 * certificate.starts):
        certificate.lower("weak", f"only {certificate.reached_best} of {certificate.starts} starts reached the best objective")
    if runs < 2 and points > 1:
        certificate.lower("weak", "all observations come from one run: no interval is independent of it", "add a second run")


def grade_identification(
    certificate: Certificate,
    law: Law,
    free: list[str],
    informing: Array,
    undetermined: Array,
    error: Array,
    cell_sd: float,
    known: Collection[str] = (),
) -> None:
    """Reasons that the information gives: parameters that nothing informs, loose ones, too few levels, useless plan cells."""
    for flat, runs in zip(free, informing, strict=True):
        if runs == 0:
            certificate.lower("refused", f"{flat} changes no prediction on these runs", past_one_epoch(law, [flat]))
    loose = [flat for flat, e, f in zip(free, error, undetermined, strict=True) if f or not e < LOOSE]
    certificate.unidentified = sorted(set(loose) | {f for f, r in zip(free, informing, strict=True) if r == 0})
    few = _grade_levels(certificate, law, [flat for flat in free if flat not in known], bool(known))
    singular = certificate.condition_number > ILL or bool(undetermined.any())
    if singular or loose:
        axes = "; ".join(_has_levels(certificate, name) for name in few)
        fix = f"add runs at other values of {', '.join(few)} (at least {FEW_LEVELS} levels)" if few else _spread(loose, law)
        certificate.lower(
            "refused" if singular or not cell_sd < USELESS or few else "weak",
            f"not identified: {_confused(law, certificate.unidentified)}{' (' + axes + ')' if axes else ''}",
            fix,
        )
    elif not cell_sd < USELESS:
        certificate.lower(
            "refused",
            f"predictions beyond the data are uncertain by a factor of {np.exp(min(cell_sd, 50)):.3g}",
            _spread(loose, law),
        )


def _grade_levels(certificate: Certificate, law: Law, own: list[str], known: bool) -> list[str]:
    """Reasons that too few levels of a column give; those columns. own: free parameters of which no prior says anything."""
    for name in certificate.unknown_axes:
        fix = f"add runs at other values of {name}"
        certificate.lower("weak", f"{name} has one level: what it does is the law's word, not the runs'", fix)
    few = [name for name, count in certificate.levels.items() if count < (2 if name in SWITCHES else FEW_LEVELS)]
    few = [name for name in few if not known or depending(law, name, own)]
    for name in few:
        along = depending(law, name, own)
        if len(along) > 1:
            fix = f"add runs at other values of {name} (at least {FEW_LEVELS} levels), or fix parameters"
            certificate.lower("refused", f"not identified: {', '.join(along)} ({_has_levels(certificate, name)})", fix)
    return few


def _has_levels(certificate: Certificate, name: str) -> str:
    count = certificate.levels[name]
    return f"{name} has {count} level{'s' * (count != 1)}"


def _confused(law: Law, names: Sequence[str]) -> str:
    """What the runs cannot tell, in words: size coefficient A and data coefficient B cannot be told apart by these runs."""
    meanings = {parameter.name: parameter.meaning.partition(";")[0] for parameter in law.parameters}
    said = [f"{meanings.get(name.partition('[')[0], '')} {name}".strip() for name in names]
    if len(said) == 1:
        return f"{said[0]} cannot be told from the other parameters by these runs"
    listed = f"{', '.join(said[:-1])} and {said[-1]}" if said else "some parameters"
    return f"{listed} cannot be told apart by these runs"


def depending(law: Law, column: str, free: Sequence[str]) -> list[str]:
    """Parameters with a free level whose effect on the response changes with `column` alone: only its values tell them apart."""
    names = {flat.partition("[")[0] for flat in free}
    return [name for name, columns in _effects(law).items() if name in names and columns == {column}]


def _effects(law: Law) -> dict[str, set[str]]:
    """Of each parameter the columns with which its effect on the response changes; a law is differentiated once a process."""
    key = version(law)
    if key not in _EFFECTS:
        formula = law.formula.replace(pool_sum, lambda inner: inner)
        columns = {run_column(name): name for name in (*law.columns, *law.member_columns)}
        slopes = {p.name: sp.diff(formula, p.symbol).free_symbols for p in law.parameters}
        _EFFECTS[key] = {name: {columns[symbol] for symbol in slope & set(columns)} for name, slope in slopes.items()}
    return _EFFECTS[key]


_EFFECTS: dict[str, dict[str, set[str]]] = {}


def past_one_epoch(law: Law, names: Sequence[str]) -> str:
    """Which runs would make parameters felt."""
    listed, one = ", ".join(names), len(names) == 1
    if "data_unique" in law.columns or "unique" in law.member_columns:
        needs = f"{listed} need{'s' * one} runs that repeat their data"
        return f"{needs}: log runs with data_seen above data_unique (at least two epochs)"
    return f"add runs in which {listed} matter{'s' * one}, or fix {'it' if one else 'them'}"


def _spread(loose: list[str], law: Law) -> str:
    varied = f"the range of {', '.join(law.columns)}" if law.columns else "the range of the shares of pools"
    return f"widen {varied} among the runs" + (f", or declare a prior for {loose[0]}" if loose else "")
