"""Logs into the store: one asset takes every new file, and says for each study whether its rows have changed."""

import dagster as dg

from assets.metadata import OWNERS, column_schema, records, versioned
from assets.resources import Lawbook
from pipeline.progress import Spoken
from pipeline.refit.stages import ingest_stage

study = dg.DynamicPartitionsDefinition(name="study")

observations = dg.AssetSpec(
    "observations",
    partitions_def=study,
    deps=["ingest"],
    group_name="logs",
    owners=OWNERS,
    kinds={"duckdb"},
    tags={"lawbook/floor": "studies"},
    description="The rows of one study. Its data version is the study's refit key with the digest of its awaited runs.",
)


@dg.asset(
    group_name="logs",
    owners=OWNERS,
    tags={"lawbook/floor": "ingest"},
    kinds={"duckdb"},
    pool="duckdb_writer",
    metadata={"dagster/column_schema": column_schema("runs")},
)
def ingest(context: dg.AssetExecutionContext, lawbook: Lawbook) -> dg.MaterializeResult[None]:
    """Takes every new file of the inbox, the watched folders and the project into the store, each in one transaction."""
    with lawbook.compute(context) as compute, Spoken(context.log.info) as say:
        done = ingest_stage(lawbook.open(), compute, say)
    known = set(context.instance.get_dynamic_partitions("study"))
    context.instance.add_dynamic_partitions("study", sorted(set(done.versions) - known))
    for name in known - set(done.versions):
        context.instance.delete_dynamic_partition("study", name)
    for name, version in done.versions.items():
        context.log_event(versioned("observations", name, version))
    report = done.report
    return dg.MaterializeResult(
        data_version=dg.DataVersion(done.log_version),
        metadata={
            "dagster/row_count": done.runs,
            "files": report.files,
            "measurements": done.measurements,
            "quarantined": report.quarantined,
            "reasons": dg.MetadataValue.json(report.reasons),
            "run ids in several namespaces": dg.MetadataValue.json(report.shared_ids),
            "invalid studies, laws and maps": records([{"error": str(error)} for error in done.errors]),
        },
    )
