"""How a run is cut at the ends of epochs, and which rows of an array are distinct."""

import numpy as np
import pytest

from pipeline.laws.engine.path_segments import chains, distinct


@pytest.mark.parametrize(
    "of", [[[2.0, 1.0], [2.0, 0.5], [1.0, 3.0], [2.0, 0.5]], [[1.0, 2.0]] * 3, np.zeros((0, 2)), np.eye(4)[[2, 0, 2, 3]] > 0]
)
def test_distinct_rows_are_those_that_numpy_finds(of: list[list[float]]) -> None:
    rows = np.array(of)
    found, place = np.unique(rows, axis=0, return_inverse=True)
    values, where = distinct(rows)
    assert np.array_equal(values, found)
    assert np.array_equal(where, place.ravel())


def test_rows_in_their_first_epoch_are_ends_along_their_mixture() -> None:
    length, epoch, chain, end = chains(np.array([3.0, 1.0, 2.0, 3.0]), np.array([1, 0, 1, 1]), np.array([[5.0], [3.0]]))
    assert length.tolist() == [1.0, 2.0, 1.0]
    assert chain.tolist() == [0, 1, 1]
    assert end.tolist() == [2, 0, 1, 2]
    assert not epoch.any()
