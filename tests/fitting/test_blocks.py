"""The held-out design: blocks along every axis, the same for all rivals, none of which cuts an isoFLOP profile."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import common_design, fit
from pipeline.fitting.effort import REPLAY
from pipeline.fitting.evidence.blocks import TOLERANCE, design, levels
from pipeline.fitting.evidence.weights import judge
from pipeline.laws import laws
from pipeline.laws.law import Law, Objective, Parameter, run_column

E, A, alpha = (Parameter("E", "real", start=(-2.0, 2.0)), Parameter("A"), Parameter("alpha"))
SIGNED = Law(
    name="signed_power",
    formula=E.symbol + A.symbol / (run_column("data_seen") / 1e6) ** alpha.symbol,
    parameters=(E, A, alpha),
    columns=("data_seen",),
    response="score",
    linear=("E", "A"),
    question="How does a normalised score fall?",
    source="here",
    objective=Objective("linear", "l2"),
)


def profiles(jitter: float = 0.25, seed: int = 0) -> pl.DataFrame:
    """Five isoFLOP profiles whose budgets jitter, a quarter of a decade apart at least."""
    rng = np.random.default_rng(seed)
    budget = np.repeat([1e17, 3e17, 1e18, 3e18, 1e19], 8)
    params = np.tile(np.geomspace(1e7, 1e9, 8), 5)
    spread = budget * (1 + jitter * rng.random(40))
    return pl.DataFrame({
        "run_key": [f"run {i}" for i in range(40)],
        "params": params,
        "data_seen": spread / 6 / params,
        "value": 1.8 + 400 / params**0.34 + 2000 / (spread / 6 / params) ** 0.37,
    })  # fmt: skip


def test_budgets_of_one_profile_are_one_level() -> None:
    frame = profiles()
    cost = 6 * frame["params"].to_numpy() * frame["data_seen"].to_numpy()
    np.testing.assert_array_equal(levels(cost), np.repeat(range(5), 8))


@pytest.mark.parametrize("seed", range(3))
def test_no_origin_cuts_a_profile_and_the_top_profile_is_held_out_once(seed: int) -> None:
    frame = profiles(seed=seed)
    found = [block for block in design(frame, ["params", "data_seen"], 5).blocks if block.axis == "compute"]
    assert [int(block.test.sum()) for block in found if block.test.sum() == 8] == [8]
    for block in found:
        assert {int(n) for n in np.add.reduceat(block.train.astype(int), range(0, 40, 8))} <= {0, 8}
        assert not (block.train & block.test).any()


def test_origins_reach_a_decade_and_record_how_far() -> None:
    found = [block for block in design(profiles(), ["params", "data_seen"], 5).blocks if block.axis == "compute"]
    assert max(block.reach for block in found) > 0.9
    assert all(block.distance[block.test].min() > 0 for block in found)


def test_every_rival_is_trained_and_scored_on_the_same_rows() -> None:
    frame = profiles()
    rivals = [laws[name] for name in ("chinchilla", "gadre", "power_law")]
    blocks = common_design(rivals, frame)
    scored = [fit(law, frame, draws=0, design=blocks).held_out for law in rivals]
    places = [one.select("kind", "part", "run_key", "row").rows() for one in scored if one is not None]
    assert places[0] == places[1] == places[2]


def test_repeated_runs_are_held_out_from_those_that_repeat_less() -> None:
    unique = np.tile([1e8, 2e8, 4e8], 10)
    epochs = np.repeat([1.0, 2.0, 4.0, 8.0, 16.0], 6)
    frame = pl.DataFrame({"params": np.tile(np.geomspace(1e7, 1e8, 5), 6), "data_seen": unique * epochs, "data_unique": unique})
    found = [b for b in design(frame, ["params", "data_seen", "data_unique"], 5).blocks if b.axis == "epochs"]
    assert found
    assert all(epochs[block.train].max() < epochs[block.test].min() for block in found)


def test_mixtures_and_schedules_are_left_out_one_at_a_time() -> None:
    shares = [{"a": 1.0}, {"b": 1.0}, {"a": 0.5, "b": 0.5}, {"a": 0.2, "b": 0.8}, {"a": 0.8, "b": 0.2}] * 6
    members = [[{"pool": pool, "share": share} for pool, share in row.items()] for row in shares]
    frame = pl.DataFrame(
        {"data_seen": np.geomspace(1e6, 1e8, 30), "members": members, "lr_schedule": ["wsd", "cosine", "flat"] * 10}
    )
    found = design(frame, ["data_seen", "data_planned"], 3).blocks
    mixed = [block for block in found if block.axis == "mixture"]
    assert [int(block.test.sum()) for block in mixed] == [6, 6, 6]
    assert [int(block.test.sum()) for block in found if block.axis == "schedule"] == [10, 10, 10]


def test_mixtures_of_which_nothing_says_the_cost_are_left_out_without_a_distance() -> None:
    """A numerical warning is an error here: a cohort of mixtures of one size and budget logs neither."""
    shares = [{"a": 1.0}, {"a": 0.5, "b": 0.5}, {"a": 0.2, "b": 0.8}, {"a": 0.8, "b": 0.2}] * 4
    frame = pl.DataFrame({"members": [[{"pool": pool, "share": share} for pool, share in row.items()] for row in shares]})
    found = design(frame, [], 3).blocks
    assert {block.axis for block in found} == {"mixture"}
    assert all((block.distance == 0).all() for block in found)


def test_a_single_curve_is_held_out_in_stretches() -> None:
    seen = np.geomspace(1e6, 1e9, 40)
    frame = pl.DataFrame({"run_key": ["only"] * 40, "data_seen": seen, "value": 2.0 + 50 / seen**0.3})
    held = fit(laws["power_law"], frame, draws=0).held_out
    assert held is not None
    assert held["run_key"].n_unique() >= 2


def test_a_response_of_either_sign_is_held_out_in_its_own_unit() -> None:
    seen = np.geomspace(1e6, 1e9, 30)
    value = 5 / (seen / 1e6) ** 0.5 - 1 + 0.01 * np.random.default_rng(1).standard_normal(30)
    found = fit(SIGNED, pl.DataFrame({"data_seen": seen, "value": value}), draws=64)
    assert found.held_out is not None
    assert found.held_out["error"].is_finite().all()
    ahead = found.predict(pl.DataFrame({"data_seen": [1e10]}), new_run=True)
    assert ahead["predicted_low"][0] < ahead["predicted"][0] < 0
    assert ahead["predicted_high"][0] - ahead["predicted_low"][0] < 0.5


def test_the_tolerance_is_that_of_a_profile() -> None:
    assert levels(np.array([1.0, 1 + TOLERANCE, 1.01 * (1 + TOLERANCE)])).tolist() == [0, 0, 1]


def few_lengths() -> pl.DataFrame:
    """One model on two pools at three schedule lengths, as of OpenCLIP: six runs, the levels of which no origin can spare."""
    seen, unique = (each.ravel() for each in np.meshgrid([2.5e9, 1.3e10, 3.4e10], [8e7, 4e8]))
    error = 0.2 + 3.0 * (unique * (1 + 10 * (1 - np.exp(-seen / unique / 10)))) ** -0.12
    wiggle = 1 + 0.004 * np.array([1.0, -1.0, 0.5, -0.5, 1.0, -1.0])
    return pl.DataFrame({"run_key": [f"r{k}" for k in range(6)], "data_seen": seen * np.array([1.0, 1, 1, 1.02, 1.02, 1.02]),
                         "data_unique": unique, "value": error * wiggle})  # fmt: skip


def test_a_set_too_small_for_an_origin_has_each_of_its_levels_left_out() -> None:
    frame = few_lengths()
    found = design(frame, ["data_seen", "data_unique"], 3).blocks
    left_out = {tuple(frame["data_seen"].filter(pl.Series(block.test)).sort()) for block in found}
    assert left_out == {tuple(own["data_seen"].sort()) for _, own in frame.group_by(pl.col("data_seen").log10().round(1))}
    assert {int(block.train.sum()) for block in found} == {4}


def test_a_set_with_an_origin_leaves_no_level_out() -> None:
    assert {block.axis for block in design(profiles(), ["params", "data_seen"], 5).blocks} == {"compute", "size", "data"}


def test_laws_are_weighed_by_what_they_missed_where_only_levels_can_be_left_out() -> None:
    frame, rivals = few_lengths(), [laws[name] for name in ("logarithmic_repetition", "exponential_repetition")]
    shared = common_design(rivals, frame)
    judged = judge([fit(law, frame, draws=20, design=shared, effort=REPLAY) for law in rivals])
    assert judged.runs == 6
    assert np.isfinite(judged.error).all()


def test_of_as_many_runs_as_parameters_nothing_is_held_out() -> None:
    assert not design(few_lengths()[:4], ["data_seen", "data_unique"], 3).blocks
