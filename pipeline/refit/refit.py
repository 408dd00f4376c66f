"""lawbook refit: ingest what is new, fit what is due, forecast, plan, publish. The daemon calls the same stages one by one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from pipeline.compute import IN_PROCESS, MapLike
from pipeline.errors import LawbookError, StudyError
from pipeline.faults import fault, spoils_the_store
from pipeline.home import Home
from pipeline.ingest.ingest import IngestReport, ingest
from pipeline.journal import failed, record
from pipeline.laws import load_user_laws
from pipeline.planning import PLANS
from pipeline.progress import Progress, reading, silent
from pipeline.refit.audit import Disagreement, audit_study
from pipeline.refit.due import Due
from pipeline.refit.fit_notes import note_failure
from pipeline.refit.misfit_priors import learn
from pipeline.refit.study_fits import FitReport, fit_study
from pipeline.refit.study_forecasts import forecast_study
from pipeline.refit.study_plans import plan_study
from pipeline.store.maintenance import compact
from pipeline.store.publish import publish
from pipeline.store.statements import sql
from pipeline.store.store import current_rows, retire, transaction
from pipeline.store.warehouse import Warehouse, now
from pipeline.study.declaration import Study
from pipeline.study.observations import observed, study_digests
from pipeline.study.studies import load_studies

Digests = Mapping[str, tuple[str, str]]


@dataclass
class RefitReport:
    """What a refit did. `errors` are invalid files, `failed` studies that could not be refitted, by name.

    `audited` are the studies that were searched from scratch, with what was found to differ; `learnt` those that were taught
    another prior of their laws' errors.
    """

    ingested: IngestReport | None = None
    fits: list[FitReport] = field(default_factory=list)
    errors: list[LawbookError] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    audited: dict[str, list[Disagreement]] = field(default_factory=dict)
    learnt: list[str] = field(default_factory=list)
    published: bool = False

    @property
    def refitted(self) -> list[str]:
        """Studies that were fitted anew."""
        return [report.study for report in self.fits if report.done]

    @property
    def exit_code(self) -> int:
        """1 if a study failed or is invalid, else 0."""
        return int(bool(self.failed or self.errors))


def refit(
    home: Home,
    studies: Collection[str] | None = None,
    *,
    audit: bool = False,
    map: MapLike | None = None,
    progress: Progress | None = None,
) -> RefitReport:
    """Brings everything up to date; what has not changed is not done again. A study that fails stops no other.

    audit: learns from scored forecasts how wrong laws are, searches for every fit from scratch too, and compacts the store at the
    end, as the nightly schedule does.
    """
    say, report = progress or silent, RefitReport()
    over = map or IN_PROCESS
    with Warehouse(home) as warehouse:
        report.ingested = ingest(home, warehouse=warehouse, progress=reading(say), over=over)
        known, report.errors = declared(home, studies)
        digests = fit_due(home, warehouse.connection, known, report, over, say)
        if audit:
            learn_priors(home, warehouse.connection, known, digests, report, say)
            audit_fits(home, warehouse.connection, known, digests, report, over, say)
        forecast_and_plan(home, warehouse.connection, known, digests, report, over, say=say)
        remove_undeclared(home, warehouse.connection, known)
        say("publishing")
        report.published = publish(home, warehouse)
        if audit:
            say("compacting the store")
            compact(home, warehouse.connection)
    record(home, "refit", refitted=report.refitted, failed=sorted(report.failed), published=report.published,
           quarantined=report.ingested.quarantined)  # fmt: skip
    if report.published or not _drawn(home):
        say("drawing report.html")
        _draw(home, over, say)
    return report


def _drawn(home: Home) -> bool:
    """Whether report.html shows what is published; a refit that died before it was drawn leaves an older one."""
    return home.report.exists() and home.report.stat().st_mtime_ns >= home.published_db.stat().st_mtime_ns


def _draw(home: Home, over: MapLike, say: Progress) -> None:
    from pipeline.report import write  # here: the plotting library takes a second to load, and most refits change nothing

    write(home, over, say)


def declared(home: Home, only: Collection[str] | None = None) -> tuple[list[Study], list[LawbookError]]:
    """The studies that are asked for, and every error in a law, study or name. User laws are loaded first."""
    errors: list[LawbookError] = list(load_user_laws(home.laws))
    known, wrong = load_studies(home)
    errors += wrong
    if only:
        missing = sorted(set(only) - {study.study for study in known})
        names = ", ".join(study.study for study in known) or "none"
        errors += [StudyError(f"there is no valid study {name!r}", fix=f"the studies are {names}") for name in missing]
        known = [study for study in known if study.study in set(only)]
    return known, errors


def fit_due(
    home: Home,
    connection: duckdb.DuckDBPyConnection,
    studies: Sequence[Study],
    report: RefitReport,
    mapper: MapLike,
    say: Progress,
) -> Digests:
    """Fits every study whose refit key has changed; returns the digests of all."""
    digests = dict(study_digests(connection, studies))
    archive, due = home.root / "draws", Due(connection)
    for study in sources_first(studies):
        if study.prior_from is not None:  # what it takes from another study may have been fitted just now
            digests |= study_digests(connection, [study])
        if not due.fit(study, digests[study.study][0]):
            report.fits.append(FitReport(study.study, done=False))
            continue

        def fitted(study: Study = study, digest: str = digests[study.study][0]) -> None:
            found = fit_study(connection, study, digest, home.laws, archive, mapper, say)
            report.fits.append(found)

        guarded(home, connection, study, report, fitted)
    return digests


def sources_first(studies: Sequence[Study]) -> list[Study]:
    """The studies in their order, each after the one that its `prior_from` names."""
    by_name, placed = {study.study: study for study in studies}, dict[str, Study]()

    def place(study: Study) -> None:
        source = by_name.get(study.prior_from or "")
        if source is not None and source.study not in placed:
            place(source)
        placed.setdefault(study.study, study)

    for study in studies:
        place(study)
    return list(placed.values())


def learn_priors(
    home: Home,
    connection: duckdb.DuckDBPyConnection,
    studies: Sequence[Study],
    digests: Digests,
    report: RefitReport,
    say: Progress = silent,
) -> None:
    """What each study expects of its laws' errors, from the scored forecasts of the others."""
    say("learning how wrong laws are from forecasts that have been scored")
    for study in studies:

        def learnt(study: Study = study) -> None:
            if learn(connection, study, digests[study.study][0], home.laws, home.root / "draws"):
                report.learnt.append(study.study)

        if study.study not in report.failed:
            guarded(home, connection, study, report, learnt)


