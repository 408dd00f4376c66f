"""Running runs: where each will end, and whether that is worth the compute that it still takes."""

from pipeline.schema.column import Table, columns, count, estimate, flag, number, text
from pipeline.schema.fits import COHORT, FIT_ID, LAW, STUDY
from pipeline.schema.logs import METRIC, RUN_KEY, SPLIT, TASK

STOPPING_TABLES = (
    Table(
        "early_stopping",
        "one running run: where it stands, where it will end, and whether that is the best for its compute",
        columns(
            STUDY,
            COHORT,
            LAW,
            FIT_ID,
            RUN_KEY,
            METRIC,
            SPLIT,
            TASK,
            number("data_seen", "Training data at the end of the run, as planned"),
            number("data_so_far", "Training data at its last value"),
            number("value_so_far", "Its last value", "the metric's"),
            estimate(
                "predicted",
                "Forecast of its final value, from its curve so far and from the law where one is usable",
                "the metric's",
            ),
            number("predicted_by_law", "Forecast by the law alone; NULL where no law is usable", "the metric's"),
            number(
                "predicted_by_curve",
                "Last value less the fall of finished runs; NULL if too few",
                "the metric's",
            ),
            count("curves", "Finished runs whose curves were used"),
            number("best", "Best final value of the finished runs that took no more compute", "the metric's"),
            text("best_run_key", "The run that has it"),
            number("probability_best", "Probability of ending better than it", "", low=0, high=1),
            number("flops_left", "Compute that stopping it now would save", "FLOP"),
            flag("loser", "Whether that probability is below 5 %"),
            text("message", "The same in words"),
        ),
    ),
)
