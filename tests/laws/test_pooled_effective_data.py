"""Laws whose pools add effective data start at chance, never rise, and count pools by what they hold, not by how they are cut."""

import numpy as np
import pytest

from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows

CONSTANTS = {
    "pooled_effective_data": ([0.1, 6e7, 0.15], [1.0, 1.2, 0.4], [4.7, 4.3, 2.0]),
    "annealed_effective_data": ([2e8, 1.04, -0.34, 4.9, 0.37], [1.0, 1.2, 0.4]),
}
SHARE, UNIQUE = np.array([0.5, 0.3, 0.2]), np.array([12.8e6, 6.4e6, 3e7])


def error(law, seen, share=SHARE, unique=UNIQUE, levels=lambda level: level):
    """The law at runs on one mixture, at the end of a schedule of 1e9 samples."""
    shared, *pooled = CONSTANTS[law]
    seen = np.atleast_1d(np.asarray(seen, float))
    members = {"share": np.tile(share, (len(seen), 1)), "unique": np.tile(unique, (len(seen), 1))}
    columns = {"data_seen": seen, "data_planned": np.full(len(seen), 1e9)}
    theta = np.array([[*shared, *(value for level in pooled for value in levels(level))]])
    return compiled(laws[law]).value(theta, Rows(columns, members, tuple("abcdef"[: len(share)])))[0]


@pytest.mark.parametrize("law", CONSTANTS)
def test_a_run_that_has_seen_nothing_is_at_chance(law):
    assert error(law, 1.0) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("law", CONSTANTS)
def test_errors_fall_with_samples_through_partial_epochs(law):
    assert (np.diff(error(law, np.linspace(1e5, 3e8, 1000))) < 0).all()


@pytest.mark.parametrize("law", CONSTANTS)
@pytest.mark.parametrize("end", UNIQUE / SHARE)
def test_errors_do_not_jump_where_a_pool_ends_its_first_epoch(law, end):
    before, after = error(law, [end * (1 - 1e-9), end * (1 + 1e-9)])
    assert after == pytest.approx(before, rel=1e-8)


@pytest.mark.parametrize("law", CONSTANTS)
def test_a_pool_cut_in_two_is_worth_what_it_was(law):
    seen = [1e7, 6e7, 4e8]
    cut = error(
        law, seen, np.array([0.5, 0.15, 0.15, 0.2]), np.array([12.8e6, 3.2e6, 3.2e6, 3e7]), lambda x: [x[0], x[1], x[1], x[2]]
    )
    np.testing.assert_allclose(cut, error(law, seen), rtol=1e-12)
