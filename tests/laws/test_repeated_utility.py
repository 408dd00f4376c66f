"""The laws of pools reproduce the published program's numbers, and the theorem is a special case of them."""

import numpy as np
import pytest
from pool_cases import DATA, SIZE, UTILITY, single_rows, theta, union_rows, value

from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Law

RELEASED, PAPER, ABLATION = laws["repeated_utility_released"], laws["repeated_utility"], laws["effective_data"]
PUBLISHED = theta(0.025, 0.1, UTILITY)
PUBLISHED_DATA = theta(0.022, 0.1, DATA)
BUDGETS = [32e6, 64e6, 128e6, 640e6]


def test_one_pool_after_one_and_two_epochs() -> None:
    rows = single_rows([12.8e6, 25.6e6], 0)
    np.testing.assert_allclose(value(RELEASED, PUBLISHED, rows), [0.930187, 0.841630], atol=5e-7)
    np.testing.assert_allclose(value(PAPER, PUBLISHED, rows), [0.930187, 0.851150], atol=5e-7)


def test_learning_curve_of_the_best_pool() -> None:
    rows = single_rows([k * SIZE for k in (2, 4, 6, 8, 10)], 0)
    np.testing.assert_allclose(value(RELEASED, PUBLISHED, rows), [0.841630, 0.771824, 0.740767, 0.723433, 0.712710], atol=5e-7)


def test_last_point_of_the_other_pools() -> None:
    last = [value(RELEASED, PUBLISHED, single_rows([10 * SIZE], pool))[0] for pool in (1, 2, 3)]
    np.testing.assert_allclose(last, [0.772720, 0.849166, 0.923143], atol=5e-7)


def test_utility_of_a_union_decays_with_half_lives_as_many_times_as_long_as_it_has_pools() -> None:
    """The slope d ln(y − d)/d ln n in epoch k of a union of two is the mean of b_i·2^(−k/(2τ_i))."""
    ends = np.array([k * 2 * SIZE for k in range(1, 6)]) * (1 - 1e-9)
    starts = np.array([1e6, *(k * 2 * SIZE for k in range(1, 5))]) * (1 + 1e-9)
    y = [np.log(value(PAPER, PUBLISHED, union_rows(list(at), 2)) - 0.1) for at in (starts, ends)]
    slopes = (y[1] - y[0]) / (np.log(ends) - np.log(starts))
    theorem = [np.mean([b * 2 ** (-k / (2 * tau)) for b, tau in zip(*UTILITY, strict=True)][:2]) for k in range(5)]
    np.testing.assert_allclose(slopes, theorem, atol=1e-9)
    np.testing.assert_allclose(slopes[:4], [-0.142500, -0.135999, -0.129798, -0.123884], atol=5e-7)


@pytest.mark.parametrize(
    ("law", "floors"),
    [(RELEASED, [0.688131, 0.742719, 0.837259, 0.922031]), (PAPER, [0.714153, 0.765728, 0.852704, 0.930365])],
)
def test_floor_of_endless_repetition(law: Law, floors: list[float]) -> None:
    found = [value(law, PUBLISHED, single_rows([1e6 * SIZE], pool))[0] for pool in range(4)]
    np.testing.assert_allclose(found, floors, atol=5e-7)


def test_effective_data_of_the_best_pool() -> None:
    errors = value(ABLATION, PUBLISHED_DATA, single_rows([12.8e6, 64e6, 128e6, 640e6], 0))
    np.testing.assert_allclose(errors, [0.928026, 0.754205, 0.713665, 0.692306], atol=5e-7)
    effective = (errors - 0.1) ** (1 / DATA[0][0])
    np.testing.assert_allclose(effective, [2.816, 10.257581, 14.570362, 17.696106], atol=5e-7)


TABLE = {
    "repeated_utility_released": [
        [0.817529, 0.841639, 0.865779, 0.883226],
        [0.753790, 0.766986, 0.796020, 0.820111],
        [0.712710, 0.704000, 0.732340, 0.758719],
        [0.688242, 0.614476, 0.624352, 0.648641],
    ],
    "effective_data": [
        [0.817513, 0.828648, 0.840208, 0.860921],
        [0.754205, 0.755763, 0.767714, 0.791656],
        [0.713665, 0.694684, 0.704528, 0.730595],
        [0.692306, 0.609769, 0.599098, 0.620812],
    ],
    "repeated_utility": [
        [0.829640, 0.844629, 0.865779, 0.883226],
        [0.772753, 0.778580, 0.802157, 0.822611],
        [0.736090, 0.722854, 0.745987, 0.768518],
        [0.714252, 0.643649, 0.650731, 0.671527],
    ],
}
BEST = {"repeated_utility_released": [1, 1, 2, 2], "effective_data": [1, 1, 2, 3], "repeated_utility": [1, 1, 2, 2]}


