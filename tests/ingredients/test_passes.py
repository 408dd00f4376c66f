"""Pass rates: unbiased where the plug-in is not, censored where the budget ended, and emergence by curvature."""

import numpy as np
import pytest

from pipeline.errors import FitError
from pipeline.planning.estimators.pass_rates import emergence
from pipeline.study.derived.pass_rates import pass_until

SIZES = np.array([3e7, 1e8, 3e8, 8.7e8])


@pytest.mark.parametrize("passes", [2, 5, 50])
def test_pass_until_is_unbiased_where_r_over_k_is_not(passes: int) -> None:
    """Exact expectation over the negative binomial at p = .003."""
    from scipy.stats import nbinom

    p = 0.003
    fails = np.arange(0, 400_000)
    weight = nbinom.pmf(fails, passes, p)
    rates = (passes - 1) / (fails + passes - 1)
    assert rates @ weight == pytest.approx(p, rel=1e-6)
    assert pass_until(1000, passes, passes).rate == pytest.approx((passes - 1) / 999)
    biased = {2: 1.971, 5: 1.249, 50: 1.020}[passes]
    assert (passes / (fails + passes)) @ weight / p == pytest.approx(biased, abs=6e-4)


def test_no_pass_within_the_budget_is_a_bound_and_no_zero() -> None:
    found = pass_until(3000, 0, 5)
    assert found.censored
    assert found.rate == 0
    assert found.high == pytest.approx(1 - 0.05 ** (1 / 3000))


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(FitError, match="passes <= decodes"):
        pass_until(10, 11, 20)


@pytest.mark.parametrize(("curvature", "kind"), [(0.0, "scaling"), (-0.05, "accelerated"), (0.05, "sub-scaling")])
def test_emergence_is_the_curvature_of_ln_minus_ln_rate(curvature: float, kind: str) -> None:
    x = np.log(SIZES)
    f = np.log(100) - 0.2 * x + curvature * (x - x.mean()) ** 2
    rates = np.exp(-np.exp(f))
    found = emergence(SIZES, rates, 0.01 * rates)
    assert found.kind == kind
    assert found.curvature == pytest.approx(curvature, abs=1e-9)


def test_emergence_of_three_sizes_is_refused_however_often_each_was_run() -> None:
    params = np.tile(SIZES[:3], 4)
    rates = np.linspace(0.1, 0.9, len(params))
    with pytest.raises(FitError, match="at least 4 different sizes"):
        emergence(params, rates, 0.01 * rates)
