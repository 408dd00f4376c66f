"""The steps of a refit one by one, as Dagster's assets call them, and what each tells; `refit` takes the same steps in one go."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipeline.compute import IN_PROCESS, MapLike
from pipeline.errors import LawbookError
from pipeline.home import Home
from pipeline.ingest.ingest import IngestReport
from pipeline.laws.families import members
from pipeline.progress import Progress, silent
from pipeline.refit.declared import broken_studies
from pipeline.refit.keys import refit_key
from pipeline.refit.steps import Steps
from pipeline.refit.table_figures import TableFigures, table_figures
from pipeline.store.frames import read_frame
from pipeline.store.misfit_priors import current_priors
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.store.store import study_state
from pipeline.store.warehouse import Warehouse

PICTURES = 12
"""Studies whose pictures are shown in the orchestrator; report.html shows all."""
SHOWN = ("fit", "optimum", "filtering")
"""The pictures of a study that are shown there."""

LedgerCounts = dict[str, float | None]
LEDGER = ("forecasts", "scored", "coverage")
"""What is counted of a study's forecasts: stored, scored, and the share of outcomes inside their 90 % interval."""


@dataclass(frozen=True)
class Ingested:
    """What is in the store now: a version of each study's rows and of the whole log, and what could not be read.

    A study that is declared and not valid has a version too, that of its errors: it fails under its own name.
    """

    report: IngestReport
    versions: dict[str, str]
    log_version: str
    runs: int
    measurements: int
    errors: list[LawbookError]


@dataclass(frozen=True)
class Fitted:
    """The current fits of a study."""

    rows: list[dict[str, Any]]
    refitted: bool
    failure: str | None
    parameters_version: str

    def by_family(self) -> dict[str, list[dict[str, Any]]]:
        """The fits by the family of their law; a law of the user's own is of none."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            if row["law"] in members():
                found.setdefault(members()[row["law"]], []).append(row)
        return found

    def errors(self) -> dict[str, float]:
        """Of the first selected fit: residual rms and error beyond its data, where they are known."""
        chosen = next((row for row in self.rows if row["selected"]), {})
        return {what: float(chosen[what]) for what in ("rmse", "extrapolation_error") if chosen.get(what) is not None}


@dataclass(frozen=True)
class Audited:
    """What the audit did: studies searched, what differed and the parameters' versions there, and what compaction did."""

    studies: int
    differ: list[str]
    versions: dict[str, str]
    kept: Mapping[str, int]


@dataclass(frozen=True)
class Planned:
    """The plans of a study: cells of each table, what is to be known in words, and each table's figures."""

    rows: dict[str, int]
    notes: list[dict[str, Any]]
    tables: dict[str, TableFigures]


@dataclass(frozen=True)
class Published:
    """The published file."""

    path: Path
    rows: int
    pictures: dict[str, tuple[str, bytes]]
    """By title: the media type and the bytes of a small picture."""


def ingest_stage(home: Home, mapper: MapLike = IN_PROCESS, say: Progress = silent) -> Ingested:
    """Takes what is new; a study's version is the key that decides its refit, with the digest of its awaited runs."""
    with _steps(home, "ingest", mapper, say) as steps:
        steps.take()
        taught = current_priors(steps.connection)
        keys = {s.study: refit_key(s, steps.digests[s.study][0], taught.get(s.study, {})) for s in steps.studies}
        versions = {name: short_hash(*words) for name, words in broken_studies(home, steps.report.errors).items()}
        versions |= {name: short_hash(key, steps.digests[name][1]) for name, key in keys.items()}
        state = steps.connection.execute(sql("select_log_state")).fetchall()[0]
    assert steps.report.ingested is not None
    return Ingested(steps.report.ingested, versions, short_hash(*state), state[0], state[1], steps.report.errors)


def fit_stage(home: Home, names: Sequence[str], mapper: MapLike, say: Progress = silent) -> dict[str, Fitted]:
    """Fits those of the named studies that are due; a study that fails is noted and stops no other."""
    with _steps(home, "fit", mapper, say) as steps:
        steps.declare(names)
        steps.fit()
        done = steps.report
        broken = {name: [reason] for name, reason in done.waiting.items()} | broken_studies(home, done.errors)
        return {name: _fitted(steps.connection, name, name in done.refitted, broken.get(name)) for name in names}


