"""Forecasts stay within what a metric can be: an error of more than 1 is none, a loss of less than 0 neither."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import fit
from pipeline.forecasts.ledger import in_range, live_forecasts
from pipeline.laws import laws
from pipeline.schema.metrics import RANGES, metric_of
from pipeline.store.store import Stored
from pipeline.study.declaration import Study

STUDY = Study.model_validate({"study": "errors", "runs": "true", "metric": "error", "split": "test", "laws": ["power_law"]})
SEEN = np.geomspace(1e6, 1e8, 12)


def runs(data: np.ndarray, status: str, error: np.ndarray | None = None) -> pl.DataFrame:
    """Rows of a study's observations: runs of these amounts of data."""
    keys, nothing = [f"{status}{k}" for k in range(len(data))], pl.Series([None] * len(data), dtype=pl.String)
    return pl.DataFrame({
        "run_key": keys, "run_id": keys, "cohort": "", "status": status, "excluded_reason": nothing,
        "metric": "error", "split": "test", "task": "", "params": 1e6, "data_seen": data, "data_planned": data,
        "value": pl.Series(error if error is not None else [None] * len(data), dtype=pl.Float64),
        "used": error is not None, "reason": nothing,
    })  # fmt: skip


def test_a_forecast_of_an_error_never_leaves_zero_to_one() -> None:
    wobble = np.exp(0.05 * np.random.default_rng(0).standard_normal(12))
    known = runs(SEEN, "finished", 0.9 * (SEEN / 1e6) ** -0.2 * wobble)
    found = fit(laws["power_law"], known.filter("used"), draws=100)
    planned = runs(np.array([1e5, 3e5]), "planned")
    made = live_forecasts(STUDY, Stored("", found, True, None), pl.concat([known, planned]))
    assert made.height == 2
    assert found.predict(planned, new_run=True)["predicted_high"].min() > 1  # else nothing was to be kept in
    values = np.concatenate([made.select("predicted", "predicted_low", "predicted_high").to_numpy().ravel(),
                             np.array(made["quantiles"].to_list()).ravel()])  # fmt: skip
    assert values.min() >= 0
    assert values.max() <= 1


@pytest.mark.parametrize("kind", RANGES)
def test_ends_are_kept_within_any_range_and_values_inside_stay(kind: str) -> None:
    given = [-3.0, -0.5, 0.25, 0.75, 4.0]
    made = pl.DataFrame({"predicted": given, "predicted_low": given, "predicted_high": given, "quantiles": [given] * 5})
    found = in_range(made, metric_of("a metric of one's own", "lower", kind))
    assert found["predicted_high"].to_list() == np.clip(given, *RANGES[kind]).tolist()
    assert found["quantiles"].to_list()[0] == np.clip(given, *RANGES[kind]).tolist()
