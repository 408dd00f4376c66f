"""What repeats are worth, against the closed forms of the laws that have one."""

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, pool_runs, study_of

from pipeline.laws.catalogue.pools.pooled_effective_data import pooled_effective_data
from pipeline.laws.catalogue.pools.repeated_utility import HALF_LIVES, POOLS, released, repeated_utility
from pipeline.laws.catalogue.repetition.data_constrained import C4, data_constrained
from pipeline.planning.questions.data_worth.repetition import build
from pipeline.planning.setting import Setting

RUNS = pl.DataFrame({"params": [1e6, 1e9], "data_seen": [1e10, 1e11], "data_unique": [1e10, 25e9], "value": [3.0, 2.5]})
EPOCHS = [1.0, 2.0, 4.0, 8.0, 16.0, 40.0, 100.0]
TWO = {"d": 0.1, "D1": 1e7 / 0.15, "b": 0.15, "q": {"good": 1.0, "poor": 0.5}, "R": {"good": 4.7, "poor": 2.0}}


def muennighoff():
    return build(fit_of(data_constrained, C4), study_of(data_unique=[25e9], epochs=EPOCHS), RUNS)


def test_effective_data_equals_the_published_fractions():
    published = [1, 1.968199, 3.725673, 6.624119, 10.582457, 15.167465, 16.363035]
    np.testing.assert_allclose(muennighoff()["effective_data"] / 25e9, published, rtol=1e-6)


def test_value_of_a_repeat_decays_with_the_constant_of_the_law():
    expected = np.exp(-(np.array(EPOCHS) - 1) / C4["Rd"])
    np.testing.assert_allclose(muennighoff()["value_of_repeat"], expected, rtol=1e-5)


def test_draws_agree_with_the_exact_solution():
    plan = build(fit_of(data_constrained, C4, draws=20, spread=0.0), study_of(data_unique=[25e9], epochs=EPOCHS), RUNS)
    for name, tolerance in (("effective_data", 1e-4), ("value_of_repeat", 5e-3)):
        np.testing.assert_allclose(plan[f"{name}_low"], plan[name], rtol=tolerance)


@pytest.mark.parametrize(("pool", "constant"), [("good", 4.7), ("poor", 2.0)])
def test_pooled_effective_data_gives_its_own_term(pool, constant):
    fit = fit_of(pooled_effective_data, TWO, ("good", "poor"))
    plan = build(fit, study_of("error", epochs=[1, 2, 5]), pool_runs({"good": 1e7, "poor": 3e7})).filter(pl.col("pool") == pool)
    expected = np.exp(-(plan["epochs"].to_numpy() - 1) / constant)
    np.testing.assert_allclose(plan["value_of_repeat"], expected, rtol=1e-5)


def test_first_repeat_of_repeated_utility_is_worth_its_half_life():
    pools = POOLS[:4]
    fit = fit_of(repeated_utility, released.values, pools)
    plan = build(fit, study_of("error", epochs=[1.0]), pool_runs(dict.fromkeys(pools, 12.8e6)))
    expected = [0.5 ** (1 / HALF_LIVES[pool]) for pool in plan["pool"]]
    np.testing.assert_allclose(plan["value_of_repeat"], expected, rtol=1e-5)


def test_samples_of_the_first_epoch_are_as_good_as_fresh():
    plan = build(fit_of(data_constrained, C4), study_of(data_unique=[25e9], epochs=[0.25, 0.5]), RUNS)
    np.testing.assert_allclose(plan["effective_data"] / plan["data_unique"], plan["epochs"])
    np.testing.assert_allclose(plan["value_of_repeat"], 1.0, rtol=1e-6)


def test_effective_data_never_falls_and_value_of_a_repeat_never_rises():
    plan = muennighoff()
    assert plan["effective_data"].is_sorted()
    assert plan["value_of_repeat"].is_sorted(descending=True)


@pytest.mark.parametrize("half_life", [2.0, 6.0, 30.0])
def test_the_limit_of_repeats_is_solved_for_and_lies_between_the_points_of_the_rows(half_life):
    values = {"E": 1.8, "A": 400.0, "B": 2000.0, "alpha": 0.35, "beta": 0.37, "Rd": half_life, "Rn": 5.0}
    runs = pl.DataFrame({"params": [1e8, 1e8], "data_seen": [1e10, 4e10], "data_unique": [1e10, 1e10], "value": [2.5, 2.4]})
    fit = fit_of(data_constrained, values, draws=40)

    def rows(epochs):
        return build(fit, study_of(epochs=epochs, data_unique=[1e10]), runs)

    limit = rows([1.0, 2.0])["epochs_worth_half"][0]
    below, above = rows([limit * 0.98, limit * 1.02])["value_of_repeat"]
    assert below >= 0.5 > above
    assert rows([1.0, 64.0])["epochs_worth_half"][0] == limit
    assert rows([1.0])["epochs_worth_half_low"][0] <= limit <= rows([1.0])["epochs_worth_half_high"][0]


def test_a_pool_asks_the_law_at_many_points_together_and_not_at_one_after_another(monkeypatch):
    asked = []
    value = Setting.value
    monkeypatch.setattr(Setting, "value", lambda self, *given, **columns: asked.append(1) or value(self, *given, **columns))
    build(fit_of(pooled_effective_data, TWO, ("good", "poor")), study_of(epochs=EPOCHS), pool_runs({"good": 1e7, "poor": 2e7}))
    assert len(asked) <= 2 * 200


@pytest.mark.parametrize("law", [pooled_effective_data, repeated_utility])
def test_a_pool_that_moves_no_prediction_has_no_worth_of_a_repeat_and_no_warning(law):
    values = {p.name: {"good": 0.0, "poor": 0.0} if p.per else 0.0 for p in law.parameters}
    plan = build(fit_of(law, values, ("good", "poor")), study_of("error", epochs=[1, 2]), pool_runs({"good": 1e7, "poor": 3e7}))
    assert plan["value_of_repeat"].fill_nan(None).is_null().all()
