"""The views of the published file that are computed from its tables: their columns and what they mean."""

from dataclasses import replace

from pipeline.schema.column import Column, Table, columns, flag, moment, number, text
from pipeline.schema.fits import COHORT, FIT_ID, GRADE, LAW, PARAMETER, POOL, STUDY
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
    Table(
        "parameter_moves",
        "how far one parameter moved from one fit to the next, and by which new run most",
        columns(
            STUDY,
            COHORT,
            LAW,
            text("before_fit_id", "Fit before"),
            FIT_ID,
            PARAMETER,
            POOL,
            number("before", "The estimate under the fit before"),
            number("estimate", "The estimate now"),
            number("moved", "estimate - before"),
            number("moved_deviations", "moved, in standard deviations that it had before"),
            Column("new_runs", "BIGINT", "Runs that this fit has seen and the one before has not"),
            number("new_flops", "Their compute", "FLOP"),
            text(
                "most_influential",
                "run_key of the new run that moved the plan most; NULL where none is among the fit's first twenty",
            ),
            number("influence", "How far a plan cell's ln prediction would move at most without that run"),
            moment("fitted_at", "When it was fitted"),
        ),
        view=True,
    ),
)


def best_views() -> list[tuple[Table, str]]:
    """For each plan table the view of its selected law, e.g. best_filtering of plan_filtering."""
    found = []
    for table in PLAN_TABLES:
        name = f"best_{table.name.removeprefix('plan_')}"
        found.append((replace(table, name=name, row=f"{table.row}, by the selected law only", view=True), table.name))
    return found
