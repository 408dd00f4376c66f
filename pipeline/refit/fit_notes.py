"""What is said of a study's fits in plan_notes: why one is not clean, and since when an older one stands in its place."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from math import expm1
from typing import Any

import duckdb
import polars as pl

from pipeline.fitting.evidence.suspects import in_names
from pipeline.planning import PLANS
from pipeline.refit.in_store import StudyInStore
from pipeline.store.statements import sql
from pipeline.store.store import transaction
from pipeline.store.warehouse import insert_frame, now
from pipeline.study.declaration import Study
from pipeline.study.jobs import Result
from pipeline.study.left_out import in_words
from pipeline.study.sharing import shared_in_words
from pipeline.terminal import counted

FIX = "look at the run; correct its log or map, or leave it out: lawbook exclude RUN --reason R"
FIX_OF_MANY = (
    "look at what these runs have in common: correct their log or map, fit a law that sees it, or let `runs` of the study leave "
    "them out"
)
FEW = 3
"""Runs off one law that are told one by one."""
COPIED = "leave the copies out: lawbook exclude RUN --reason R"
TOLD = 1.5
"""Weights of a fit's values that are farther apart than this factor are told."""
NAMED = 5
"""Copies that a sentence names; the others are counted."""
CHANGED = "two runs need two ids; if it was a correction, this is what was corrected: select * from runs_history"


def note_failure(of: StudyInStore, reason: str, fix: str) -> bool:
    """Remembers that a study could not be refitted; its last good plan stays and says since when it is stale.

    True for a failure that was not known before.
    """
    state, connection = of.state(), of.connection
    since = (state.get("stale_since") or now()) if of.rows() else None
    with transaction(connection):
        of.note(**about(of.declared), failure=reason, failure_fix=fix or None, stale_since=since)
        connection.execute(sql("delete_failure_note"), {"study": of.name})
        insert_frame(connection, "plan_notes", pl.DataFrame([_note_row(of.name, "", "", "refused", reason, "", since)]))
        for table in PLANS:
            connection.execute(sql("update_plan_stale", table=table), {"study": of.name, "since": since})
    return bool(state.get("failure") != reason)


def clear_failure(of: StudyInStore) -> None:
    """The study's rows are those that its current fits were made from: it is planned anew, and stale until that has succeeded."""
    with transaction(of.connection):
        of.note(failure=None, failure_fix=None, plan_key=None)
        of.connection.execute(sql("delete_failure_note"), {"study": of.name})


def about(study: Study) -> dict[str, Any]:
    """What the table of studies says of it as declared."""
    names = ("question", "runs", "metric", "split", "task")
    return {name: getattr(study, name) for name in names} | {"laws": list(study.laws), "declaration": study.canonical()}


def note_fits(of: StudyInStore, results: Sequence[Result], moment: datetime) -> None:
    """One sentence a fit that is not clean; an older fit that stays in its place is stale since now, or since before."""
    known = {(s.cohort, s.law.name): s.stale_since for s in of.fits()}
    rows = []
    told: dict[str, set[str]] = defaultdict(set)
    for result in results:
        place = result.place
        since = (known[place] or moment) if place in known and not result.usable else None
        if result.fit is None:
            rows.append(_note_row(of.name, *place, "refused", result.reason, result.fix, since))
            continue
        certificate = result.fit.certificate
        rows += [_note_row(of.name, *place, result.fit.grade, in_words(rule), "", since) for rule in certificate.left_out]
        told_here = told[place[0]]
        odd = (*impossible_runs(result, told_here), *copied_runs(result, told_here))
        rows += [_note_row(of.name, *place, result.fit.grade, words, fix, since) for words, fix in odd]
        if (said := weighed_in_words(certificate.weights)) and said not in told_here:
            told_here.add(said)
            rows.append(_note_row(of.name, *place, result.fit.grade, said, "", since))
        if said := shared_in_words(result.fit):
            rows.append(_note_row(of.name, *place, result.fit.grade, said, "", since))
        if result.fit.grade != "clean":
            rows.append(_note_row(of.name, *place, result.fit.grade, "; ".join(certificate.reasons), certificate.fix, since))
    fitted = {result.place[0]: result for result in reversed(results) if result.fit is not None}
    for cohort, result in fitted.items():
        grade = result.fit.grade if result.fit else ""
        rows += [
            _note_row(of.name, cohort, result.place[1], grade, words, CHANGED, None)
            for words in changed_runs(of.connection, result)
        ]
    of.connection.execute(sql("delete_study_rows", table="plan_notes"), {"study": of.name})
    if rows:
        insert_frame(of.connection, "plan_notes", pl.DataFrame(rows, infer_schema_length=None))


