"""The forecasts of one study: live ones, their scores, the backtest, and the alarms that follow."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipeline.compute import MapLike, counted
from pipeline.forecasts.alarms import raise_alarms
from pipeline.forecasts.backtest import Backtest, backtest_due, backtest_study
from pipeline.forecasts.early_stopping import look_ahead
from pipeline.forecasts.held_out import forecast_held_out
from pipeline.forecasts.ledger import insert_forecasts, live_forecasts
from pipeline.forecasts.scoring import score_new
from pipeline.progress import Progress, silent
from pipeline.refit.keys import forecast_key
from pipeline.store.statements import sql
from pipeline.store.store import Stored, current_fits, put_study, study_state, transaction
from pipeline.study.declaration import Study
from pipeline.study.observations import Observed


@dataclass(frozen=True)
class ForecastsDue:
    """The forecasts of a study that are due: the key that says so, its current fits, its observations, its backtest."""

    key: str
    fits: list[Stored]
    frame: pl.DataFrame
    backtest: Backtest


def forecasts_due(
    connection: duckdb.DuckDBPyConnection, study: Study, digests: tuple[str, str], rows: Observed, user_laws: Path
) -> ForecastsDue | None:
    """What a study has to forecast; None where its key says nothing."""
    fits = current_fits(connection, study.study)
    key = forecast_key(study, [stored.place for stored in fits], digests[1], digests[0])
    if study_state(connection, study.study).get("forecast_key") == key:
        return None
    frame = rows()
    return ForecastsDue(key, fits, frame, backtest_due(connection, study, frame, user_laws))


def forecast_study(
    connection: duckdb.DuckDBPyConnection, study: Study, due: ForecastsDue, mapper: MapLike, say: Progress = silent
) -> None:
    """Forecasts a study's awaited runs with its current fits and scores what has ended.

    Scores come first: a run that has ended is held against what was forecast before, never against a fit that has seen it.
    """
    say(f"forecasting {study.study}")
    fits, frame = due.fits, due.frame
    backtest_study(connection, study, due.backtest, counted(mapper, say, f"forecasting {study.study}, chains of fits"))
    with transaction(connection):
        score_new(connection, study.study)
        for stored in fits:
            insert_forecasts(connection, live_forecasts(study, stored, frame))
        forecast_held_out(connection, study, fits, frame)
        connection.execute(sql("delete_study_rows", table="early_stopping"), {"study": study.study})
        selected = {stored.cohort: stored for stored in fits if stored.selected}
        for cohort in frame["cohort"].unique(maintain_order=True):
            look_ahead(connection, study, cohort, selected.get(cohort), frame)
        raise_alarms(connection, study, fits, frame)
        put_study(connection, study.study, forecast_key=due.key)
