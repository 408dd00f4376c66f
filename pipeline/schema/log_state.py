"""The private tables of ingest: exclusions, files seen, series with their points, and what of them lies in the history."""

from pipeline.schema.column import Column, Table, columns, count, moment, number, text
from pipeline.schema.logs import MEASUREMENT, METRIC, RUN_KEY, SPLIT, TASK, VALIDITY

PRIVATE_LOG_TABLES = (
    Table(
        "exclusions",
        "one run that a person has excluded",
        columns(RUN_KEY, text("reason", "Why"), moment("excluded_at", "When")),
        False,
    ),
    Table(
        "finishes",
        "one run of which a person has said that it is finished",
        columns(RUN_KEY, moment("finished_at", "When it was said")),
        False,
    ),
    Table(
        "unusable_points",
        "the last place of a series at which one file holds a value that was refused, for each reason",
        columns(
            RUN_KEY,
            METRIC,
            SPLIT,
            TASK,
            text("reason", "Why it was refused"),
            Column("step", "BIGINT", "Step of the last such value"),
            number("data_seen", "data_seen of the last such value"),
            text("source_uri", "The file that holds it"),
            text("content_hash", "Hash of the file's bytes"),
        ),
        False,
    ),
    Table(
        "file_stamps",
        "one path seen; lets an unchanged file be passed over without reading it",
        columns(
            text("path", "Path of the file"),
            count("size", "Size", "bytes"),
            count("mtime_ns", "Time of its last change", "ns"),
            text("content_hash", "Hash of its bytes"),
            text("read_as", "Reader and maps that it was read with"),
        ),
        False,
    ),
    Table(
        "series",
        "one metric of one run on one split and task; measurements refer to it by number",
        columns(
            Column("series", "INTEGER", "Number of the series"),
            RUN_KEY,
            METRIC,
            SPLIT,
            TASK,
            number("final_data_seen", "data_seen of its last point"),
            Column("final_step", "BIGINT", "step of its last point"),
        ),
        False,
    ),
    Table(
        "points",
        "one version of one value of a series",
        columns(Column("series", "INTEGER", "Number of the series"), MEASUREMENT[4:], VALIDITY),
        False,
    ),
    Table(
        "archive_files",
        "one Parquet file of measurements that belongs to the history",
        columns(
            text("path", "Path below the history's folder"),
            text("source", "Namespace of its runs"),
            text("day", "Day on which its values were taken in"),
            count("rows", "Values in it"),
            count("bytes", "Size", "bytes"),
            Column("state", "INTEGER", "Number of the compaction that wrote it"),
            moment("written_at", "When it was written"),
        ),
        False,
    ),
    Table(
        "archived_series",
        "what the history holds of one series",
        columns(
            Column("series", "INTEGER", "Number of the series"),
            count("versions", "Versions of its values"),
            count("newest", "Values that were the newest when they moved there"),
            Column("value_hash", "UBIGINT", "Hash over those"),
        ),
        False,
    ),
    Table(
        "archived_changes",
        "one value of the history that a newer version has replaced",
        columns(
            Column("series", "INTEGER", "Number of the series"),
            Column("by_step", "BOOLEAN", "Whether `place` is a step"),
            number("place", "Step of the value, or its data_seen where it has no step"),
            VALIDITY[0],
            Column("value_hash", "UBIGINT", "Hash of the value"),
            VALIDITY[2],
        ),
        False,
    ),
)
