"""lawbook refit: ingest what is new, fit what is due, forecast, plan, publish. The daemon takes the same steps one by one."""

from collections.abc import Collection

from pipeline.compute import IN_PROCESS, MapLike
from pipeline.home import Home
from pipeline.progress import Progress, silent
from pipeline.refit.refit_report import RefitReport
from pipeline.refit.steps import Steps
from pipeline.store.warehouse import Warehouse

__all__ = ["RefitReport", "refit"]


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
    with Warehouse(home) as warehouse:
        steps = Steps(home, warehouse, map or IN_PROCESS, progress or silent)
        steps.take(studies)
        steps.fit()
        if audit:
            steps.learn()
            steps.audit()
        steps.look_ahead()
        steps.publish()
        if audit:
            steps.compact()
    steps.record("refit")
    steps.draw()
    return steps.report
