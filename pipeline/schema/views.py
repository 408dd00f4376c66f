"""The views of the published file that are computed from its tables: their columns and what they mean."""

from dataclasses import replace

from pipeline.schema.column import Column, Table, columns, flag, moment
from pipeline.schema.costs import COST_TABLES
from pipeline.schema.fits import COHORT, FIT_ID, GRADE, LAW, STUDY
from pipeline.schema.plans import PLAN_TABLES

VIEWS = (
    Table(
        "current_parameters",
        "one current fit with its parameters",
        columns(
            FIT_ID,
            STUDY,
            COHORT,
            LAW,
            GRADE,
            flag("selected", "Whether the law won its cohort"),
            moment("fitted_at", "When it was fitted"),
            Column("parameters", "MAP(VARCHAR, DOUBLE)", "Estimate by parameter name, or name[pool]"),
            Column("pools", "VARCHAR[]", "Atomic pools, best declared quality first: the order of list arguments of predict"),
        ),
        view=True,
    ),
)


def best_views() -> list[tuple[Table, str]]:
    """For each plan table the view of its selected law, e.g. best_filtering of plan_filtering."""
    found = []
    for table in (*PLAN_TABLES, *COST_TABLES):
        name = f"best_{table.name.removeprefix('plan_')}"
        found.append((replace(table, name=name, row=f"{table.row}, by the selected law only", view=True), table.name))
    return found
