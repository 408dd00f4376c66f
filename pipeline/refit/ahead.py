"""What a study looks ahead to: its forecasts and its plans, asked for before any of them is made."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipeline.forecasts.backtest import run_chain
from pipeline.refit.questions import answer
from pipeline.refit.study_forecasts import ForecastsDue, forecasts_due
from pipeline.refit.study_plans import PlansDue, plans_due
from pipeline.refit.together import Together
from pipeline.study.declaration import Study
from pipeline.study.observations import Observed


@dataclass(frozen=True)
class Ahead:
    """The forecasts and plans of a study that are due."""

    study: Study
    forecasts: ForecastsDue | None
    plans: PlansDue | None

    @property
    def rows(self) -> int:
        """Observations that are held until they are stored."""
        return max((due.frame.height for due in (self.forecasts, self.plans) if due is not None), default=0)

    def announce(self, together: Together) -> None:
        """The fits of the backtest and the questions, in the order in which they will be asked for."""
        together.announce(run_chain, self.forecasts.backtest.chains if self.forecasts else [])
        together.announce(answer, self.plans.questions if self.plans else [])


def ahead_due(
    connection: duckdb.DuckDBPyConnection,
    study: Study,
    digests: tuple[str, str],
    rows: Observed,
    user_laws: Path,
    *,
    forecasts: bool,
    plans: bool,
) -> Ahead:
    """What is due of a study, and of that only what is wanted."""
    first = forecasts_due(connection, study, digests, rows, user_laws) if forecasts else None
    return Ahead(study, first, plans_due(connection, study, rows, user_laws) if plans else None)
