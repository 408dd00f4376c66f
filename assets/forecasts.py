"""Forecasts of planned and running runs, stored before the outcome is known, and their scores when it is."""

import dagster as dg

from assets.automation import changed
from assets.fits import parameters
from assets.metadata import OWNERS, column_schema
from assets.resources import Lawbook
from assets.runs import observations, study
from pipeline.progress import Spoken
from pipeline.refit.stages import forecast_stage


@dg.asset(
    deps=[parameters, observations],
    partitions_def=study,
    automation_condition=changed,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="decisions",
    owners=OWNERS,
    tags={"lawbook/floor": "forecasts"},
    kinds={"duckdb"},
    pool="duckdb_writer",
    metadata={"dagster/column_schema": column_schema("forecasts")},
)
def forecasts(context: dg.AssetExecutionContext, lawbook: Lawbook) -> None:
    """The forecast ledger of each study: forecasts are added and scored, never changed."""
    with lawbook.compute(context) as compute, Spoken(context.log.info) as say:
        done = forecast_stage(lawbook.open(), context.partition_keys, compute, say)
    for name, counts in done.items():
        figures = {key: value for key, value in counts.items() if value is not None}
        context.add_asset_metadata({"dagster/row_count": counts["forecasts"], **figures}, partition_key=name)
