"""The table of runs that move a plan, or that the law cannot have given."""

from pipeline.schema.column import Table, columns, flag, number, text
from pipeline.schema.fits import COHORT, FIT_ID, LAW, STUDY
from pipeline.schema.logs import RUN_KEY

INFLUENTIAL_RUNS = Table(
    "influential_runs",
    "one run of one current fit that is impossible if the others are right, or without which a plan cell leaves its interval",
    columns(
        STUDY,
        COHORT,
        LAW,
        FIT_ID,
        RUN_KEY,
        text("run_id", "Name of the run in its own log"),
        flag("impossible", "Whether the run lies further off the fit to the others than chance allows (about 5 % a sweep)"),
        number("moves", "Furthest that a plan cell goes without the run, in widths of its interval; NULL where there is no plan"),
        text("plan", "Plan table of that cell"),
        number("error", "ln observed - ln predicted by the fit without it (a difference where values may be negative)"),
        number("deviations", "That error in robust standard deviations of the other runs; NULL where they cannot predict it"),
        text("suspected_cause", "The slip that would explain it; empty where none does"),
    ),
)
