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
    Column(
        "outside", "VARCHAR[]", "Ranges that the row leaves, of the fitted runs or of the law's paper; NULL where it leaves none"
    ),
)
FLOPS = number("flops", "Training compute", "FLOP")
UNIQUE = number("data_unique", "Distinct data available", "data_unit")
SEEN = number("data_seen", "Training data, repeats included", "data_unit")
PARAMS = number("params", "Model size; NULL where the law sees none", "parameters")
POOLS = Column("pools", "VARCHAR[]", "The pool set, best quality first")
VALUE = estimate("value", "Predicted value of the metric", "the metric's")
CHANCE = number("probability_best", "Share of draws in which the set is best", "", low=0, high=1)


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
        text("approach", "How the optimum was found: parametric, envelope, isoflop_parabola or isoflop_cubic"),
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
        PARAMS,
        UNIQUE,
        number("epochs", "Passes over the unique data", "passes"),
        estimate("effective_data", "Fresh data that would be worth the same", "data_unit"),
        estimate("value_of_repeat", "Worth of the next sample against a fresh one; 1 = as good as fresh"),
        METRIC,
        VALUE,
    ),
    _plan(
        "filtering",
        "one pool set at one budget",
        PARAMS,
        SEEN,
        POOLS,
        UNIQUE,
        number("epochs", "Mean passes over the set", "passes"),
        number("epochs_max", "Passes over the most repeated pool of the set", "passes"),
        METRIC,
        VALUE,
        count("rank", "Rank of the set at that budget, 1 is best"),
        CHANCE,
        flag("nested", "Whether the set holds the best pools by declared quality and no worse one than it leaves out"),
        count("nested_rank", "Rank among the nested sets at that budget; NULL for other sets"),
    ),
    _plan(
        "filtering_switches",
        "where the best pool set changes",
        text("candidates", "Which sets competed: nested (in order of declared quality) or subsets (all of them)"),
        PARAMS,
        estimate("data_seen", "Budget at which the sets are equally good", "data_unit"),
        Column("from_pools", "VARCHAR[]", "Best set below"),
        Column("to_pools", "VARCHAR[]", "Best set above"),
        number("share_of_draws", "Share of draws that have this switch", "", low=0, high=1),
    ),
    _plan(
        "filter_cost",
        "one nested pool set at one budget, against the best set",
        PARAMS,
        SEEN,
        POOLS,
        Column("best_pools", "VARCHAR[]", "The best of all candidate sets at that budget"),
        METRIC,
        VALUE,
        estimate("excess", "What the set loses against the best one", "the metric's"),
        estimate("times_budget", "Times the budget with which the set reaches what the best one reaches now"),
    ),
    _plan(
        "frontier",
        "one budget that no cheaper run matches",
        FLOPS,
        PARAMS,
        SEEN,
        POOLS,
        UNIQUE,
        number("epochs", "Mean passes over the set", "passes"),
        METRIC,
        VALUE,
    ),
    _plan(
        "pool_worth",
        "a new pool of the quality of a known one, at one budget",
        PARAMS,
        SEEN,
        Column("pools", "VARCHAR[]", "The best set without the new pool"),
        text("like_pool", "Known pool whose quality the new one has"),
        METRIC,
        number("improvement", "Part of the metric that the new pool must take off to be worth adding"),
        estimate("data_unique", "Samples that the new pool must have; NULL where no amount does", "data_unit"),
    ),
    _plan(
        "dataset_value",
        "one nested pool set",
        POOLS,
        UNIQUE,
        number("params", "Model size at the least value, at most 1000 times the largest run's", "parameters"),
        number("epochs", "Passes at the least value, at most 1000", "passes"),
        METRIC,
        estimate("value", "Least value of the metric without a limit of compute", "the metric's"),
        count("rank", "Rank of the set without a limit of compute, 1 is best"),
        CHANCE,
        estimate("wins_from", "Budget from which the set is the best", "FLOP; samples where the law sees no model size"),
        number("share_of_draws", "Share of draws in which the set is the best at some budget", "", low=0, high=1),
    ),
    _plan(
        "mixture",
        "the best mixture weights at one budget",
        PARAMS,
        SEEN,
        Column("pools", "VARCHAR[]", "Pools that the mixture draws from, best quality first"),
        Column("weights", "DOUBLE[]", "Share of the samples from each of them"),
        Column("epochs", "DOUBLE[]", "Passes over each of them"),
        number("epochs_max", "Passes that no pool may exceed", "passes"),
        METRIC,
        VALUE,
        estimate("gain", "What the mixture takes off the value of the best pool set", "the metric's"),
    ),
    _plan(
        "inverse",
        "one target loss, free or at a fixed model size or amount of data",
        text("fixed", "What is given beside the loss: nothing, params or data_seen"),
        number("loss", "Target loss", "nats per token"),
        estimate("flops", "Least compute that reaches it", "FLOP"),
        estimate("params", "Model size", "parameters"),
        estimate("data_seen", "Training data", "data_unit"),
    ),
    _plan(
        "ladder",
        "one rung of small runs below one budget",
        number("target_flops", "Budget that the ladder is to forecast", "FLOP"),
        count("rung", "Place from the smallest"),
        FLOPS,
        number("params", "Model size", "parameters"),
        SEEN,
        estimate("loss", "Loss that is expected", "nats per token"),
        number("share_of_target", "Compute of the rungs up to here over the target's"),
    ),
    _plan(
        "comparison",
        "two recipes at one budget",
        text("other_cohort", "The recipe that is compared"),
        FLOPS,
        estimate("loss", "Loss of the cohort", "nats per token"),
        estimate("other_loss", "Loss of the other cohort", "nats per token"),
        estimate("compute_multiplier", "Compute that the cohort needs for the other's loss, over the other's compute"),
        number("probability_other_wins", "Share of draws in which the other cohort is better", "", low=0, high=1),
        estimate("crossover_flops", "Budget at which the better recipe changes; NULL if none within ten times the data", "FLOP"),
        number("share_of_draws", "Share of draws that have a crossover", "", low=0, high=1),
    ),
)
