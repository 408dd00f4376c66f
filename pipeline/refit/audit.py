"""The audit: every current fit is searched for anew from scratch, and gives way where a better optimum or another law is found.

A refit fits what has changed, once. The audit asks of what stands whether a wider search, with starts of its own and no knowledge
of the current fit, ends there too, and whether the held-out runs then select the same law. What agrees is left as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from pipeline.compute import MapLike, counted
from pipeline.fitting import Fit
from pipeline.fitting.effort import FULL
from pipeline.progress import Progress, silent
from pipeline.refit.in_store import StudyInStore
from pipeline.refit.study_fits import store_fits, winner
from pipeline.store.statements import sql
from pipeline.store.store import Stored, transaction
from pipeline.store.warehouse import insert_frame, now
from pipeline.study.jobs import Result
from pipeline.study.sharing import run_jobs
from pipeline.terminal import counted as shown_count

SCRATCH = replace(FULL, starts=4 * FULL.starts)
"""A search from scratch, wider than that of a refit: what a refit missed, a repetition of it would miss again."""
BETTER = 1e-6
"""A part of the objective, and of the largest prediction, below which two ends are the same optimum."""
Verdict = Literal["agrees", "better", "worse", "refused"]


@dataclass(frozen=True)
class Disagreement:
    """Where the search from scratch and what stands differ, in words."""

    study: str
    cohort: str
    law: str
    message: str


@dataclass(frozen=True)
class Compared:
    """One fit from scratch beside the current one of its place, if there is one made from the same runs."""

    scratch: Result
    current: Stored | None
    verdict: Verdict

    @property
    def standing(self) -> Fit | None:
        """What the search says should stand: the fit from scratch, unless the current one is better or it was refused."""
        if self.verdict in ("worse", "refused"):
            return self.current.fit if self.current else None
        return self.scratch.fit if self.scratch.usable else None

    @property
    def kept(self) -> Result:
        """The place as it is."""
        return Result(self.scratch.job, self.current.fit) if self.current else self.scratch

    def message(self) -> str:
        """What differs; empty where nothing does."""
        starts = f"{SCRATCH.starts} starts from scratch"
        if self.verdict == "refused":
            reasons = "; ".join(self.scratch.fit.certificate.reasons) if self.scratch.fit else self.scratch.reason
            return f"{starts} end in a fit that is refused ({reasons}); the current one stays, look at its certificate"
        if self.verdict == "agrees" or self.scratch.fit is None:
            return ""
        if self.current is None:
            return f"{starts} end in a fit that may be used, where none was; it is taken"
        ends = f"{self.scratch.fit.objective_value:.9g}, the current fit has {self.current.fit.objective_value:.9g}"
        what = "it is replaced" if self.verdict == "better" else "it stays"
        return f"{starts} end at an objective of {ends}: {what}"


def audit_study(of: StudyInStore, mapper: MapLike, say: Progress = silent) -> list[Disagreement] | None:
    """Searches for a study's fits from scratch and stores at once those that should stand; None where a refit is due."""
    if not of.is_current() or of.state()["failure"]:
        return None
    jobs = [replace(job, effort=SCRATCH) for job in of.jobs()]
    say(f"auditing {of.name}: {shown_count(len(jobs), 'fit')} from scratch")
    over = counted(mapper, say, f"auditing {of.name}, {shown_count(len(jobs), 'fit')}")
    scratch = run_jobs(of.connection, of.declared, jobs, over)
    stored = {(s.cohort, s.law.name): s for s in of.fits() if s.stale_since is None}
    found = [compare(result, stored.get(result.place)) for result in scratch]
    reselected = _reselected(found, of.frame)
    made = [c.scratch for c in found if _is_made(c, reselected)]
    kept = [c.kept for c in found if not _is_made(c, reselected)]
    differ = [*_disagreements(of, found), *(Disagreement(of.name, *place, said) for place, said in reselected.values())]
    with transaction(of.connection):
        if made or reselected:
            store_fits(of, made, kept)
        _raise(of, differ)
    return differ


def compare(scratch: Result, current: Stored | None) -> Compared:
    """Holds a fit from scratch against the current one: better is an objective that is lower by more than BETTER elsewhere."""
    if not scratch.usable or scratch.fit is None:
        return Compared(scratch, current, "refused" if current else "agrees")
    if current is None:
        return Compared(scratch, None, "better")
    fit, now_there = scratch.fit, current.fit
    apart = fit.objective_value - now_there.objective_value
    if abs(apart) <= BETTER * abs(now_there.objective_value) or _moved(fit, now_there, scratch.job.frame) <= BETTER:
        return Compared(scratch, current, "agrees")
    return Compared(scratch, current, "better" if apart < 0 else "worse")


def _moved(fit: Fit, other: Fit, frame: pl.DataFrame) -> float:
    """The largest difference of their predictions, as a part of the largest prediction."""
    used = frame.filter("used")
    before = other.value(used)
    return float(np.abs(fit.value(used) - before).max() / max(np.abs(before).max(), 1e-300))


def _reselected(found: Sequence[Compared], frame: pl.DataFrame) -> Mapping[str, tuple[tuple[str, str], str]]:
    """By cohort the newly selected law and what to say, where the standing fits select another law than the selected one."""
    changed = {}
    for cohort in sorted({c.scratch.job.cohort for c in found}):
        standing = {c.scratch.job.law: c for c in found if c.scratch.job.cohort == cohort and c.standing is not None}
        current = {law: c.current for law, c in standing.items() if c.current is not None}
        if not current:
            continue
        selected = next((law for law, stored in current.items() if stored.selected), None)
        if selected is None:  # a combination is: another law may now forecast best in it
            selected = winner([replace(each, fit=replace(each.fit, fit_id=law)) for law, each in current.items()], frame)
        fits = [Stored(cohort, replace(c.standing, fit_id=law), False, None) for law, c in standing.items() if c.standing]
        chosen = winner(fits, frame)
        if chosen != selected:
            said = f"held-out runs of the fits from scratch select {chosen}, {selected} was selected: it is replaced"
            changed[cohort] = ((cohort, chosen), said)
    return changed


def _is_made(compared: Compared, reselected: Mapping[str, object]) -> bool:
    """Whether the fit from scratch takes its place: a better one, and in a cohort with another law every one that agrees."""
    if compared.verdict == "better":
        return True
    return compared.verdict == "agrees" and compared.scratch.usable and compared.scratch.job.cohort in reselected


def _disagreements(of: StudyInStore, found: Sequence[Compared]) -> list[Disagreement]:
    return [Disagreement(of.name, *c.scratch.place, c.message()) for c in found if c.message()]


def _raise(of: StudyInStore, differ: Sequence[Disagreement]) -> None:
    """Replaces what the audit before found by what this one did."""
    of.connection.execute(sql("delete_audit_alarms"), {"study": of.name})
    if differ:
        rows = [{**vars(each), "alarm": "audit", "severity": "warn", "raised_at": now()} for each in differ]
        insert_frame(of.connection, "alarms", pl.DataFrame(rows))