def forecast_stage(home: Home, names: Sequence[str], mapper: MapLike, say: Progress = silent) -> dict[str, LedgerCounts]:
    """Forecasts and scores of the named studies."""
    with _steps(home, "forecast", mapper, say) as steps:
        steps.declare(names)
        steps.look_ahead(plans=False)
        rows = steps.connection.execute(sql("select_ledger_counts")).fetchall()
    counts: dict[str, LedgerCounts] = {row[0]: dict(zip(LEDGER, row[1:], strict=True)) for row in rows}
    return {name: counts.get(name, dict(zip(LEDGER, (0, 0, None), strict=True))) for name in names}


def plan_stage(home: Home, names: Sequence[str], mapper: MapLike = IN_PROCESS, say: Progress = silent) -> dict[str, Planned]:
    """Plans of the named studies."""
    with _steps(home, "plan", mapper, say) as steps:
        steps.declare(names)
        steps.look_ahead(forecasts=False)
        return {name: _planned(steps.connection, name) for name in names}


def publish_stage(home: Home, mapper: MapLike = IN_PROCESS, say: Progress = silent) -> Published:
    """Replaces the published file, and the report."""
    with _steps(home, "publish", mapper, say) as steps:
        steps.publish()
    steps.draw()
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        rows = connection.execute(sql("select_row_total")).fetchall()[0][0]
        names = [row[0] for row in connection.execute(sql("select_selected_studies")).fetchall()]
    pictures = {f"{key} of {name}": drawn for name in names[:PICTURES] for key, drawn in _small(home, name).items()}
    return Published(home.published_db, int(rows or 0), pictures)


def audit_stage(home: Home, mapper: MapLike, say: Progress = silent) -> Audited:
    """Every fit is searched for from scratch; then compaction and retention."""
    with Warehouse(home) as warehouse:
        steps = Steps(home, warehouse, mapper, say)
        steps.declare()
        steps.learn()
        steps.audit()
        done = steps.report
        changed = [name for name, found in done.audited.items() if found or name in done.learnt]
        versions = {name: _fitted(steps.connection, name, True).parameters_version for name in changed}
        kept = steps.compact()
    differ = [f"{each.study}: {each.law}: {each.message}" for found in done.audited.values() for each in found]
    return Audited(len(done.audited), differ, versions, kept)


@contextmanager
def _steps(home: Home, event: str, mapper: MapLike, say: Progress) -> Iterator[Steps]:
    """The steps on the open store; what was done is a line of the journal."""
    with Warehouse(home) as warehouse:
        steps = Steps(home, warehouse, mapper, say)
        yield steps
    steps.record(event)


def _small(home: Home, study: str) -> dict[str, tuple[str, bytes]]:
    """The pictures that the orchestrator shows of a study: SVG where it is small, else PNG."""
    from pipeline.report import small_png, small_svg, study_pictures

    drawn = {}
    for key, picture in study_pictures(home.published_db, study).items():
        if key in SHOWN:
            text = small_svg(picture)
            drawn[key] = ("image/png", small_png(picture)) if text is None else ("image/svg+xml", text.encode())
    return drawn


def _fitted(connection: duckdb.DuckDBPyConnection, name: str, refitted: bool, broken: Sequence[str] | None = None) -> Fitted:
    rows = read_frame(connection, sql("select_fits_for_people"), {"study": name}).to_dicts()
    state = study_state(connection, name)
    failure = "\n".join(broken) if broken else state.get("failure")
    return Fitted(rows, refitted, failure, str(state.get("parameters_version") or short_hash(failure)))


def _planned(connection: duckdb.DuckDBPyConnection, name: str) -> Planned:
    counted = connection.execute(sql("select_plan_counts"), {"study": name}).fetchall()
    notes = read_frame(connection, sql("select_study_rows", table="plan_notes"), {"study": name}).to_dicts()
    return Planned(dict(counted), notes, table_figures(connection, name))
