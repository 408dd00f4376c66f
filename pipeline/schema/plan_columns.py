"""What every plan table has: its law and grade, how far it reaches, and the columns that several questions share."""

from pipeline.schema.column import Column, Table, columns, estimate, flag, moment, number, text
from pipeline.schema.fits import COHORT, FIT_ID, GRADE, LAW, STUDY

PLAN_COLUMNS = columns(
    STUDY,
    COHORT,
    LAW,
    FIT_ID,
    flag("selected", "Whether the law won its cohort"),
    GRADE,
    number("distance", "log10 of the budget over the largest fitted run's; negative inside the data"),
    moment("stale_since", "When newer data could not be fitted; NULL if current"),
    text("message", "What to know about the row in words: why there is no plan, and the runs that would fix it"),
    Column(
        "outside", "VARCHAR[]", "Ranges that the row leaves, of the fitted runs or of the law's paper; NULL where it leaves none"
    ),
    Column("shared", "VARCHAR[]", "Parameters that the fit shares with other cohorts, by law in a combination; NULL where none"),
)
FLOPS = number("flops", "Training compute", "FLOP")
UNIQUE = number("data_unique", "Distinct data available", "data_unit")
SEEN = number("data_seen", "Training data, repeats included", "data_unit")
PARAMS = number("params", "Model size; NULL where the law sees none", "parameters")
POOLS = Column("pools", "VARCHAR[]", "The pool set, best quality first")
VALUE = estimate("value", "Predicted value of the metric", "the metric's")
CHANCE = number("probability_best", "Share of draws, with the law's error by pool, in which the set is best", "", low=0, high=1)


def plan_table(
    name: str, row: str, *parts: Column | tuple[Column, ...], keys: tuple[str, ...], renamed: tuple[tuple[str, str], ...] = ()
) -> Table:
    """A plan table: one row for `row`, with what every plan has and `parts`.

    keys: what was asked, never what was answered: the columns by which a cell of one plan is found again in the next.
    renamed: (old name, name) of columns.
    """
    table = Table(f"plan_{name}", row, columns(PLAN_COLUMNS, *parts), keys=keys, renamed=renamed)
    if unknown := set(keys) - set(table.names):
        raise ValueError(f"plan_{name}: the keys {sorted(unknown)} are no columns of it; declare them or correct the keys")
    return table
