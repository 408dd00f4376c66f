"""Numbers logged beside curves: what carries over to values that were not run is used, what does not is left."""

import numpy as np
import polars as pl
import pytest

from pipeline.forecasts.curves import expected_fall
from pipeline.forecasts.early_stopping import outlook
from pipeline.forecasts.logged_numbers import helpful, offered

RUNS = 24
RNG = np.random.default_rng(5)
RATE = np.repeat([1e-4, 3e-4, 1e-3, 3e-3], RUNS // 4)
BASE = np.ones((RUNS, 1))


def falls(slope: float, noise: float = 0.002) -> np.ndarray:
    return 0.1 + slope * np.log(RATE / 1e-3) + noise * RNG.standard_normal(RUNS)


def test_a_number_that_the_falls_follow_is_taken() -> None:
    assert helpful(BASE, falls(0.01), np.log(RATE)[:, None]) == [0]


@pytest.mark.parametrize("seed", range(5))
def test_a_number_that_says_nothing_is_left(seed: int) -> None:
    rng = np.random.default_rng(seed)
    noise = np.log(rng.choice([16.0, 32.0, 64.0, 128.0], RUNS))[:, None]
    assert helpful(BASE, 0.1 + 0.002 * rng.standard_normal(RUNS), noise) == []


def test_what_repeats_a_column_that_is_there_is_left() -> None:
    base = np.hstack([BASE, np.log(RATE)[:, None]])
    assert helpful(base, falls(0.01), np.log(RATE)[:, None] * 2) == []


def runs(**columns: object) -> pl.DataFrame:
    return pl.DataFrame({"tags": [[{"key": "epochs_warm", "value": str(k % 4 + 1)}] for k in range(RUNS)], **columns})


def test_numeric_tags_are_offered_and_words_zeros_and_gaps_are_not() -> None:
    frame = runs(peak_lr=RATE, batch_size=[0.0] * RUNS, warmup=[None, *([5.0] * (RUNS - 1))])
    now = {"peak_lr": 2e-4, "batch_size": 8.0, "warmup": 5.0, "tags": [{"key": "epochs_warm", "value": "2"},
           {"key": "name", "value": "a"}]}  # fmt: skip
    names, values, own = offered(frame, now)
    assert names == ["peak_lr", "tags.epochs_warm"]
    assert values.shape == (RUNS, 2)
    assert own == pytest.approx(np.log([2e-4, 2.0]))


def test_a_number_with_two_levels_is_not_offered() -> None:
    names, _, _ = offered(runs(peak_lr=np.repeat([1e-4, 1e-3], RUNS // 2)), {"peak_lr": 1e-4, "tags": []})
    assert names == []


def test_falls_that_do_not_vary_are_expected_anywhere_even_of_runs_on_one_line() -> None:
    size = np.linspace(10, 20, RUNS)
    places = np.column_stack([size, 40 - size])
    found = expected_fall(places, np.full(RUNS, 0.06), np.ones(RUNS), np.array([18.0, 29.0]), 1.0)
    assert found is not None
    assert found.mean == pytest.approx(0.06)


def ended(rate: float, end: float) -> dict[str, object]:
    fall = 0.1 + 0.03 * np.log(rate / 1e-3)
    curve = {"curve_data": [50.0, 100.0], "curve_value": [end * np.exp(fall), end]}
    return {"run_key": f"{rate} {end}", "value": end, "peak_lr": rate, "params": None, "data_seen": 100.0, "flops": None,
            "lr_schedule": None, "tags": [], **curve}  # fmt: skip


def test_a_rate_between_those_that_were_run_is_forecast_by_what_the_rates_do() -> None:
    finished = pl.DataFrame([ended(rate, end) for rate in (1e-4, 3e-4, 1e-3, 3e-3) for end in (2.0, 2.1, 2.2)],
                            schema_overrides={"params": pl.Float64, "flops": pl.Float64, "lr_schedule": pl.String})  # fmt: skip
    now = {"run_key": "now", "value": 2.5, "peak_lr": 5e-3, "params": None, "data_seen": 50.0, "data_planned": 100.0,
           "flops": None, "lr_schedule": None, "tags": []}  # fmt: skip
    nothing = {"predicted": None, "predicted_low": None, "predicted_high": None, "quantiles": None}
    row = outlook(nothing, now, finished)
    assert row is not None
    assert row["predicted"] == pytest.approx(2.5 * np.exp(-(0.1 + 0.03 * np.log(5.0))), rel=1e-6)


def test_where_neither_law_nor_curves_say_anything_there_is_no_row() -> None:
    now = {"value": 2.5, "data_seen": 50.0, "data_planned": 100.0, "flops": None, "lr_schedule": None, "params": None, "tags": []}
    nothing = {"predicted": None, "predicted_low": None, "predicted_high": None, "quantiles": None}
    assert outlook(nothing, now, pl.DataFrame([ended(1e-3, 2.0)])) is None


@pytest.mark.parametrize(("sign", "side"), [(1.0, "below"), (-1.0, "above")])
def test_the_best_ended_run_is_best_by_the_goal_of_the_metric(sign: float, side: str) -> None:
    finished = pl.DataFrame([ended(1e-3, end) for end in np.linspace(0.5, 0.7, 8)],
                            schema_overrides={"params": pl.Float64, "flops": pl.Float64, "lr_schedule": pl.String})  # fmt: skip
    now = {"run_key": "now", "value": 0.6, "peak_lr": 1e-3, "params": None, "data_seen": 50.0, "data_planned": 100.0,
           "flops": None, "lr_schedule": None, "tags": []}  # fmt: skip
    row = outlook({"predicted": None, "predicted_low": None, "predicted_high": None, "quantiles": None}, now, finished, sign)
    assert row is not None
    assert row["best"] == pytest.approx(0.5 if sign > 0 else 0.7)
    assert side in row["message"]


def test_a_run_without_law_and_without_ended_runs_is_carried_on_by_its_own_curve() -> None:
    data = np.geomspace(1e6, 5e8, 40)
    values = 0.2 + 0.7 / (1 + (data / 2e7) ** 0.6)
    now = {"run_key": "now", "value": values[-1], "data_seen": 5e8, "data_planned": 1e9, "flops": None, "lr_schedule": None,
           "params": None, "tags": [], "curve_data": list(data), "curve_value": list(values)}  # fmt: skip
    nothing = {"predicted": None, "predicted_low": None, "predicted_high": None, "quantiles": None}
    row = outlook(nothing, now, pl.DataFrame([ended(1e-3, 2.0)]))
    assert row is not None
    assert row["predicted"] == pytest.approx(0.2 + 0.7 / (1 + 50**0.6), rel=0.01)
    assert row["predicted_low"] < row["predicted"] < row["predicted_high"] < values[-1] * 1.05
