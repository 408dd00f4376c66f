"""Every published planning table as an asset of its own: the question it answers, its columns, and its figures over time."""

from collections.abc import Iterator, Mapping

import dagster as dg

from assets.metadata import OWNERS, column_schema, versioned
from assets.runs import study
from pipeline.planning import PLANS, Plan
from pipeline.refit.table_figures import TableFigures
from pipeline.schema import TABLES


def _spec(plan: Plan) -> dg.AssetSpec:
    table = TABLES[plan.table]
    cell = ", ".join(f"`{key}`" for key in table.keys)
    return dg.AssetSpec(
        plan.table,
        partitions_def=study,
        deps=["plans"],
        group_name="planning_tables",
        owners=OWNERS,
        kinds={"duckdb", "table"},
        tags={"lawbook/floor": "planning", "lawbook/judges": "yes" if plan.judges else "no"},
        description=(
            f"**{plan.question}**\n\nOne row is {table.row}. A cell is named by {cell}; its estimates have 90 % intervals. "
            f"The table is in published.duckdb and as Parquet; `lawbook plan` says it in words. A study that its laws cannot "
            f"answer this for has no partition here, and the reason in `plan_notes`."
        ),
        metadata={"dagster/column_schema": column_schema(plan.table), "dagster/table_name": f"published.main.{plan.table}"},
    )


PLANNING_TABLES = [_spec(plan) for plan in PLANS.values()]


def table_events(name: str, tables: Mapping[str, TableFigures]) -> Iterator[dg.AssetMaterialization]:
    """What `plans` reports of each table of one study; numbers of one cell by its columns, which the UI plots over time."""
    for table, found in tables.items():
        asked = {f"asked: {key}": str(value) for key, value in found.asked.items()}
        metadata = {"dagster/row_count": found.rows, **found.estimates, **asked}
        yield versioned(table, name, found.version, metadata)
