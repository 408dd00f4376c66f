"""The private tables that say which file said what: with them what a wrong map has said can be taken back."""

from pipeline.schema.column import Column, Table, columns, flag, moment, number, text
from pipeline.schema.logs import RUN_COLUMNS, RUN_KEY, SOURCE, TAGS

SERIES = Column("series", "INTEGER", "Number of the series")
SAID = moment("said_at", "When the file was read; of one that is read again by a corrected map, when it was read first")

CLAIM_TABLES = (
    Table(
        "file_ways",
        "one file that was taken, and how it was read",
        columns(SOURCE[0], SOURCE[2], text("way", "Reader or maps, with their edition"), flag("given", "By --map"), SAID),
        False,
    ),
    Table("file_series", "one series of which a file has a value", columns(SOURCE[0], SERIES), False),
    Table(
        "run_claims",
        "what one part of a file says of one run, the rest NULL",
        columns(
            RUN_KEY,
            RUN_COLUMNS,
            TAGS,
            SOURCE,
            Column("part", "INTEGER", "Place among the parts of the file"),
            flag("of_runs", "Whether the part is a table of runs, which are finished where it does not say"),
            SAID,
        ),
        False,
    ),
    Table(
        "pool_claims",
        "what one file says of one pool or of one member of a pool",
        columns(
            text("kind", "pools or pool_members"),
            text("pool", "The pool"),
            text("dataset", "Corpus that it is a part of"),
            number("data_unique", "Distinct data in it"),
            number("quality_rank", "Declared order of quality"),
            text("member", "The member"),
            number("share", "Its share"),
            SOURCE[0],
            SAID,
        ),
        False,
    ),
    Table(
        "corrections",
        "one file that is being read again because its map was corrected, and one run of which it spoke; empty in between",
        columns(SOURCE[0], RUN_KEY, SAID),
        False,
    ),
)
