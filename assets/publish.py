"""The published file: what everybody reads."""

import dagster as dg

from assets.automation import changed
from assets.metadata import picture
from assets.resources import Lawbook
from pipeline.progress import Spoken
from pipeline.refit.stages import audit_stage, publish_stage


@dg.asset(
    deps=["ingest", "forecasts", "plans"],
    automation_condition=changed,
    group_name="plans",
    kinds={"duckdb"},
    pool="duckdb_writer",
)
def published(context: dg.AssetExecutionContext, lawbook: Lawbook) -> dg.MaterializeResult:
    """published.duckdb, its Parquet files and report.html, replaced in one step each."""
    with Spoken(context.log.info) as say:
        done = publish_stage(lawbook.open(), say)
    pictures = {title: picture(kind, drawn) for title, (kind, drawn) in done.pictures.items()}
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": done.rows,
            "file": dg.MetadataValue.path(str(done.path)),
            "bytes": done.path.stat().st_size,
            **pictures,
        }
    )


@dg.asset(deps=["ingest"], group_name="runs", kinds={"duckdb"}, pool="duckdb_writer")
def audit(context: dg.AssetExecutionContext, lawbook: Lawbook) -> dg.MaterializeResult:
    """Every night: the store is compacted and draws of fits that were replaced long ago are removed."""
    with Spoken(context.log.info) as say:
        return dg.MaterializeResult(metadata=dict(audit_stage(lawbook.open(), say)))
