"""Parquet files of very many row groups, as a writer leaves that flushes at each row."""

import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.ingest.conftest import Dropbox


def log(path: Path, rows: int, a_group: int) -> None:
    """A log of two runs; one value is not a number, and the metric is a category."""
    steps = pl.int_range(rows, eager=True)
    frame = pl.DataFrame({"run_id": "r" + (steps % 2).cast(pl.String), "step": steps, "metric": "loss", "value": 1 + steps / 7})
    value = pl.when(pl.col("step") == 40).then(float("nan")).otherwise(pl.col("value")).alias("value")
    frame = frame.with_columns(value, pl.col("metric").cast(pl.Categorical))
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path, row_group_size=a_group)


def test_small_row_groups_hold_the_rows_that_large_ones_hold(make_box: Callable[[str], Dropbox]) -> None:
    found = []
    for a_group in (1, 5000):
        box = make_box(f"of{a_group}")
        log(box.home.inbox / "lab" / "a.measurements.parquet", 2500, a_group)
        box.ingest()
        points = box.rows("SELECT run_key, metric, step, value FROM measurements ORDER BY ALL")
        found.append((points, box.rows("SELECT row_number, reason, detail, raw FROM quarantine")))
    assert found[0] == found[1]
    assert len(found[0][0]) == 2499
    assert found[0][1][0][:2] == (41, "not_a_number")


@pytest.mark.slow
def test_a_hundred_thousand_row_groups_cost_seconds(box: Dropbox) -> None:
    log(box.home.inbox / "lab" / "a.measurements.parquet", 100_000, 1)
    started = time.process_time()
    assert box.ingest().totals.measurements == 99_999
    assert time.process_time() - started < 30
