"""The tables that ingest fills: runs, measurements, pools, what was rejected, and what was ingested."""

from pipeline.schema.column import Column, Table, columns, count, moment, number, text

STATUSES = ("planned", "running", "finished", "failed")
PARAMS_CONVENTIONS = ("with embeddings", "without embeddings")
SIZES = ("params", "params_nonembedding", "params_active")
"""Columns that count parameters; a plan's `params` is in the convention of the law's own."""
KNOWN_VALUES = {"status": STATUSES, "params_convention": PARAMS_CONVENTIONS}
"""The only values of some text columns of a run."""

RUN_KEY = text("run_key", "Identity of the run: hash of namespace and run_id, 16 hexadecimal digits")
METRIC = text("metric", "Canonical metric: loss (nats per token), error (1 - accuracy), bits_per_byte, or as logged")
SPLIT = text("split", "train, validation or test; empty where the log does not say")
TASK = text("task", "Data set or benchmark that the metric was measured on; empty where the log does not say")
POSITION = (
    number("data_seen", "Training data consumed so far, repeats included", "data_unit", low=0),
    number("flops", "Training compute so far", "FLOP", low=0),
)

RUN_COLUMNS = columns(
    text("run_id", "Name of the run in its own log"),
    text("namespace", "Where the log came from; run ids are unique within it"),
    text("name", "Name for people"),
    text("status", "planned, running, finished or failed"),
    text("recipe", "Name of the training recipe that runs of one sweep share"),
    text("dataset", "Corpus that the run was trained on"),
    text("pool", "Data pool that the run drew from (see pools, pool_members)"),
    text("architecture", "Model family or shape class"),
    text("tokenizer", "Tokenizer; losses under different ones do not compare"),
    number("params", "Parameters, embeddings included unless params_convention says otherwise", "parameters", above=0),
    number("params_nonembedding", "Parameters without embeddings", "parameters", above=0),
    text("params_convention", "What params counts: with embeddings, or without embeddings; empty where the log does not say"),
    number("params_active", "Parameters used per token (fewer than params in routed models)", "parameters", above=0),
    number("layers", "Transformer blocks", "layers", above=0),
    number("width", "Width of the residual stream", "units", above=0),
    number("data_seen", "Training data of the whole run, repeats included", "data_unit", low=0),
    number("data_unique", "Distinct training data that the run drew from", "data_unit", above=0),
    text("data_unit", "token, sample, byte or character"),
    number("epochs", "data_seen / data_unique, unless it was logged", "epochs", low=0),
    number("flops", "Training compute of the run; 6 * params * data_seen where it was not logged", "FLOP", above=0),
    text("flops_source", "logged, or the rule by which flops was derived"),
    number("peak_lr", "Largest learning rate of the schedule", "", low=0),
    number("final_lr", "Learning rate at the end", "", low=0),
    text("lr_schedule", "cosine, linear, wsd, constant, ..."),
    number("warmup", "Data consumed while the learning rate rises", "data_unit", low=0),
    number("batch_size", "Sequences or samples a step", "sequences", above=0),
    number("sequence_length", "Tokens a sequence", "tokens", above=0),
    text("optimizer", "Optimizer"),
    Column("seed", "BIGINT", "Random seed"),
    text("accelerator", "Accelerator model"),
    number("accelerator_count", "Accelerators used", "devices", above=0),
    number("accelerator_hours", "Accelerator time of the run", "device hours", low=0),
    number("data_per_second", "Throughput of the whole job", "data_unit / s", low=0),
    moment("started_at", "Start of the run"),
    moment("finished_at", "End of the run"),
)
TAGS = Column("tags", "MAP(VARCHAR, VARCHAR)", "Logged columns that have no canonical name, as text")
SOURCE = columns(
    text("source_uri", "File that the row came from"),
    text("source_format", "Reader that understood the file"),
    text("content_hash", "Hash of that file's bytes (first 32 hexadecimal digits of its SHA-256)"),
)
VERSION = Column("version", "INTEGER", "1 for the first value seen, one more for each later change")
VALIDITY = columns(
    VERSION,
    moment("valid_from", "When this version was taken in"),
    moment("valid_to", "When a newer one replaced it; NULL if newest"),
)
MEASUREMENT = columns(
    RUN_KEY,
    METRIC,
    SPLIT,
    TASK,
    Column("step", "BIGINT", "Optimizer step", "steps", low=0),
    POSITION,
    number("lr", "Learning rate at that point", "", low=0),
    number("value", "The measured value", "the metric's"),
)
FINAL = Column("final", "BOOLEAN", "Whether it is the last value of a finished run for its metric, split and task")

LOG_TABLES = (
    Table(
        "runs_history",
        "one version of one training run, as logged",
        columns(RUN_KEY, RUN_COLUMNS, TAGS, SOURCE, VALIDITY, moment("ingested_at", "When the version was taken in")),
    ),
    Table("measurements_history", "one version of one value of one metric", columns(MEASUREMENT, VALIDITY), view=True),
    Table(
        "runs",
        "one training run, newest version",
        columns(
            RUN_KEY,
            RUN_COLUMNS,
            text("excluded_reason", "Why a person has excluded the run; NULL if nobody has"),
            TAGS,
            SOURCE,
            VERSION,
            moment("ingested_at", "When the version was taken in"),
        ),
        view=True,
    ),
    Table("measurements", "one value of one metric, newest version", columns(MEASUREMENT, FINAL, VERSION), view=True),
    Table(
        "pools",
        "one data pool",
        columns(
            text("pool", "Name of the pool"),
            text("dataset", "Corpus that it is a part of"),
            number("data_unique", "Distinct data in it", "data_unit", above=0),
            number("quality_rank", "Declared order of quality, 1 is best"),
        ),
    ),
    Table(
        "pool_members",
        "one part of a pool that is made of others",
        columns(
            text("pool", "The union or subsample"),
            text("member", "An atomic pool inside it"),
            number("share", "Share of the run's samples that come from the member; sums to 1 over the pool", "", low=0, high=1),
            number("data_unique", "Distinct data of the member in the pool", "data_unit", low=0),
        ),
    ),
    Table(
        "quarantine",
        "one refused row",
        columns(
            SOURCE[0],
            SOURCE[2],
            count("row_number", "Row in the file, the first data row is 1; 0 for the whole file"),
            text("reason", "Reason code, listed in docs/logs.md"),
            text("detail", "The column and the value that were refused"),
            text("raw", "The row as it was read, as JSON"),
            moment("quarantined_at", "When it was refused"),
        ),
    ),
    Table(
        "ingest_log",
        "one file ingested; rows = ingested + duplicates + filtered + quarantined",
        columns(
            SOURCE[2],
            SOURCE[:2],
            count("rows", "Data rows in the file"),
            count("runs", "Runs that it added or changed"),
            count("measurements", "Measurements that it added or changed"),
            count("duplicates", "Rows that say nothing new"),
            count("filtered", "Rows left out by the map's filter"),
            count("quarantined", "Rows rejected"),
            count("cells", "Cells rejected in rows that were ingested without them"),
            count("bytes", "Size of the file", "bytes"),
            number("seconds", "Time that it took", "s"),
            moment("ingested_at", "When it was ingested"),
            count("ingested", "Rows that were ingested"),
            text("namespace", "Namespace that its runs were given"),
            text("read_as", "Reader and maps that it was read with"),
        ),
        renamed=(("taken", "ingested"), ("repeats", "duplicates")),
    ),
)