def weighed_in_words(weights: Sequence[float]) -> str:
    """That runs weigh unequally by the noise of their values, and by how much; empty where all weigh nearly alike."""
    if not weights or max(weights) < TOLD * min(weights):
        return ""
    ends = " to ".join(f"{weight:.2g}" for weight in (min(weights), max(weights)))
    return (
        f"values weigh by their own noise, what a benchmark's items or a logged standard error make of it: {ends} times the mean"
    )


def impossible_runs(result: Result, told: set[str]) -> Iterator[tuple[str, str]]:
    """A sentence and its fix for each run that a fit's law cannot have given, if the others are right; not for those in `told`.

    Adds to `told`, so that rivals say a run once. More than FEW are told in one sentence: with their slip where all have one,
    a log in bits; else as where the law does not hold.
    """
    if result.fit is None:
        return
    names = names_of(result.job.frame)
    bad = [suspect for suspect in result.fit.certificate.suspects if suspect["impossible"] and not suspect.get("copy_of")]
    name = {suspect["run_key"]: repr(names.get(suspect["run_key"], suspect["run_key"])) for suspect in bad}
    far = {suspect["run_key"]: _far(suspect["error"], result.fit.log_residuals) for suspect in bad}
    if len(bad) > FEW:
        some = ", ".join(f"{name[key]} {far[key]}" for key in list(name)[:FEW])
        causes = {in_names(suspect["cause"], names) for suspect in bad}
        off = f"{len(bad)} runs or more are off what the others say ({some}, ...)"
        if len(causes) == 1 and all(causes):
            yield f"{off}: perhaps of each: {causes.pop()}; or the law does not hold there", FIX_OF_MANY
        else:
            yield f"{off}, and have no slip in common: the law does not hold there", FIX_OF_MANY
        return
    for key, cause in ((suspect["run_key"], in_names(suspect["cause"], names)) for suspect in bad):
        if key not in told:
            doubt = f": perhaps {cause}, or the law does not hold there" if cause else ""
            yield f"run {name[key]} is {far[key]} what the other runs say{doubt}", FIX
    told.update(name)


def _far(off: float, logarithms: bool) -> str:
    """How far a run is off, and to which side: 44 % above."""
    far = f"{abs(100 * expm1(off)):.0f} %" if logarithms and off < 3 else f"{off:.3g}"
    return f"{far} {'above' if off > 0 else 'below'}"


def copied_runs(result: Result, told: set[str]) -> Iterator[tuple[str, str]]:
    """One sentence and its fix on the runs that are other runs again under another id, where there are any; adds to `told`."""
    names = names_of(result.job.frame)
    suspects = result.fit.certificate.suspects if result.fit else []
    pairs = {suspect["run_key"]: suspect["copy_of"] for suspect in suspects if suspect.get("copy_of")}
    said = [f"{names.get(one, one)!r} is {names.get(other, other)!r}" for one, other in pairs.items()]
    more = f" and {len(said) - NAMED} more" if len(said) > NAMED else ""
    if not set(pairs) <= told:
        are = "is another one" if len(said) == 1 else "are others"
        copies = f"{counted(len(said), 'run')} {are} again under another id"
        yield f"{copies}, no evidence of its own: {', '.join(said[:NAMED])}{more}", COPIED
    told.update(pairs)


def names_of(runs: pl.DataFrame) -> dict[str, str]:
    """The id of each run by its key."""
    return dict(runs.select("run_key", "run_id").unique().iter_rows())


def changed_runs(connection: duckdb.DuckDBPyConnection, result: Result) -> list[str]:
    """One sentence for each fitted run that came again under its id as another run: its newest version is what is fitted."""
    keys = result.job.frame.filter("used")["run_key"].unique().sort().to_list()
    found = connection.execute(sql("select_changed_runs"), {"keys": keys}).fetchall()
    return [
        f"run {run_id!r} came again with another {name}, {_written(present)} instead of {_written(past)}, on {since:%Y-%m-%d}; "
        "its newest version is fitted"
        for run_id, name, past, present, since in found
    ]


def _written(value: str) -> str:
    """A number in short, a name as it is."""
    try:
        return f"{float(value):.4g}"
    except ValueError:
        return repr(value)


def _note_row(study: str, cohort: str, law: str, grade: str, note: str, fix: str, since: datetime | None) -> dict[str, Any]:
    return {"study": study, "cohort": cohort, "law": law, "plan": "", "grade": grade, "note": note, "fix": fix,
            "stale_since": since}  # fmt: skip
