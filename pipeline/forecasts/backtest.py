"""Backtest: the forecasts that would have been made, had the ledger been kept while the runs arrived.

Runs are replayed in the order in which they finished, or in order of compute where that is not known; ties form one block, so
nothing is forecast from its equal. All rivals of a cohort are fitted to the first 10, 20, 40, ... runs and forecast those up to
the next origin; of less than 20 runs the first half is known first. Origins stand at fixed counts, so that new runs add forecasts
and repeat none. What the plan would have stood on at an origin, the combination of the same fits, forecasts the same runs, with
the weights that the runs known there give it. Of a sweep the winners are those of the runs that were known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from pipeline.compute import MapLike
from pipeline.errors import StudyError
from pipeline.fitting import Fit
from pipeline.fitting.effort import REPLAY
from pipeline.fitting.evidence.chain import CHAINED
from pipeline.fitting.evidence.combination import COMBINED, CombinedFit, combined
from pipeline.fitting.evidence.law_error_prior import FIXED
from pipeline.forecasts.ledger import in_range, insert_forecasts, predictions
from pipeline.forecasts.scoring import scored
from pipeline.laws.law import Law
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.store.store import Stored, transaction
from pipeline.store.warehouse import insert_frame
from pipeline.study.chains import direct
from pipeline.study.declaration import Study
from pipeline.study.jobs import Job, Result, jobs_of, run_job
from pipeline.study.observations import Then, of_known_runs, on_known_pools, without_needs
from pipeline.study.reductions import measured_of, response_of
from pipeline.study.rivals import stood_on

FIRST, LEAST, GROWTH, MOST = 10, 4, 2, 640
PARTS = 2
"""Runs that are forecast from one origin: those up to PARTS times as many as were known."""


@dataclass(frozen=True)
class Origin:
    """One moment of the replay of a cohort: what was known, what came after it, and the jobs of all rivals there."""

    cohort: str
    known: pl.DataFrame
    later: pl.DataFrame
    jobs: tuple[Job, ...] = ()

    def names(self, study: Study) -> dict[str, str]:
        """What the ledger calls the fits of this origin, by law: the same origin is replayed once.

        The last is of what the plan would have stood on: the combination of the rivals, or their chain.
        """
        own = {job.law: _named(study, job) for job in self.jobs}
        made = CHAINED if study.link is not None and not any(direct(study, law) for law in study.law_objects()) else COMBINED
        return own | {made: short_hash("backtest", made, *own.values())}


@dataclass(frozen=True)
class Backtest:
    """Origins of replays, and one chain of fits a law along each replay."""

    replays: Sequence[Sequence[Origin]]
    done: Collection[str] = ()
    """The fits by which the ledger has forecasts already."""
    chains: list[list[Job]] = field(init=False)

    def __post_init__(self) -> None:
        chains = [list(chain) for replay in self.replays for chain in zip(*(origin.jobs for origin in replay), strict=True)]
        object.__setattr__(self, "chains", chains)


def backtest_due(connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame, user_laws: Path) -> Backtest:
    """What the ledger lacks of the backtest on a study's observations."""
    done = {row[0] for row in connection.execute(sql("select_backtested"), {"study": study.study}).fetchall()}
    replays = replays_of(connection, study, frame, user_laws)
    return Backtest([[o for o in replay if set(o.names(study).values()) - done] for replay in replays], done)


def backtest_study(connection: duckdb.DuckDBPyConnection, study: Study, due: Backtest, mapper: MapLike) -> int:
    """Adds to the ledger what it lacks of a study's backtest; returns the number of new forecasts."""
    new, rows = list[dict[str, str]](), list[pl.DataFrame]()
    for replay, fits in zip(due.replays, run_replays(due, mapper), strict=True):
        for origin, found in zip(replay, fits, strict=True):
            names = {law: name for law, name in origin.names(study).items() if name not in due.done}
            new += [{"study": study.study, "fit_id": name} for name in names.values()]
            rows += [forecasts_from(study, fit, origin) for fit in with_stood_on(study, origin, found) if fit.law.name in names]
    rows = [made for made in rows if made.height]
    with transaction(connection):
        for made in rows:
            insert_forecasts(connection, made.drop("observed", "observed_at"))
            insert_frame(connection, "forecast_scores", scored(made))
        if new:
            insert_frame(connection, "backtested", pl.DataFrame(new))
    return sum(made.height for made in rows)


def run_replays(asked: Backtest, mapper: MapLike) -> list[list[list[Fit]]]:
    """The usable fits of each origin of each replay: one chain of fits a law goes through the mapper."""
    found = iter(mapper(run_chain, asked.chains))
    results = [[next(found) for _ in replay[0].jobs] if replay else [] for replay in asked.replays]
    return [
        [[chain[k].fit for chain in of_replay if chain[k].usable] for k in range(len(replay))]
        for replay, of_replay in zip(asked.replays, results, strict=True)
    ]


def run_chain(jobs: Sequence[Job]) -> list[Result]:
    """Fits along the origins of one law: each begins where the last usable one ended, as it would have as the runs arrived."""
    results: list[Result] = []
    for job in jobs:
        known = results[-1].fit if results and results[-1].usable else None
        results.append(run_job(job, known))
    return results


