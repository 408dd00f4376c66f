"""Plans: what each study's current fits say about the next run."""

import dagster as dg

from assets.automation import changed
from assets.fits import parameters
from assets.metadata import OWNERS, records
from assets.resources import Lawbook
from assets.runs import study
from assets.tables import table_events
from pipeline.progress import Spoken
from pipeline.refit.stages import plan_stage


@dg.asset(
    deps=[parameters],
    partitions_def=study,
    automation_condition=changed,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="decisions",
    owners=OWNERS,
    tags={"lawbook/floor": "planning"},
    kinds={"duckdb"},
    pool="duckdb_writer",
)
def plans(context: dg.AssetExecutionContext, lawbook: Lawbook) -> None:
    """Every planning question that the study's laws can answer, with intervals; in words where they cannot."""
    with lawbook.compute(context) as compute, Spoken(context.log.info) as say:
        planned = plan_stage(lawbook.open(), context.partition_keys, compute, say)
    for name, done in planned.items():
        metadata = {
            "dagster/row_count": sum(done.rows.values()),
            "tables": dg.MetadataValue.json(done.rows),
            "notes": records(done.notes),
        }
        context.add_asset_metadata(metadata, partition_key=name)
        for event in table_events(name, done.tables):
            context.log_event(event)
