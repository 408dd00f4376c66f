"""What refits keep beside the fits: the studies with their keys, what to know about a plan, its history, and private state."""

from pipeline.schema.column import Column, Table, columns, flag, moment, number, text
from pipeline.schema.fits import COHORT, FIT_ID, GRADE, LAW, STUDY
from pipeline.schema.logs import METRIC, RUN_KEY, SPLIT, TASK

STATE_TABLES = (
    Table(
        "studies",
        "one study, as it was last refitted",
        columns(
            STUDY,
            text("question", "What the study is to answer"),
            text("runs", "Predicate that selects its runs"),
            METRIC,
            SPLIT,
            TASK,
            Column("laws", "VARCHAR[]", "Laws that compete"),
            text("declaration", "The whole study, JSON"),
            text("fitted_digest", "Digest of its finished runs with their measurements and pools"),
            text("awaited_digest", "Digest of its planned, running and failed runs"),
            text("refit_key", "Hash of rows, laws, study and code: another one makes a refit due"),
            text("forecast_key", "Hash of what its forecasts were made from"),
            text("plan_key", "Hash of what its plans were made from"),
            text("parameters_version", "Hash of the parameters of its current fits"),
            moment("refitted_at", "When it was last refitted"),
            moment("stale_since", "Since when newer data could not be fitted; NULL if current"),
            text("failure", "Why the last refit failed; NULL if it did not"),
        ),
    ),
    Table(
        "plan_notes",
        "what to know about the plans of one law in one cohort, in words",
        columns(
            STUDY,
            COHORT,
            LAW,
            text("plan", "Plan table that the note is about; empty where it holds for all"),
            GRADE,
            text("note", "The sentence"),
            text("cure", "The runs that would cure it"),
            moment("stale_since", "Since when the plans stand on an older fit; NULL if current"),
        ),
    ),
    Table(
        "plan_history",
        "one estimate of one plan cell under one fit; cells of replaced fits stay",
        columns(
            STUDY,
            COHORT,
            LAW,
            FIT_ID,
            text("plan", "Plan table"),
            text("cell", "The budget that the cell answers, as text"),
            text("estimate", "Which estimate"),
            number("value", "The estimate"),
            number("low", "5th percentile"),
            number("high", "95th percentile"),
            flag("selected", "Whether the law was the selected one"),
            moment("planned_at", "When the cell was computed"),
        ),
    ),
    Table(
        "influence",
        "how far a fit's predictions move when one run is left out",
        columns(
            FIT_ID,
            RUN_KEY,
            number("shift", "Largest change of ln prediction over the fitted runs, to first order"),
            number("flops", "Training compute of the run", "FLOP"),
        ),
    ),
    Table(
        "alarms",
        "one thing that a person should look at",
        columns(
            STUDY,
            COHORT,
            LAW,
            text("alarm", "calibration, surprise, drift, plan moved or stale"),
            text("severity", "warn or error; an error keeps the last good plan"),
            RUN_KEY,
            text("message", "What happened and the likeliest cause that the columns show"),
            moment("raised_at", "When it was raised"),
        ),
    ),
    Table(
        "fit_states",
        "one current fit as the program reads it back",
        columns(FIT_ID, Column("state", "BLOB", "Arrays and settings of the fit, NumPy's npz")),
        False,
    ),
    Table(
        "forecast_quantiles",
        "the predictive distribution of one forecast",
        columns(text("forecast_id", "Identity of the forecast"), Column("quantiles", "DOUBLE[]", "Equally spaced quantiles")),
        False,
    ),
)
