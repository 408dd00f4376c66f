"""What else the runs of a study have logged: values of other metrics and learning rates, looked up when a rule first asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import duckdb
import polars as pl

from pipeline.store.frames import read_frame
from pipeline.store.statements import sql


@dataclass
class RunLogs:
    """The logs of some runs beside the metric that a study fits. `place` says which study asks, for messages."""

    connection: duckdb.DuckDBPyConnection
    keys: Sequence[str]
    place: str
    split: str | None = None
    task: str | None = None
    _values: dict[str, pl.DataFrame] = field(default_factory=dict)

    @cached_property
    def metrics(self) -> list[str]:
        """The metrics that the runs have."""
        found = self.connection.execute(sql("select_metrics_of_runs"), {"keys": list(self.keys)}).fetchall()
        return [row[0] for row in found]

    def values(self, metric: str) -> pl.DataFrame:
        """Every value of a metric: run_key, split, task, step, data_seen, value, final, in the order of the run."""
        if metric not in self._values:
            given = {"keys": list(self.keys), "metric": metric}
            self._values[metric] = read_frame(self.connection, sql("select_values_beside"), given)
        return self._values[metric]

    @cached_property
    def rates(self) -> dict[str, pl.DataFrame]:
        """The logged learning rates of each run: step, data_seen, lr, in order."""
        found = read_frame(self.connection, sql("select_logged_rates"), {"keys": list(self.keys)})
        return {str(key): rows for (key,), rows in found.group_by("run_key", maintain_order=True)}
