"""Leave-one-run-out influence by one Newton step against the fit without the run."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import fit
from pipeline.laws import laws


@pytest.fixture(scope="module")
def sweep() -> pl.DataFrame:
    rng = np.random.default_rng(3)
    params, data_seen = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e9, 6), np.geomspace(1e9, 1e11, 6)))
    value = (1.7 + 400 / params**0.34 + 2000 / data_seen**0.37) * np.exp(0.003 * rng.standard_normal(params.size))
    value[-1] *= 1.02
    return pl.DataFrame({"run_key": [f"r{i}" for i in range(36)], "params": params, "data_seen": data_seen, "value": value})


def test_run_that_lies_apart_has_the_largest_influence(sweep: pl.DataFrame) -> None:
    found = fit(laws["chinchilla"], sweep, draws=50).certificate.influence
    assert next(iter(found)) == "r35"
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_influence_is_how_far_the_prediction_moves_without_the_run(sweep: pl.DataFrame) -> None:
    whole = fit(laws["chinchilla"], sweep, draws=50)
    further = sweep.with_columns(pl.col("params", "data_seen") * 10)
    cells = pl.concat([sweep, further]).filter(pl.col("params") * pl.col("data_seen") >= 3e19)
    for run in list(whole.certificate.influence)[:3]:
        without = fit(laws["chinchilla"], sweep.filter(pl.col("run_key") != run), draws=50)
        moved = np.abs(np.log(without.value(cells) / whole.value(cells))).max()
        assert whole.certificate.influence[run] == pytest.approx(moved, rel=0.5)
