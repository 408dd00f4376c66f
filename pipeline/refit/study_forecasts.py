"""The forecasts of one study: live ones, their scores, the backtest, and the alarms that follow."""

from dataclasses import dataclass

from pipeline.compute import MapLike, counted
from pipeline.forecasts.alarms import raise_alarms
from pipeline.forecasts.backtest import Backtest, backtest_due, backtest_study
from pipeline.forecasts.early_stopping import look_ahead
from pipeline.forecasts.held_out import forecast_held_out
from pipeline.forecasts.ledger import insert_forecasts, live_forecasts
from pipeline.forecasts.scoring import score_new
from pipeline.progress import Progress, silent
from pipeline.refit.in_store import StudyInStore
from pipeline.refit.keys import forecast_key
from pipeline.store.statements import sql
from pipeline.store.store import Stored, transaction


@dataclass(frozen=True)
class ForecastsDue:
    """The forecasts of a study that are due: the key that says so, its current fits, its backtest."""

    of: StudyInStore
    key: str
    fits: list[Stored]
    backtest: Backtest


def forecasts_due(of: StudyInStore) -> ForecastsDue | None:
    """What a study has to forecast; None where its key says nothing."""
    fits = of.fits()
    key = forecast_key(of.declared, [stored.place for stored in fits], of.awaited, of.digest)
    if of.state().get("forecast_key") == key:
        return None
    return ForecastsDue(of, key, fits, backtest_due(of.connection, of.declared, of.frame, of.user_laws))


def forecast_study(due: ForecastsDue, mapper: MapLike, say: Progress = silent) -> None:
    """Forecasts a study's awaited runs with its current fits and scores what has ended.

    Scores come first: a run that has ended is held against what was forecast before, never against a fit that has seen it.
    """
    of, connection, study = due.of, due.of.connection, due.of.declared
    say(f"forecasting {of.name}")
    backtest_study(connection, study, due.backtest, counted(mapper, say, f"forecasting {of.name}, chains of fits"))
    with transaction(connection):
        score_new(connection, of.name)
        for stored in due.fits:
            insert_forecasts(connection, live_forecasts(study, stored, of.frame))
        forecast_held_out(connection, study, due.fits, of.frame)
        connection.execute(sql("delete_study_rows", table="early_stopping"), {"study": of.name})
        selected = {stored.cohort: stored for stored in due.fits if stored.selected}
        for cohort in of.frame["cohort"].unique(maintain_order=True):
            look_ahead(connection, study, cohort, selected.get(cohort), of.frame)
        raise_alarms(connection, study, due.fits, of.frame)
        of.note(forecast_key=due.key)