@pytest.mark.parametrize("name", TABLE)
def test_nested_unions_have_the_published_errors_and_best_sets(name: str) -> None:
    parameters = PUBLISHED_DATA if name == "effective_data" else PUBLISHED
    found = np.stack([value(laws[name], parameters, union_rows(BUDGETS, p)) for p in (1, 2, 3, 4)], axis=1)
    np.testing.assert_allclose(found, TABLE[name], atol=5e-7)
    assert (found.argmin(axis=1) + 1).tolist() == BEST[name]


@pytest.mark.parametrize("law", [PAPER, RELEASED], ids=lambda law: law.name)
def test_a_random_subsample_of_one_pools_size_keeps_the_half_lives(law: Law) -> None:
    """A quarter of each of four pools is one pool with the mean utility in every epoch, half-lives unchanged."""
    rows = union_rows([30e6, 100e6], 4, taken=0.25)
    equal = theta(0.025, 0.1, ([-0.1] * 4, [5.0] * 4))
    np.testing.assert_allclose(value(law, equal, rows), value(law, equal, single_rows([30e6, 100e6], 0)), rtol=1e-14)


def exact_rows() -> Rows:
    """Mixtures with unequal shares, sizes and subsamples."""
    rng = np.random.default_rng(1)
    share = rng.dirichlet(np.ones(3), 8)
    share[0], share[1] = [1, 0, 0], [0.5, 0.5, 0]
    unique = rng.uniform(5e6, 2e7, (8, 3)) * (share > 0)
    return Rows(
        {"data_seen": rng.uniform(1e7, 2e8, 8)}, {"share": share, "unique": unique, "size": unique * 1.7}, ("x", "y", "z")
    )


@pytest.mark.parametrize("law", [PAPER, RELEASED, ABLATION], ids=lambda law: law.name)
def test_derivatives_of_any_mixture_are_exact(law: Law) -> None:
    form, rows, at = compiled(law), exact_rows(), np.array([[0.025, 0.1, -0.16, -0.12, -0.08, 6.0, 4.0, 2.0]])
    _, gradient, hessian = form.derivatives(at, rows)
    for i, one in enumerate(np.eye(8)):
        step, width = 1e-6 * at * one, 2e-6 * at[0, i]
        slope = (form.value(at + step, rows) - form.value(at - step, rows))[0] / width
        np.testing.assert_allclose(gradient[0, :, i], slope, rtol=1e-6, atol=1e-8 / abs(at[0, i]))
        bend = (form.derivatives(at + step, rows)[1] - form.derivatives(at - step, rows)[1])[0] / width
        np.testing.assert_allclose(hessian[0, :, i], bend, rtol=1e-5, atol=1e-7 / abs(at[0, i] * at[0]).min())


@pytest.mark.parametrize("law", [PAPER, RELEASED, ABLATION], ids=lambda law: law.name)
def test_errors_never_rise_with_samples(law: Law) -> None:
    """Across epoch ends of every pool, whatever the mixture."""
    rows = exact_rows()
    at = np.array([[0.025, 0.1, -0.16, -0.12, -0.08, 6.0, 4.0, 2.0]])
    budgets = np.linspace(5e6, 4e8, 400)
    for row in range(rows.n):
        members = {name: np.repeat(column[row : row + 1], 400, axis=0) for name, column in (rows.members or {}).items()}
        assert np.all(np.diff(value(law, at, Rows({"data_seen": budgets}, members, rows.pools))) < 0)


def test_the_irreducible_error_stays_outside_the_product_in_the_paper_form_only() -> None:
    """At one epoch both agree; after many the released program's floor has decayed below d + the reducible part."""
    rows = single_rows([50 * SIZE], 0)
    reducible = value(PAPER, PUBLISHED, rows) - 0.1
    assert value(RELEASED, PUBLISHED, rows)[0] < reducible[0] + 0.1
