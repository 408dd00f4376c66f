"""The steps of a refit on an open store: `lawbook refit` takes them in one go, Dagster's assets one by one."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial

import duckdb
import polars as pl

from pipeline.compute import IN_PROCESS, MapLike, expect
from pipeline.errors import LawbookError, StudyError
from pipeline.faults import fault, spoils_the_store
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.ingest.unread import waited_for
from pipeline.journal import failed, record
from pipeline.progress import Progress, reading, silent
from pipeline.refit.ahead import Ahead, ahead_due
from pipeline.refit.audit import audit_study
from pipeline.refit.declared import declarations, declared, known_studies, remove_undeclared, sources_first
from pipeline.refit.due import Due
from pipeline.refit.fit_notes import note_failure
from pipeline.refit.in_store import StudyInStore
from pipeline.refit.misfit_priors import learn
from pipeline.refit.refit_report import RefitReport
from pipeline.refit.study_fits import FitReport, FitsDue, fit_study, fits_due
from pipeline.refit.study_forecasts import forecast_study
from pipeline.refit.study_plans import plan_study
from pipeline.refit.together import Together
from pipeline.store.drawing_version import stamped
from pipeline.store.maintenance import compact
from pipeline.store.publication.publish import publish
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Study
from pipeline.study.jobs import run_job
from pipeline.study.observations import study_digests
from pipeline.terminal import counted

TOGETHER, HELD = 32, 200_000
"""Studies that are fitted, or looked ahead of, together, and their observations: what is held of one takes some 0.9 KB."""
SEVERAL = 3
"""Studies from which on a first refit is long enough for other processes to start at once, while this one reads."""


@dataclass
class Steps:
    """The steps in their order. A study that fails is noted in `report` and in the store, and stops no other."""

    home: Home
    warehouse: Warehouse
    mapper: MapLike = IN_PROCESS
    say: Progress = silent
    report: RefitReport = field(default_factory=RefitReport)
    studies: list[Study] = field(default_factory=list)
    digests: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of each study the digest of its fitted rows and that of its awaited runs."""
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    """Observations of studies that were fitted just now, for what looks ahead of them."""
    held: int = 0
    """How many there are in these."""

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open store."""
        return self.warehouse.connection

    def take(self, only: Collection[str] | None = None) -> None:
        """Ingests what is new, reads what is declared, and takes out the plans of studies that no longer are."""
        if not known_studies(self.connection) and len(declarations(self.home)) >= SEVERAL:
            expect(self.mapper, "pipeline.refit.ahead")
        self.report.ingested = ingest(self.home, warehouse=self.warehouse, progress=reading(self.say), over=self.mapper)
        self.declare(only)
        remove_undeclared(self.home, self.connection, self.studies)

    def declare(self, only: Collection[str] | None = None) -> None:
        """Reads the studies that are asked for, and the digests of their rows."""
        self.studies, self.report.errors = declared(self.home, only)
        several = counted(len(self.studies), "study", "studies")
        self.say(f"comparing the rows of {several} with those of the last refit")
        self.digests = dict(study_digests(self.connection, self.studies))

    def fit(self) -> None:
        """Fits every study whose refit key has changed; together those that take nothing from another study."""
        due, asked = Due(self.connection), list[FitsDue]()
        for study in sources_first(self.studies):
            if study.prior_from is not None:  # what it takes from another study may have been fitted just now
                self._fit(asked)
                self.digests |= study_digests(self.connection, [study])
            if due.fit(study, self.digests[study.study][0]):
                self._guarded(study, partial(self._ask_fits, asked=asked))
            else:
                self.report.fits.append(FitReport(study.study, done=False))
            if len(asked) >= TOGETHER or sum(one.of.frame.height for one in asked) > HELD:
                self._fit(asked)
        self._fit(asked)

    def learn(self) -> None:
        """What each study expects of its laws' errors, from the scored forecasts of the others."""
        self.say("learning how wrong laws are from forecasts that have been scored")
        for study in self._sound():
            self._guarded(study, self._learn)

    def audit(self) -> None:
        """Searches for the fits of every study from scratch; one line of the journal says what differed."""
        for study in self._sound():
            self._guarded(study, self._audit)
        differ = [vars(each) for found in self.report.audited.values() for each in found]
        record(self.home, "audit", studies=len(self.report.audited), differ=differ, learnt=self.report.learnt)

    def look_ahead(self, *, forecasts: bool = True, plans: bool = True) -> None:
        """Forecasts, scores and plans of every study whose fits or awaited runs have changed."""
        due, asked = Due(self.connection), list[Ahead]()
        for study in self._sound():
            if due.after_fit(study, self.digests[study.study]):
                self._guarded(study, partial(self._ask_ahead, asked=asked, forecasts=forecasts, plans=plans))
            if len(asked) >= TOGETHER or sum(one.rows for one in asked) > HELD:
                self._ahead(asked)
        self._ahead(asked)

    def publish(self) -> None:
        """Replaces the published file where something has changed."""
        self.say("publishing")
        self.report.published = publish(self.home, self.warehouse)

    def compact(self) -> dict[str, int]:
        """Moves what is old to the history and removes what is kept no longer."""
        self.say("compacting the store")
        return compact(self.home, self.connection)

    def record(self, event: str) -> None:
        """One line of the journal: what has been done."""
        done = self.report
        taken = {} if done.ingested is None else {"quarantined": done.ingested.quarantined}
        record(self.home, event, refitted=done.refitted, failed=sorted(done.failed), published=done.published, **taken)

    def draw(self) -> None:
        """Draws report.html where it does not show what is published; the store need not be open for it."""
        if self.report.published or not _drawn(self.home):
            self.say("drawing report.html")
            _draw(self.home, self.mapper, self.say)

    def _sound(self) -> Iterable[Study]:
        """The studies that have not failed, and wait for no log, by the time each is come to."""
        return (study for study in self.studies if study.study not in self.report.failed | self.report.waiting)

    def _of(self, study: Study) -> StudyInStore:
        return StudyInStore(self.connection, study, *self.digests[study.study], self.home.laws, self.home.root / "draws")

    def _ask_fits(self, study: Study, asked: list[FitsDue]) -> None:
        due = fits_due(self._of(study))
        if due is None:
            self.report.fits.append(FitReport(study.study, done=False))
        else:
            asked.append(due)
            if self.held + due.of.frame.height <= HELD:
                self.frames[study.study] = due.of.frame
                self.held += due.of.frame.height

    def _fit(self, asked: list[FitsDue]) -> None:
        """Fits what was asked, and forgets that it was."""
        together = Together(self.mapper)
        for due in asked:
            together.announce(run_job, due.jobs)

        def fit(_: Study, due: FitsDue) -> None:
            self.report.fits.append(fit_study(due, together, self.say))

        for due in asked:
            self._guarded(due.of.declared, partial(fit, due=due))
        asked.clear()

    def _ask_ahead(self, study: Study, asked: list[Ahead], forecasts: bool, plans: bool) -> None:
        of, known = self._of(study), self.frames.pop(study.study, None)
        if known is not None:
            of.frame = known
        asked.append(ahead_due(of, forecasts=forecasts, plans=plans))

    def _ahead(self, asked: list[Ahead]) -> None:
        """Forecasts and plans what was asked, and forgets that it was."""
        together = Together(self.mapper)
        for one in asked:
            one.announce(together)

        def ahead(_: Study, one: Ahead) -> None:
            if one.forecasts:
                forecast_study(one.forecasts, together, self.say)
            if one.plans:
                plan_study(one.plans, together, self.say)

        for one in asked:
            self._guarded(one.of.declared, partial(ahead, one=one))
        asked.clear()

    def _learn(self, study: Study) -> None:
        if learn(self._of(study)):
            self.report.learnt.append(study.study)

    def _audit(self, study: Study) -> None:
        found = audit_study(self._of(study), self.mapper, self.say)
        if found is not None:
            self.report.audited[study.study] = found

    def _guarded(self, study: Study, step: Callable[[Study], object]) -> None:
        """Takes one step of one study; whatever goes wrong is noted under its name, and the next study goes on.

        What a study lacks while logs cannot be read may stand in these: that is told, and is no failure yet.
        """
        try:
            step(study)
        except Exception as error:  # an unforeseen failure of one study must not stop the others; it is named and stored
            if spoils_the_store(error):
                raise
            told = error if isinstance(error, LawbookError) else fault(error)
            lacks = isinstance(error, StudyError)
        else:
            return
        if lacks and waited_for(self.connection):
            self.report.waiting[study.study] = told.text
            return
        self.report.failed[study.study] = told.text
        if note_failure(self._of(study), told.text, told.fix):
            failed(self.home, study.study, told.text)


def _drawn(home: Home) -> bool:
    """Whether report.html shows what is published in these words; a refit that died before it was drawn leaves an older one."""
    if not home.report.exists() or home.report.stat().st_mtime_ns < home.published_db.stat().st_mtime_ns:
        return False
    return stamped(home.report)


def _draw(home: Home, mapper: MapLike, say: Progress) -> None:
    from pipeline.report import write, write_pictures  # here: the plotting library takes a second to load

    write(home, mapper, say)
    if home.pictures.exists():  # of a home where `lawbook pictures` was asked for: no picture is older than the page
        write_pictures(home, over=mapper)