def audit_fits(
    home: Home,
    connection: duckdb.DuckDBPyConnection,
    studies: Sequence[Study],
    digests: Digests,
    report: RefitReport,
    mapper: MapLike,
    say: Progress = silent,
) -> None:
    """Searches for the fits of every study from scratch; one line of the journal says what differed."""
    for study in studies:

        def audited(study: Study = study) -> None:
            digest, archive = digests[study.study][0], home.root / "draws"
            found = audit_study(connection, study, digest, home.laws, archive, mapper, say)
            if found is not None:
                report.audited[study.study] = found

        if study.study not in report.failed:
            guarded(home, connection, study, report, audited)
    differ = [vars(each) for found in report.audited.values() for each in found]
    record(home, "audit", studies=len(report.audited), differ=differ, learnt=report.learnt)


def forecast_and_plan(
    home: Home,
    connection: duckdb.DuckDBPyConnection,
    studies: Sequence[Study],
    digests: Digests,
    report: RefitReport,
    mapper: MapLike,
    *,
    plans: bool = True,
    say: Progress = silent,
) -> None:
    """Forecasts, scores and plans of every study whose fits or awaited runs have changed."""
    due = Due(connection)
    for study in studies:
        if study.study in report.failed or not due.after_fit(study, digests[study.study]):
            continue

        def done(study: Study = study) -> None:
            rows = observed(connection, study)
            forecast_study(connection, study, digests[study.study], rows, home.laws, mapper, say)
            if plans:
                say(f"planning {study.study}")
                plan_study(connection, study, rows, home.laws, mapper, say)

        guarded(home, connection, study, report, done)


def remove_undeclared(home: Home, connection: duckdb.DuckDBPyConnection, known: Sequence[Study]) -> None:
    """Takes the plans of studies that are no longer declared out of the store; their fits stay as history.

    `known` are declared for sure; only where the store has more are all declarations read.
    """
    stored = {row[0] for row in connection.execute(sql("select_study_names")).fetchall()}
    if stored <= {study.study for study in known}:
        return
    declared_now, wrong = load_studies(home)
    if wrong:
        return  # a study whose file cannot be read keeps its plans until it can
    gone = sorted(stored - {study.study for study in declared_now})
    for name in gone:
        with transaction(connection):
            retire(connection, current_rows(connection, name)["fit_id"].to_list(), now(), home.root / "draws")
            for table in (*PLANS, "plan_notes", "alarms", "early_stopping", "studies"):
                connection.execute(sql("delete_study_rows", table=table), {"study": name})


def guarded(
    home: Home, connection: duckdb.DuckDBPyConnection, study: Study, report: RefitReport, stage: Callable[[], object]
) -> None:
    """Runs one stage of one study; whatever goes wrong is noted under its name, and the next study goes on."""
    try:
        stage()
    except Exception as error:  # an unforeseen failure of one study must not stop the others; it is named and stored
        if spoils_the_store(error):
            raise
        report.failed[study.study] = str(error) if isinstance(error, LawbookError) else fault(error).text
    else:
        return
    if note_failure(connection, study, report.failed[study.study]):
        failed(home, study.study, report.failed[study.study])
