"""Answers of the command line in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.schema.left_out_words import unused_words
from pipeline.schema.numbers_in_words import cohort_words
from pipeline.terminal import counted, shown

if TYPE_CHECKING:
    from pipeline.home import Home
    from pipeline.refit.refit import RefitReport
    from pipeline.refit.study_fits import FitReport

WIDEST = 60


def table_text(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as an aligned table; long cells are cut."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(str(name)), *(len(row[i]) for row in cells), 1) for i, name in enumerate(names)]
    lines = ["  ".join(str(name).ljust(width) for name, width in zip(names, widths, strict=True))]
    lines.append("  ".join("-" * width for width in widths))
    lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([*lines, f"({len(rows)} row{'' if len(rows) == 1 else 's'})"])


def refit_text(report: RefitReport, home: Home) -> str:
    """What a refit did, in a few lines."""
    lines = [report.ingested.summary()] if report.ingested and (report.ingested.files or report.ingested.errors) else []
    for fitted in report.fits:
        if fitted.done:
            grades = [result.grade for result in fitted.results]
            counts = ", ".join(f"{grades.count(g)} {g}" for g in ("clean", "weak", "refused") if g in grades)
            lines.append(f"refitted {fitted.study}: {counted(len(grades), 'fit')} ({counts})")
            lines += _left_out(fitted)
    current = len(report.fits) - len(report.refitted)
    if not report.refitted:
        lines.append("nothing refitted: nothing that your studies read has changed" if current else "nothing to refit")
    elif current:
        others = counted(current, "other study is current", "other studies are current")
        lines.append(f"{others}: nothing that was read has changed")
    lines += _audit_lines(report)
    quarantined = report.ingested.quarantined if report.ingested else 0
    if quarantined:
        lines.append(f"{counted(quarantined, 'row was', 'rows were')} rejected; the table quarantine says why")
    lines.append(f"published: {home.published_db}" + ("" if report.published else " (unchanged)"))
    return "\n".join(lines)


def again(report: RefitReport) -> RefitReport:
    """The report of a refit that follows this one where nothing has changed between them."""
    from pipeline.ingest.ingest import IngestReport
    from pipeline.refit.refit import RefitReport
    from pipeline.refit.study_fits import FitReport

    looked = report.ingested or IngestReport()
    seen = IngestReport(unchanged=looked.files + looked.unchanged)
    return RefitReport(ingested=seen, fits=[FitReport(fitted.study, done=False) for fitted in report.fits])


def _left_out(fitted: FitReport) -> list[str]:
    """Which runs lack what a law needs: a line for each different answer, with the laws that give it."""
    from pipeline.fitting.unused import run_reasons  # here: `lawbook sql` prints a table without the fitter

    laws: dict[str, list[str]] = {}
    for result in fitted.results:
        words = unused_words(run_reasons(result.job.frame), lacking_only=True)
        where = f" [{cohort_words(result.job.cohort)}]" if result.job.cohort else ""
        laws.setdefault(words, []).append(f"{result.job.law}{where}")
    every = len(fitted.results)
    return [f"  {words}" + (f": {', '.join(names)}" if len(names) < every else "") for words, names in laws.items() if words]


def _audit_lines(report: RefitReport) -> list[str]:
    """What the audit found; nothing where there was none."""
    if not report.audited:
        return []
    differ = [f"  {each.study}: {each.law}: {each.message}" for found in report.audited.values() for each in found]
    agree = sum(not found for found in report.audited.values())
    learnt = [f"learnt how wrong laws are, for {', '.join(report.learnt)}"] if report.learnt else []
    searched = counted(len(report.audited), "study", "studies")
    return [*learnt, f"audited from scratch: {searched}, {agree} {'agrees' if agree == 1 else 'agree'}", *differ]


def refit_json(report: RefitReport, home: Home) -> dict[str, Any]:
    """The same for programs."""
    return {
        "ingested": report.ingested.to_json() if report.ingested else None,
        "refitted": report.refitted,
        "current": [fitted.study for fitted in report.fits if not fitted.done],
        "failed": report.failed,
        "waiting": report.waiting,
        "learnt": report.learnt,
        "audited": {study: [vars(each) for each in found] for study, found in report.audited.items()},
        "errors": [str(error) for error in report.errors],
        "published": report.published,
        "published_db": str(home.published_db),
    }


def _cell(value: Any) -> str:
    if value is None:
        return "NULL"
    text = f"{value:.6g}" if isinstance(value, float) else shown(str(value))
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."
