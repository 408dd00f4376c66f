"""Which share of the data to keep: the pools' own law for score bins, and the saddle-point theory beside it."""

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, pool_runs, study_of

from pipeline.laws import laws
from pipeline.laws.catalogue.pools.pooled_effective_data import pooled_effective_data
from pipeline.planning import PLANS
from pipeline.planning.estimators.pruning_theory import pruned_error
from pipeline.planning.questions.mixtures.pruning import KINDS, choices_of, kept_members
from pipeline.wording import sentences as words
from pipeline.wording.outline import outline

BINS = ("easiest", "easy", "hard", "hardest")
SIZES = np.array([1e6, 2e6, 1e6, 4e6])
FALLING = {
    "d": 0.1,
    "D1": 1e6,
    "b": 0.2,
    "q": dict(zip(BINS, (1.0, 0.8, 0.4, 0.05), strict=True)),
    "R": dict.fromkeys(BINS, 5.0),
}


def plan(values=FALLING, **asked):
    fit = fit_of(pooled_effective_data, values, BINS)
    runs = pool_runs(dict(zip(BINS, SIZES, strict=True)), seen=8e6)
    return PLANS["plan_pruning"].build(fit, study_of("error", **asked), runs)


def best(rows):
    return rows.filter(rank=1).row(0, named=True)


@pytest.mark.parametrize(
    ("keep", "fraction", "amounts"),
    [
        ("all", 1.0, SIZES),
        ("any", 0.5, SIZES / 2),
        ("easy", 0.25, [1e6, 1e6, 0, 0]),
        ("hard", 0.25, [0, 0, 0, 2e6]),
        ("hard", 0.75, [0, 1e6, 1e6, 4e6]),
    ],
)
def test_a_share_is_kept_from_its_end_and_a_bin_at_the_cut_in_part(keep, fraction, amounts):
    members = kept_members(SIZES, [(keep, fraction)])
    np.testing.assert_allclose(members.unique[0], amounts)
    np.testing.assert_allclose(members.share[0], np.array(amounts) / np.sum(amounts))


def test_every_share_is_tried_from_both_ends_and_at_random():
    rows = plan(data_seen=[4e6], keep_fraction=[1.0, 0.5, 0.25])
    assert sorted(rows.select("keep", "keep_fraction").rows()) == sorted(choices_of((0.5, 0.25)))
    assert set(rows["keep"]) == {"all", *KINDS}


def test_a_choice_of_whole_bins_is_worth_what_the_pool_set_is():
    pruned = plan(data_seen=[4e6], keep_fraction=[0.375]).filter(keep="easy")["value"][0]
    runs = pool_runs(dict(zip(BINS, SIZES, strict=True)), seen=8e6)
    sets = PLANS["plan_filtering"].build(fit_of(pooled_effective_data, FALLING, BINS), study_of("error", data_seen=[4e6]), runs)
    assert pruned == pytest.approx(sets.filter(pl.col("pools") == list(BINS[:2]))["value"][0], rel=1e-12)


def test_fewer_data_are_kept_at_a_small_budget_than_at_a_large_one():
    small, large = (best(plan(data_seen=[n], keep_fraction=[0.75, 0.5, 0.25])) for n in (1e6, 1e9))
    assert small["keep"] == "easy"
    assert small["keep_fraction"] < large["keep_fraction"]


def test_chances_over_the_choices_sum_to_one_and_favour_the_best():
    rows = plan(data_seen=[4e6], keep_fraction=[0.5, 0.25])
    assert rows["probability_best"].sum() == pytest.approx(1)
    assert best(rows)["probability_best"] == rows["probability_best"].max()


def test_theory_rows_are_the_saddle_point_values():
    rows = plan(examples_per_dimension=[2.0, 10.0], keep_fraction=[0.5]).filter(approach="saddle_point")
    value = {(r["examples_per_dimension"], r["keep"]): r["value"] for r in rows.iter_rows(named=True)}
    assert value[2.0, "hard"] == pruned_error(1.0, 0.5) == pytest.approx(0.321048, abs=5e-6)
    assert value[2.0, "all"] == value[4.0 / 2, "all"] == pytest.approx(0.188479, abs=5e-6)
    assert value[10.0, "hard"] == pytest.approx(0.049188, abs=5e-6)
    assert value[2.0, "any"] == pytest.approx(pruned_error(1.0, 1.0))


def test_theory_keeps_the_easy_end_of_scarce_data():
    assert best(plan(examples_per_dimension=[2.0]))["keep"] == "easy"


def test_theory_needs_no_law_of_pools():
    fit = fit_of(laws["power_law"], {"E": 1.7, "A": 60.0, "alpha": 0.4})
    rows = PLANS["plan_pruning"].build(fit, study_of(examples_per_dimension=[2.0], keep_fraction=[0.5]), pl.DataFrame())
    assert set(rows["approach"]) == {"saddle_point"}


def test_a_study_that_does_not_ask_gets_no_rows():
    assert plan(data_seen=[4e6]).is_empty()


def test_the_best_choice_and_the_theory_are_said_in_words():
    rows = plan(data_seen=[1e6], keep_fraction=[0.5, 0.25], examples_per_dimension=[2.0])
    first, theory = [said for row in rows.to_dicts() if (said := words.sentence("plan_pruning", row | {"grade": None}, "token"))]
    assert first.startswith("With 1.0 M tokens, keep the easiest 25 %; expect an error of")
    assert theory.startswith(
        "Where there are 2 examples for each input dimension, a perceptron student errs least (0.182) if you keep"
    )


def test_its_outline_has_a_row_for_each_budget_without_a_none():
    rows = plan(data_seen=[1e6, 1e9], keep_fraction=[0.5, 0.25], examples_per_dimension=[2.0]).to_dicts()
    found = outline("pruning", [row | {"grade": None} for row in rows], "sample")
    assert len(found.rows) == 3
    assert all("None" not in cell and "nan" not in cell for row in found.rows for cell in row)


def test_a_compute_budget_gives_each_choice_its_own_model_size():
    law = laws["pooled_effective_loss"]
    values = {"E": 1.7, "A": 500.0, "B": 1500.0, "alpha": 0.35, "beta": 0.35, "q": FALLING["q"], "R": FALLING["R"]}
    runs = pool_runs(dict(zip(BINS, SIZES, strict=True)), seen=8e6).with_columns(params=pl.lit(1e5))
    rows = PLANS["plan_pruning"].build(fit_of(law, values, BINS), study_of(flops=[1e14], keep_fraction=[0.5]), runs)
    assert rows["params"].n_unique() == rows.height == 4
    np.testing.assert_allclose(6 * rows["params"] * rows["data_seen"], 1e14)
