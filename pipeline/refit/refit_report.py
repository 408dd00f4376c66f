"""What a refit did."""

from dataclasses import dataclass, field

from pipeline.errors import LawbookError
from pipeline.ingest.ingest import IngestReport
from pipeline.refit.audit import Disagreement
from pipeline.refit.study_fits import FitReport


@dataclass
class RefitReport:
    """What a refit did. `errors` are invalid files, `failed` studies that could not be refitted, by name.

    `waiting` are studies that lack runs while logs cannot be read: no failure is stored of them, and the next refit tries again.
    `audited` are the studies that were searched from scratch, with what was found to differ; `learnt` those that were taught
    another prior of their laws' errors.
    """

    ingested: IngestReport | None = None
    fits: list[FitReport] = field(default_factory=list)
    errors: list[LawbookError] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    audited: dict[str, list[Disagreement]] = field(default_factory=dict)
    learnt: list[str] = field(default_factory=list)
    published: bool = False

    @property
    def refitted(self) -> list[str]:
        """Studies that were fitted anew."""
        return [report.study for report in self.fits if report.done]

    @property
    def exit_code(self) -> int:
        """1 if a study failed, waits for a log that cannot be read, or is invalid, else 0."""
        return int(bool(self.failed or self.waiting or self.errors))
