"""The plan tables that any law fills: its response, the inverse of it in one column, and its optimum in one column."""

from pipeline.schema.column import Column, estimate, number, text
from pipeline.schema.logs import METRIC
from pipeline.schema.plan_columns import VALUE, plan_table

RUN = (
    Column("given", "MAP(VARCHAR, DOUBLE)", "What [plan] gives of the run: columns, and share[pool] of its pools"),
    Column("inputs", "MAP(VARCHAR, DOUBLE)", "Run columns that the law reads, at the row: named in [plan], derived, or typical"),
    Column("pools", "VARCHAR[]", "Pools that the run draws from; NULL where the law has none"),
    Column("weights", "DOUBLE[]", "Share of its data from each of them"),
    METRIC,
)
SOUGHT = text("sought", "Column that is sought")


TABLES = (
    plan_table(
        "response",
        "one run that [plan.response] names, under any law",
        RUN,
        VALUE,
        keys=("given",),
    ),
    plan_table(
        "target",
        "one value to reach ([plan.target]): where any law takes it in one column",
        RUN,
        number("target", "Value of the metric to reach", "the metric's"),
        SOUGHT,
        estimate("amount", "Least value of that column at which the law takes the target", "the column's"),
        keys=("given", "sought", "target"),
    ),
    plan_table(
        "optimum",
        "one run that is best in one column ([plan.optimum]), under any law",
        RUN,
        text("goal", "least or most: which value of the metric is best"),
        SOUGHT,
        estimate("amount", "Best value of that column", "the column's"),
        VALUE,
        keys=("given", "goal", "sought"),
    ),
)
