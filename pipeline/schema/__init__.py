"""The canonical columns: every table that Lawbook stores, with the type, unit and meaning of each column. The only place."""

from pipeline.schema.claims import CLAIM_TABLES
from pipeline.schema.column import Column, Table
from pipeline.schema.fits import FIT_TABLES, FORECAST_TABLES
from pipeline.schema.influence import INFLUENTIAL_RUNS
from pipeline.schema.log_state import PRIVATE_LOG_TABLES
from pipeline.schema.logs import (
    FINAL,
    KNOWN_VALUES,
    LOG_TABLES,
    MEASUREMENT,
    PARAMS_CONVENTIONS,
    RUN_COLUMNS,
    SIZES,
    STATUSES,
    TAGS,
)
from pipeline.schema.metrics import METRIC_TABLE
from pipeline.schema.plans import PLAN_TABLES
from pipeline.schema.state import STATE_TABLES
from pipeline.schema.stopping import STOPPING_TABLES

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *LOG_TABLES,
        *PRIVATE_LOG_TABLES,
        *CLAIM_TABLES,
        *FIT_TABLES,
        *FORECAST_TABLES,
        *PLAN_TABLES,
        *STATE_TABLES,
        *STOPPING_TABLES,
        INFLUENTIAL_RUNS,
        METRIC_TABLE,
    )
}
RUNS: dict[str, Column] = {column.name: column for column in RUN_COLUMNS}
MEASUREMENTS: dict[str, Column] = {column.name: column for column in MEASUREMENT}

__all__ = [
    "FINAL",
    "KNOWN_VALUES",
    "MEASUREMENTS",
    "PARAMS_CONVENTIONS",
    "RUNS",
    "SIZES",
    "STATUSES",
    "TABLES",
    "TAGS",
    "Column",
    "Table",
]
