"""Runs whose size changes while they train: their mean size and their compute, from the sizes that they logged."""

import duckdb
import pytest

from pipeline.study.observations import observations
from tests.study.derived.test_other_metrics import beside
from tests.study.runs_in_store import a_study, add

GROWN = ((50.0, 4.0), (100.0, 8.0))
"""Half of the data at about 4 parameters, then on a line to 8."""


@pytest.fixture
def grown(store: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """One run that logged its size twice."""
    add(store, "a", params=8.0)
    beside(store, "a", "params_active", GROWN)
    return store


def test_the_mean_size_is_over_tokens(grown: duckdb.DuckDBPyConnection) -> None:
    frame = observations(grown, a_study(laws=("average_parameters",)))
    assert frame["params_average"].to_list() == pytest.approx([(50 * 4 + 50 * 6) / 100])


def test_a_run_that_logged_no_size_has_its_own_all_along(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", params=8.0)
    assert observations(store, a_study(laws=("average_parameters",)))["params_average"].to_list() == [8.0]


def test_compute_along_the_sizes_is_six_times_their_integral(grown: duckdb.DuckDBPyConnection) -> None:
    study = a_study(laws=("modality_compute",), derive={"flops": {"along": "metric:params_active"}})
    assert observations(grown, study)["flops"].to_list() == pytest.approx([6 * (50 * 4 + 50 * 6)])
