"""A law that nests another begins its search at that one's optimum too."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import fit
from pipeline.fitting.effort import FULL
from pipeline.fitting.nested_start import nested_start
from pipeline.fitting.setup import set_up
from pipeline.laws import laws

NESTING = sorted(name for name, law in laws.items() if law.nests)
ONE_START = replace(FULL, starts=1)


@pytest.fixture(scope="module")
def mixtures() -> pl.DataFrame:
    """Runs on two domains whose size and data terms differ, with an error of four in a thousand."""
    rng, rows = np.random.default_rng(3), []
    for i in range(30):
        h, n, d = rng.uniform(0.05, 0.95), 10 ** rng.uniform(-1, 0.5), 10 ** rng.uniform(0.3, 1.7)
        share = np.array([h, 1 - h])
        size, data = (share @ np.array([0.6, 0.3]) ** 1.25) ** 0.8, (share @ np.array([0.3, 0.7]) ** (1 / 0.6)) ** 0.6
        value = 1.2 + 1 / (3 * h**0.4 + (1 - h) ** 0.6) + size / n**0.35 + data / d**0.3
        members = [{"pool": pool, "share": part, "unique": 1e15} for pool, part in zip(("web", "code"), share, strict=True)]
        rows.append({"run_key": f"r{i}", "params": n * 1e9, "data_seen": d * 1e9, "members": members,
                     "value": value * np.exp(0.004 * rng.standard_normal())})  # fmt: skip
    return pl.DataFrame(rows)


@pytest.mark.parametrize("name", NESTING)
def test_at_that_start_the_law_is_the_fitted_one_that_it_nests(name: str, mixtures: pl.DataFrame) -> None:
    law = laws[name]
    inner = fit(laws[str(law.variant_of)], mixtures, draws=2)
    setup = set_up(law, mixtures, law.objective, None, None)
    theta = nested_start(setup, mixtures, None, None, 0, FULL)
    assert theta is not None
    np.testing.assert_allclose(setup.problem.law.value(theta[None], setup.problem.rows)[0], inner.value(mixtures), rtol=1e-5)


def test_constants_stay_what_they_are_at_that_start(mixtures: pl.DataFrame) -> None:
    law, fix = laws["joint_mixture"], {"E": 1.1, "size_bend": 0.9, "A[web]": 0.5}
    setup = set_up(law, mixtures, law.objective, fix, None)
    theta = nested_start(setup, mixtures, fix, None, 0, ONE_START)
    assert theta is not None
    found = dict(zip(setup.names, theta, strict=True))
    assert {name: found[name] for name in fix} == fix


def test_a_law_that_nests_none_has_no_such_start(mixtures: pl.DataFrame) -> None:
    law = laws["additive_mixture"]
    assert nested_start(set_up(law, mixtures, law.objective, None, None), mixtures, None, None, 0, FULL) is None


def test_the_joint_mixture_of_one_random_start_is_no_worse_than_the_additive_one(mixtures: pl.DataFrame) -> None:
    joint = fit(laws["joint_mixture"], mixtures, draws=2, effort=ONE_START)
    assert joint.objective_value < 0.5 * fit(laws["additive_mixture"], mixtures, draws=2).objective_value
