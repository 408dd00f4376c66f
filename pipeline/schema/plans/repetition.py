"""The plan tables of limited data: what another epoch, another axis of compute or an intervention on the data is worth."""

from pipeline.schema.column import estimate, number, text
from pipeline.schema.logs import METRIC
from pipeline.schema.plan_columns import PARAMS, SEEN, UNIQUE, VALUE, plan_table

TABLES = (
    plan_table(
        "repetition",
        "one number of epochs",
        text("pool", "Pool that is repeated; empty where the law has no pools"),
        PARAMS,
        UNIQUE,
        number("epochs", "Epochs over the unique data", "epochs"),
        estimate("effective_data", "Fresh data that would be worth the same", "data_unit"),
        estimate("value_of_repeat", "Worth of the next sample against a fresh one; 1 = as good as fresh"),
        METRIC,
        VALUE,
        estimate(
            "epochs_worth_half",
            "Epochs from which on one more sample is worth less than half a fresh one; the same on all rows",
            "epochs",
        ),
        keys=("pool", "params", "data_unique", "epochs"),
    ),
    plan_table(
        "epochs",
        "one amount of unique data (or pool) and model size",
        text("pool", "Pool that is repeated; empty where the law has no pools"),
        PARAMS,
        UNIQUE,
        estimate("epochs", "Epochs beyond which another one hurts; NULL where none does", "epochs"),
        number("share_of_draws", "Share of draws in which some epoch hurts", "", low=0, high=1),
        METRIC,
        VALUE,
        estimate("value_once", "Value of the metric after one epoch", "the metric's"),
        keys=("pool", "params", "data_unique"),
    ),
    plan_table(
        "data_limits",
        "an axis of compute that grows without end on fixed data",
        text("axis", "What grows: size, ensemble, or size and ensemble"),
        UNIQUE,
        number("params", "Model size; NULL where it grows without end", "parameters"),
        number("members", "Members of the ensemble; NULL where they grow without end"),
        METRIC,
        estimate("value", "Value of the metric at the limit", "the metric's"),
        keys=("axis",),
    ),
    plan_table(
        "interventions",
        "one asked run under two interventions on the data",
        text("other_cohort", "The intervention that is compared"),
        PARAMS,
        SEEN,
        METRIC,
        VALUE,
        estimate("other_value", "Predicted value of the metric under the other intervention", "the metric's"),
        estimate("excess", "The other's value over the cohort's own", "the metric's"),
        number("probability_other_wins", "Share of draws in which the other cohort is better", "", low=0, high=1),
        keys=("other_cohort", "params", "data_seen"),
    ),
)
