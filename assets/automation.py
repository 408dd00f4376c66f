"""When things are refreshed: the drop-folder sensor, the nightly schedule, and the one named automation condition."""

import dagster as dg

from assets.resources import Lawbook
from pipeline.ingest.sources.watching import look

AC = dg.AutomationCondition

changed = (
    (AC.any_deps_match(AC.data_version_changed()) | AC.code_version_changed() | AC.newly_missing()).since(
        AC.newly_requested() | AC.newly_updated()
    )
    & ~AC.any_deps_missing()
    & ~AC.any_deps_in_progress()
    & ~AC.in_progress()
).with_label("changed")
"""Refresh when the data of something upstream or this asset's code is another one: not when the same was computed again."""

ingest_job = dg.define_asset_job("ingest_new_files", selection=["ingest"], description="Takes what the inbox holds.")
nightly_job = dg.define_asset_job("nightly", selection=["ingest", "audit"], description="Ingest, full audit, compaction.")


@dg.sensor(job=ingest_job, minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING)
def dropped_files(context: dg.SensorEvaluationContext, lawbook: Lawbook) -> dg.SensorResult:
    """Asks for an ingest when inbox, watched folders, studies, maps or laws hold something new that has stopped growing."""
    seen = look(lawbook.open(), context.cursor or "")
    if not seen.new:
        return dg.SensorResult(skip_reason=seen.reason, cursor=seen.cursor)
    tags = {"lawbook/files": ", ".join(place.rpartition("/")[2] for place in seen.new[:5]), "dagster/max_retries": "2"}
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=seen.run_key, tags=tags)], cursor=seen.cursor)


nightly = dg.ScheduleDefinition(
    job=nightly_job, cron_schedule="0 2 * * *", execution_timezone="UTC", default_status=dg.DefaultScheduleStatus.RUNNING
)

automation = dg.AutomationConditionSensorDefinition(
    "automation",
    target=dg.AssetSelection.all(),
    default_status=dg.DefaultSensorStatus.RUNNING,  # without this one Dagster makes its own, which stands still until toggled
    minimum_interval_seconds=5,
)
