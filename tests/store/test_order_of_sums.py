"""A view that averages or adds scores says the same to the last bit, in whatever order its rows were stored."""

import duckdb
import numpy as np
import pytest

from pipeline.store.statements import statement_files

VIEWS = ("law_scores", "calibration", "calibration_by_date", "stacked_forecasts")


def _answers(order: np.ndarray) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the views over 1000 scored forecasts of two laws, stored in the given order."""
    rng = np.random.default_rng(1)
    crps, error, value = (
        rng.lognormal(size=1000) * 10.0 ** rng.integers(-6, 3, 1000),
        rng.normal(size=1000),
        rng.uniform(1, 3, 1000),
    )
    with duckdb.connect() as connection:
        connection.execute(
            """CREATE TABLE forecasts (forecast_id BIGINT, study VARCHAR, cohort VARCHAR, law VARCHAR, run_key VARCHAR,
            kind VARCHAR, metric VARCHAR, split VARCHAR, task VARCHAR, data_seen DOUBLE, as_of TIMESTAMP, distance DOUBLE,
            predicted DOUBLE, predicted_low DOUBLE, predicted_high DOUBLE)"""
        )
        connection.execute(
            """CREATE TABLE forecast_scores (forecast_id BIGINT, crps DOUBLE, relative_error DOUBLE, covered BOOLEAN,
            observed_at TIMESTAMP)"""
        )
        for i in map(int, order):
            law, run = ("first", "second")[i % 2], f"run {i // 2 % 100}"
            given = (i, "s", "c", law, run, "live", "loss", "val", "", i // 200, 0.1, value[i], 0.9 * value[i], 1.1 * value[i])
            connection.execute(
                "INSERT INTO forecasts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, TIMESTAMP '2026-01-01', ?, ?, ?, ?)", given
            )
            scored = (i, crps[i], error[i], True)
            connection.execute("INSERT INTO forecast_scores VALUES (?, ?, ?, ?, TIMESTAMP '2026-01-02')", scored)
        for view in VIEWS:
            connection.execute(statement_files()[f"view_{view}"].read_text(encoding="utf-8"))
        return {view: connection.execute(f"FROM {view} ORDER BY ALL").fetchall() for view in VIEWS}


@pytest.fixture(scope="module")
def stored() -> tuple[dict[str, list[tuple[object, ...]]], dict[str, list[tuple[object, ...]]]]:
    return _answers(np.arange(1000)), _answers(np.random.default_rng(2).permutation(1000))


@pytest.mark.parametrize("view", VIEWS)
def test_the_order_of_storage_moves_no_bit(stored, view: str) -> None:
    assert stored[0][view]
    assert stored[0][view] == stored[1][view]
