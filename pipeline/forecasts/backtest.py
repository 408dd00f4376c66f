"""Backtest: the forecasts that would have been made, had the ledger been kept while the runs arrived.

Runs are replayed in the order in which they finished, or in order of compute where that is not known; ties form one block, so
nothing is forecast from its equal. A law is fitted to the first 10, 20, 40, ... runs and forecasts those up to the next origin;
of less than 20 runs the first half is known first. Origins stand at fixed counts, so that new runs add forecasts and repeat none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from pipeline.compute import MapLike
from pipeline.fitting import Fit
from pipeline.fitting.effort import REPLAY
from pipeline.forecasts.ledger import in_range, insert_forecasts, predictions
from pipeline.forecasts.scoring import scored
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.store.store import Stored, transaction
from pipeline.store.warehouse import insert_frame
from pipeline.study.declaration import Study
from pipeline.study.jobs import Job, Result, run_job
from pipeline.study.observations import on_known_pools, pool_order, without_needs
from pipeline.study.reductions import measured_of

FIRST, LEAST, GROWTH, MOST = 10, 4, 2, 640
PARTS = 2
"""Runs that are forecast from one origin: those up to PARTS times as many as were known."""


@dataclass(frozen=True)
class Origin:
    """What was known at one moment of the replay, and what came after it."""

    known: pl.DataFrame
    later: pl.DataFrame


def backtest_study(
    connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame, user_laws: Path, mapper: MapLike
) -> int:
    """Adds to the ledger what it lacks of the backtest on a study's observations; returns the number of new forecasts."""
    done = {row[0] for row in connection.execute(sql("select_backtested"), {"study": study.study}).fetchall()}
    chains = chains_of(connection, study, frame, user_laws)
    due = [[(j, o) for j, o in chain if _identity(study, j) not in done] for chain in chains]
    found = mapper(run_chain, [[job for job, _ in chain] for chain in due])
    made = [
        forecasts_from(study, job, result.fit, origin)
        for chain, results in zip(due, found, strict=True)
        for (job, origin), result in zip(chain, results, strict=True)
        if result.fit is not None and result.usable
    ]
    rows = [frame for frame in made if frame.height]
    with transaction(connection):
        for frame in rows:
            insert_forecasts(connection, frame.drop("observed", "observed_at"))
            insert_frame(connection, "forecast_scores", scored(frame))
        seen = [{"study": study.study, "fit_id": _identity(study, job)} for chain in due for job, _ in chain]
        if seen:
            insert_frame(connection, "backtested", pl.DataFrame(seen))
    return sum(frame.height for frame in rows)


def run_chain(jobs: Sequence[Job]) -> list[Result]:
    """Fits along the origins of one law: each begins where the last usable one ended, as it would have as the runs arrived."""
    results: list[Result] = []
    for job in jobs:
        known = results[-1].fit if results and results[-1].usable else None
        results.append(run_job(job, known))
    return results


def origins(frame: pl.DataFrame) -> Iterator[Origin]:
    """The moments of the replay of one cohort's used rows, with what was known and what came next."""
    runs = (
        frame.group_by("run_key")
        .agg(pl.col("finished_at").max(), pl.col("flops").max(), pl.col("data_seen").max())
        .with_columns(pl.coalesce("flops", "data_seen").alias("cost"))
    )
    along = "finished_at" if runs["finished_at"].null_count() == 0 and runs["finished_at"].n_unique() > FIRST else "cost"
    runs = runs.drop_nulls(along).sort(along, "run_key")
    count = min(FIRST, max(LEAST, runs.height // 2))
    while count < min(runs.height, MOST):
        edge = runs[along][count - 1]
        until = runs[along][min(PARTS * count, runs.height) - 1]
        known = runs.filter(pl.col(along) <= edge)["run_key"].to_list()
        later = runs.filter((pl.col(along) > edge) & (pl.col(along) <= until))["run_key"].to_list()
        if later:
            yield Origin(frame.filter(pl.col("run_key").is_in(known)), frame.filter(pl.col("run_key").is_in(later)))
        count *= GROWTH


def chains_of(
    connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame, user_laws: Path
) -> Iterator[list[tuple[Job, Origin]]]:
    """Every fit of a study's replay with the origin it is made at: one chain of origins a cohort and law."""
    for (cohort,), rows in frame.group_by("cohort", maintain_order=True):
        for law in study.law_objects():
            used = without_needs(law, rows).filter("used")
            fix, prior = study.constants_for(law)
            options = (min(REPLAY.tile, study.draws), study.seed, study.objective_for(law), fix, prior, user_laws, REPLAY)
            chain = []
            for origin in origins(used):
                pools: Sequence[str] = pool_order(connection, origin.known) if law.pooled else ()
                chain.append((Job(law.name, str(cohort), origin.known, tuple(pools), *options), origin))
            yield chain


def _identity(study: Study, job: Job) -> str:
    """Names the fit of an origin by law and training values: the same origin is replayed once."""
    values = job.frame.select("run_key", "value", "data_seen").sort("run_key", "data_seen").rows()
    return short_hash("backtest", study.canonical(), job.cohort, job.law, values)


def forecasts_from(study: Study, job: Job, fit: Fit, origin: Origin) -> pl.DataFrame:
    """Forecasts of the last point of each later run, with what was observed."""
    last = origin.later.sort("data_seen").unique("run_key", keep="last", maintain_order=True)
    last = on_known_pools(last, fit.pools)
    stored = Stored(job.cohort, replace(fit, fit_id=_identity(study, job)), False, None)
    made = in_range(predictions(study, stored, last, "backtest"), measured_of(study, stored.law))
    if made.is_empty():
        return made
    moment = origin.known["finished_at"].max()
    outcome = last.select("run_key", pl.col("value").alias("observed"), pl.col("finished_at").alias("observed_at"))
    as_of = pl.lit(moment, pl.Datetime("us")).alias("as_of")
    return made.with_columns(pl.coalesce(as_of, pl.col("as_of")).alias("as_of")).join(outcome, on="run_key", how="left")
