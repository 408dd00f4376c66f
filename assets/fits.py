"""Fits: a study is refitted when its rows, its laws, its declaration or the code are others than those it was fitted with."""

import dagster as dg

from assets.automation import changed
from assets.law_families import family_events
from assets.metadata import OWNERS, column_schema, records, versioned
from assets.resources import Lawbook
from assets.runs import observations, study
from pipeline.progress import Spoken
from pipeline.refit.stages import fit_stage
from pipeline.store.code_versions import book_version

parameters = dg.AssetSpec(
    "parameters",
    partitions_def=study,
    deps=["fits"],
    group_name="laws",
    owners=OWNERS,
    kinds={"duckdb"},
    tags={"lawbook/floor": "fitting"},
    metadata={"dagster/column_schema": column_schema("fit_parameters")},
    description="The parameters of one study's current fits. Its data version is their hash: the same parameters move no plan.",
)


@dg.asset(
    deps=[observations],
    partitions_def=study,
    automation_condition=changed,
    backfill_policy=dg.BackfillPolicy.single_run(),
    code_version=book_version(),
    group_name="laws",
    owners=OWNERS,
    tags={"lawbook/floor": "fitting"},
    kinds={"duckdb"},
    pool="duckdb_writer",
    metadata={"dagster/column_schema": column_schema("fits")},
)
def fits(context: dg.AssetExecutionContext, lawbook: Lawbook) -> None:
    """Fits every law of each study that is due, keeps all draws, and selects the law that forecasts best beyond its data."""
    with lawbook.compute(context) as compute, Spoken(context.log.info) as say:
        done = fit_stage(lawbook.open(), context.partition_keys, compute, say)
    for name, fitted in done.items():
        context.add_asset_metadata(
            {
                "dagster/row_count": len(fitted.rows),
                "refitted": fitted.refitted,
                "failure": fitted.failure or "none",
                "fits": records(fitted.rows),
            },
            partition_key=name,
        )
        context.log_event(versioned("parameters", name, fitted.parameters_version, fitted.errors()))
        for event in family_events(name, fitted):
            context.log_event(event)
