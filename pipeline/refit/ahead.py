"""What a study looks ahead to: its forecasts and its plans, asked for before any of them is made."""

from dataclasses import dataclass

from pipeline.forecasts.backtest import run_chain
from pipeline.refit.in_store import StudyInStore
from pipeline.refit.questions import answer
from pipeline.refit.study_forecasts import ForecastsDue, forecasts_due
from pipeline.refit.study_plans import PlansDue, plans_due
from pipeline.refit.together import Together


@dataclass(frozen=True)
class Ahead:
    """The forecasts and plans of a study that are due."""

    of: StudyInStore
    forecasts: ForecastsDue | None
    plans: PlansDue | None

    @property
    def rows(self) -> int:
        """Observations that are held until they are stored."""
        return self.of.frame.height if self.forecasts or (self.plans and self.plans.fits) else 0

    def announce(self, together: Together) -> None:
        """The fits of the backtest and the questions, in the order in which they will be asked for."""
        together.announce(run_chain, self.forecasts.backtest.chains if self.forecasts else [])
        together.announce(answer, self.plans.questions if self.plans else [])


def ahead_due(of: StudyInStore, *, forecasts: bool, plans: bool) -> Ahead:
    """What is due of a study, and of that only what is wanted."""
    return Ahead(of, forecasts_due(of) if forecasts else None, plans_due(of) if plans else None)
