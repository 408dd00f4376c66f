"""The published file: what everybody reads."""

import dagster as dg

from assets.automation import changed
from assets.metadata import OWNERS, picture, records, versioned
from assets.resources import Lawbook
from pipeline.progress import Spoken
from pipeline.refit.stages import audit_stage, publish_stage


@dg.asset(
    deps=["ingest", "forecasts", "plans"],
    automation_condition=changed,
    group_name="decisions",
    owners=OWNERS,
    tags={"lawbook/floor": "publishing"},
    kinds={"duckdb"},
    pool="duckdb_writer",
)
def published(context: dg.AssetExecutionContext, lawbook: Lawbook) -> dg.MaterializeResult[None]:
    """published.duckdb, its Parquet files and report.html, replaced in one step each."""
    with lawbook.compute(context) as compute, Spoken(context.log.info) as say:
        done = publish_stage(lawbook.open(), compute, say)
    pictures = {title: picture(kind, drawn) for title, (kind, drawn) in done.pictures.items()}
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": done.rows,
            "file": dg.MetadataValue.path(str(done.path)),
            "bytes": done.path.stat().st_size,
            **pictures,
        }
    )


@dg.asset(
    deps=["ingest"], group_name="logs", owners=OWNERS, tags={"lawbook/floor": "refit"}, kinds={"duckdb"}, pool="duckdb_writer"
)
def audit(context: dg.AssetExecutionContext, lawbook: Lawbook) -> dg.MaterializeResult[None]:
    """Every night: all fits are searched for from scratch, the store is compacted, draws of long-replaced fits are removed."""
    with lawbook.compute(context) as compute, Spoken(context.log.info) as say:
        done = audit_stage(lawbook.open(), compute, say)
    for name, version in done.versions.items():
        context.log_event(versioned("parameters", name, version))
    differ = records([{"found": found} for found in done.differ])
    return dg.MaterializeResult(metadata={"studies": done.studies, "differ": differ, **done.kept})
