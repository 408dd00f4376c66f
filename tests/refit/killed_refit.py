"""A refit that kills itself with SIGKILL after its K-th step, or the first of a name; with K = 0 it ends and tells its steps.

A step is a call of one of STEPS, or a file that is put in its place.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

STEPS = (
    "pipeline.refit.steps.ingest",
    "pipeline.refit.steps.study_digests",
    "pipeline.refit.steps.remove_undeclared",
    "pipeline.refit.steps.run_job",
    "pipeline.refit.steps.fit_study",
    "pipeline.refit.study_forecasts.backtest_study",
    "pipeline.refit.study_forecasts.score_new",
    "pipeline.refit.study_forecasts.raise_alarms",
    "pipeline.refit.steps.forecast_study",
    "pipeline.refit.study_plans._tables",
    "pipeline.refit.steps.plan_study",
    "pipeline.store.publication.publish.build",
    "pipeline.store.publication.parquet_copies.finish",
    "pipeline.refit.steps.publish",
    "pipeline.refit.steps.record",
    "pipeline.refit.steps._draw",
)
"""What a refit does, in this order; between any two of them it may die."""
AUDIT = ("pipeline.refit.steps.learn", "pipeline.refit.steps.audit_study", "pipeline.refit.steps.compact")
"""What one with an audit does besides."""


class Counted:
    """Counts steps as they end, and kills the process after the one that was asked for."""

    def __init__(self, last: str) -> None:
        self.last = last
        self.ended: list[str] = []

    def after(self, name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        """The step, counted."""

        @wraps(step)
        def counted(*given: Any, **named: Any) -> Any:
            result = step(*given, **named)
            self.ended.append(name)
            if self.last in (name, str(len(self.ended))):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counted


def killed_refit(root: Path, last: str, audit: bool, told: Path) -> None:
    """Refits the home with every step counted; where it ends its steps are written to `told`."""
    count = Counted(last)
    for path in (*STEPS, *AUDIT):
        module, _, name = path.rpartition(".")
        found = import_module(module)
        setattr(found, name, count.after(name, getattr(found, name)))
    Path.replace = count.after("replace", Path.replace)  # type: ignore[method-assign]
    from pipeline.home import Home
    from pipeline.refit.refit import refit

    code = refit(Home.open(root), audit=audit).exit_code
    told.write_text(" ".join(count.ended))
    sys.exit(code)
