"""The tables that fitting and forecasting fill."""

from pipeline.schema.column import Column, Table, columns, count, estimate, flag, moment, number, text
from pipeline.schema.logs import METRIC, RUN_KEY, SPLIT, TASK

FIT_ID = text("fit_id", "Identity of the fit")
STUDY = text("study", "Name of the study")
COHORT = text("cohort", "Values of the study's group_by columns; empty where there is one cohort")
LAW = text("law", "Name of the law")
PARAMETER = text("parameter", "Name of the parameter")
POOL = text("pool", "Atomic pool that the parameter belongs to; empty where it is shared")
GRADE = text("grade", "clean, weak or refused; published where constants were taken from a paper")
INDEX = Column("draw", "INTEGER", "Number of the resample, from 0")

FIT_TABLES = (
    Table(
        "laws",
        "one law",
        columns(
            LAW,
            text("version", "Hash of formula, parameters and functions"),
            text("formula", "The formula as text"),
            text("latex", "The formula in LaTeX"),
            Column("signature", "VARCHAR[]", "Arguments of the macro, in order"),
            text("example_sql", "A call of the macro that runs"),
            text("response", "Metric that it predicts"),
            text("response_unit", "Unit of what it predicts"),
            Column("needs", "VARCHAR[]", "Columns of an observation that it needs"),
            text("question", "Planning question that it answers"),
            text("avoid", "What it is not for"),
            Column("valid_range", "MAP(VARCHAR, DOUBLE[])", "Least and largest value of each column in the paper's own runs"),
            text("source", "The paper"),
        ),
    ),
    Table(
        "families",
        "one law that competes where a study names its family's question and no laws",
        columns(
            text("family", "Laws that answer one question from the same runs"),
            LAW,
            text("assumes", "What the law takes for granted"),
        ),
    ),
    Table(
        "law_published",
        "one published constant",
        columns(
            LAW,
            text("setting", "What was fitted"),
            PARAMETER,
            number("value", "Published value"),
            number("low", "Published lower end"),
            number("high", "Published upper end"),
            text("reference", "Where it stands"),
            flag("verified", "Seen in a source and checked; false: from memory, no test target"),
        ),
    ),
    Table(
        "fits",
        "one law fitted to one cohort",
        columns(
            FIT_ID,
            STUDY,
            COHORT,
            LAW,
            text("law_version", "Version of the law"),
            text("data_version", "Digest of the observations"),
            text("refit_key", "Hash that decides whether a refit is due"),
            text("objective", "Space, loss and weights of the objective, a sum"),
            count("n_runs", "Runs used"),
            count("n_points", "Observations used"),
            number("objective_value", "Value of the objective at the optimum"),
            number("rmse", "Root of the mean squared residual", "the metric's"),
            number("aic", "Akaike's criterion"),
            number("bic", "Bayes' criterion"),
            number("extrapolation_error", "Error beyond the compute that was trained on, over the held-out origins"),
            GRADE,
            flag("selected", "Whether plans and forecasts stand on it: the combination, or the only usable law"),
            text("certificate", "Certificate of the fit, JSON"),
            moment("fitted_at", "When it was fitted"),
            moment("valid_to", "When a newer fit replaced it; NULL if current"),
        ),
    ),
    Table(
        "fit_runs",
        "a run's part in a fit",
        columns(FIT_ID, RUN_KEY, flag("used", "Whether it was fitted"), text("reason", "Why not")),
    ),
    Table(
        "fit_parameters",
        "one parameter (of one pool, where it is per pool)",
        columns(
            FIT_ID,
            PARAMETER,
            POOL,
            number("estimate", "Value at the optimum"),
            number("std_error", "Standard deviation over the draws"),
            number("low", "5th percentile"),
            number("high", "95th percentile"),
            flag("at_bound", "Whether it ended at the end of its range"),
        ),
    ),
    Table(
        "fit_draws",
        "one parameter in one resample (current fits)",
        columns(FIT_ID, INDEX, PARAMETER, POOL, number("value", "Value in that resample")),
    ),
    Table(
        "fit_weights",
        "one law's part in the combination of a cohort's laws",
        columns(
            STUDY,
            COHORT,
            LAW,
            FIT_ID,
            number("weight", "Share of the combination's draws; 0 for a law that is refused or was not scored"),
            number("horizon", "Decades of compute beyond the runs at which the laws were judged"),
            number(
                "held_out_error",
                "Root of the weighted mean squared error on held-out runs, of ln where values are positive; of a law through a "
                "link, beside direct laws, that of the whole chain",
            ),
            number("probability_best", "Share of resamples of the held-out runs in which the law alone errs least"),
            count("runs_held_out", "Held-out runs that all scored laws share"),
            text("rule", "What decided the weights"),
        ),
    ),
    Table(
        "residuals",
        "one observation under one fit",
        columns(
            FIT_ID,
            RUN_KEY,
            METRIC,
            number("data_seen", "Training data so far"),
            number("observed", "Logged value"),
            number("predicted", "Value of the law"),
        ),
    ),
)

FORECAST_TABLES = (
    Table(
        "forecasts",
        "one forecast, never changed",
        columns(
            text("forecast_id", "Identity of the forecast"),
            text(
                "kind",
                "live, curve (live, from the curve so far too), arrival (of a run that came finished), held_out "
                "(of a run that the study keeps from its laws) or backtest",
            ),
            moment("as_of", "Moment that the forecast knows nothing after"),
            STUDY,
            COHORT,
            LAW,
            FIT_ID,
            RUN_KEY,
            METRIC,
            SPLIT,
            TASK,
            number("params", "Parameters", "parameters"),
            number("data_seen", "Training data at the forecast point"),
            number("distance", "log10 of the compute over the largest fitted run's"),
            estimate("predicted", "Forecast of the metric of a new run", "the metric's"),
            count("known_runs", "Runs that the fit was made from"),
            number("parameter_sd", "Standard deviation of ln predicted over the parameters' draws, from its 90 % interval"),
            number("run_sd", "Standard deviation of single runs around the law, in ln"),
        ),
    ),
    Table(
        "misfit_priors",
        "what was expected of a law's own error before a study's runs were seen",
        columns(
            STUDY,
            LAW,
            number("location", "Expected ln of the law's error at the edge of the data over the spread of single runs"),
            number("spread", "Standard deviation of that"),
            number("growth", "Expected growth of the law's error, in ln a decade of compute"),
            number("growth_spread", "Standard deviation of that"),
            text("version", "Hash of the four numbers, part of the refit key"),
            count("forecasts", "Scored forecasts of other studies that it was learnt from"),
            count("of_law", "Those of the law itself among them"),
            moment("learnt_at", "When an audit learnt it"),
            moment("valid_to", "When an audit replaced it; NULL if current"),
        ),
    ),
    Table(
        "forecast_scores",
        "the outcome of one forecast",
        columns(
            text("forecast_id", "Identity of the forecast"),
            number("observed", "What was measured"),
            moment("observed_at", "When it was known"),
            flag("covered", "Whether it lies in the interval"),
            number("crps", "Continuous ranked probability score"),
            number("relative_error", "(predicted - observed) / observed"),
        ),
    ),
)
