"""The plan tables: one a planning question; every estimate has its interval, every row its grade and distance."""

from pipeline.schema.column import Column, Table, columns, count, estimate, flag, moment, number, text
from pipeline.schema.fits import COHORT, FIT_ID, GRADE, LAW, STUDY
from pipeline.schema.logs import METRIC

PLAN_COLUMNS = columns(
    STUDY,
    COHORT,
    LAW,
    FIT_ID,
    flag("selected", "Whether the law won its cohort"),
    GRADE,
    number("distance", "log10 of the budget over the largest fitted run's; negative inside the data"),
    moment("stale_since", "When newer data could not be fitted; NULL if current"),
    text("message", "What to know about the row in words: why there is no plan, and the runs that would cure it"),
)
FLOPS = number("flops", "Training compute", "FLOP")
UNIQUE = number("data_unique", "Distinct data available", "data_unit")
SEEN = number("data_seen", "Training data, repeats included", "data_unit")


def _plan(name: str, row: str, *parts: Column | tuple[Column, ...]) -> Table:
    return Table(f"plan_{name}", row, columns(PLAN_COLUMNS, *parts))


PLAN_TABLES = (
    _plan(
        "compute_optimal",
        "one budget",
        FLOPS,
        estimate("params", "Compute-optimal model size", "parameters"),
        estimate("data_seen", "Compute-optimal training data", "data_unit"),
        estimate("data_per_param", "Training data per parameter"),
        estimate("loss", "Loss at the optimum", "nats per token"),
        text("approach", "How the optimum was found"),
    ),
    _plan(
        "data_constrained",
        "one budget with limited unique data",
        FLOPS,
        UNIQUE,
        estimate("params", "Best model size", "parameters"),
        estimate("epochs", "Best number of passes", "passes"),
        estimate("data_seen", "Training data, repeats included", "data_unit"),
        estimate("loss", "Loss at the optimum", "nats per token"),
    ),
    _plan(
        "repetition",
        "one number of epochs",
        text("pool", "Pool that is repeated; empty where the law has no pools"),
        UNIQUE,
        number("epochs", "Passes over the unique data", "passes"),
        estimate("effective_data", "Fresh data that would be worth the same", "data_unit"),
        estimate("value_of_repeat", "Worth of the last pass against fresh data; 1 = as good as fresh"),
        METRIC,
        estimate("value", "Predicted value of the metric", "the metric's"),
    ),
    _plan(
        "filtering",
        "one pool set at one budget",
        number("params", "Parameters", "parameters"),
        SEEN,
        Column("pools", "VARCHAR[]", "The pool set, best quality first"),
        UNIQUE,
        number("epochs", "Mean passes over the set", "passes"),
        number("epochs_max", "Passes over the most repeated pool of the set", "passes"),
        METRIC,
        estimate("value", "Predicted value of the metric", "the metric's"),
        count("rank", "Rank of the set at that budget, 1 is best"),
        number("probability_best", "Share of draws in which the set is best", "", low=0, high=1),
    ),
    _plan(
        "filtering_switches",
        "where the best pool set changes",
        estimate("data_seen", "Budget at which the sets are equally good", "data_unit"),
        Column("from_pools", "VARCHAR[]", "Best set below"),
        Column("to_pools", "VARCHAR[]", "Best set above"),
        number("share_of_draws", "Share of draws that have this switch", "", low=0, high=1),
    ),
)