def origins(rows: pl.DataFrame, counted: Collection[str], *, others: bool = False) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """The moments of the replay of one cohort: the rows of the runs that were known, and of those that came next.

    counted: the runs by whose number origins stand, which alone are forecast; with `others` all that were there are known.
    """
    every = (
        rows.group_by("run_key")
        .agg(pl.col("finished_at").max(), pl.col("flops").max(), pl.col("data_seen").max())
        .with_columns(pl.coalesce("flops", "data_seen").alias("cost"))
    )
    runs = every.filter(pl.col("run_key").is_in(list(counted)))
    along = "finished_at" if runs["finished_at"].null_count() == 0 and runs["finished_at"].n_unique() > FIRST else "cost"
    runs = runs.drop_nulls(along).sort(along, "run_key")
    count = min(FIRST, max(LEAST, runs.height // 2))
    while count < min(runs.height, MOST):
        edge = runs[along][count - 1]
        until = runs[along][min(PARTS * count, runs.height) - 1]
        known = (every if others else runs).filter(pl.col(along) <= edge)["run_key"].to_list()
        later = runs.filter((pl.col(along) > edge) & (pl.col(along) <= until))["run_key"].to_list()
        if later:
            yield rows.filter(pl.col("run_key").is_in(known)), rows.filter(pl.col("run_key").is_in(later))
        count *= GROWTH


def replays_of(
    connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame, user_laws: Path
) -> Iterator[list[Origin]]:
    """The origins of each cohort with the jobs of the laws that compete there: those of one response, and of a chain all.

    Published constants are of no run, so that no run comes after them.
    """
    rivals: dict[str, list[Law]] = {}
    for law in () if study.constants is not None else study.law_objects():
        response = response_of(study, law)
        rivals.setdefault(study.metric if response == study.link else response, []).append(law)
    then, swept = of_known_runs(connection, study), study.reduce is not None or study.reach is not None
    for (cohort,), rows in frame.group_by("cohort", maintain_order=True):
        for competing in rivals.values():
            names = {law.name for law in competing}
            yield [
                Origin(str(cohort), known, later, tuple(_jobs(connection, study, known, user_laws, names)))
                for known, later in _without_hindsight(then, origins(rows, _seen(competing, rows), others=swept))
            ]


def _without_hindsight(
    then: Then, found: Iterable[tuple[pl.DataFrame, pl.DataFrame]]
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """The moments with what was known as it was then: a later run wins no sweep. Where it made none yet, there is no moment."""
    for known, later in found:
        with suppress(StudyError):
            yield then(known, later)


def _seen(competing: Sequence[Law], rows: pl.DataFrame) -> set[str]:
    """The runs that all of the laws see; where these are too few for an origin, those that any of them sees."""
    seen = [set(without_needs(law, rows).filter("used")["run_key"]) for law in competing]
    shared = set.intersection(*seen)
    return shared if len(shared) > LEAST else set.union(*seen)


def _jobs(
    connection: duckdb.DuckDBPyConnection, study: Study, known: pl.DataFrame, user_laws: Path, names: Collection[str]
) -> Iterator[Job]:
    """The study's jobs on what was known, with the effort of a replay and the prior of a study that nothing has taught."""
    for job in jobs_of(connection, study, known, user_laws):
        if job.law in names:
            yield replace(job, effort=REPLAY, draws=min(REPLAY.tile, study.draws), misfit_prior=FIXED)


def _named(study: Study, job: Job) -> str:
    values = job.frame.filter("used").select("run_key", "value", "data_seen").sort("run_key", "data_seen").rows()
    return short_hash("backtest", study.canonical(), job.cohort, job.law, values)


def with_stood_on(study: Study, origin: Origin, fits: Sequence[Fit]) -> list[Fit]:
    """The usable fits of an origin and what the plan would have stood on there, each named as the ledger names it."""
    of_metric, firsts = ([fit for fit in fits if response_of(study, fit.law) == name] for name in (study.metric, study.link))
    made: Fit | None = None
    names = origin.names(study)
    if of_metric:
        made = stood_on(study, of_metric, firsts, origin.known).made
        able = [fit for fit in of_metric if study.link is None or direct(study, fit.law)] if made is None else [made]
        if COMBINED in names and len(origin.jobs) > 1 and able and not isinstance(able[0], CombinedFit):  # the rest is unusable
            made = combined(able, np.ones(1))
    return [replace(fit, fit_id=names[fit.law.name]) for fit in (*fits, *([] if made is None else [made]))]


def forecasts_from(study: Study, fit: Fit, origin: Origin) -> pl.DataFrame:
    """Forecasts of the last point of each later run that the law sees, with what was observed."""
    seen = without_needs(fit.law, origin.later).filter("used")
    last = on_known_pools(seen.sort("data_seen").unique("run_key", keep="last", maintain_order=True), fit.pools)
    made = predictions(study, Stored(origin.cohort, fit, False, None), last, "backtest")
    if made.is_empty():
        return made
    moment = origin.known["finished_at"].max()
    outcome = last.select("run_key", pl.col("value").alias("observed"), pl.col("finished_at").alias("observed_at"))
    as_of = pl.coalesce(pl.lit(moment, pl.Datetime("us")), pl.col("as_of")).alias("as_of")
    return in_range(made, measured_of(study, fit.law)).with_columns(as_of).join(outcome, on="run_key", how="left")
