"""The campaign of planted runs, held to its targets: nine of ten are named where the plan moves, a sound sweep names nobody."""

import pytest

from tests.campaigns.planted_runs import GROUPED, SEEDS, SWEEPS, false_alarms, outcomes, shared


@pytest.mark.slow
@pytest.mark.parametrize("name", SWEEPS)
def test_planted_runs_are_named_where_the_plan_moves(name: str) -> None:
    moving = [outcome for outcome in outcomes(name) if outcome.moved > 1]
    assert sum(outcome.named for outcome in moving) >= 0.9 * len(moving)


@pytest.mark.slow
def test_at_most_one_sound_sweep_in_twenty_names_a_run() -> None:
    alarms = [count > 0 for name in SWEEPS for count in false_alarms(name)]
    assert len(alarms) == SEEDS * len(SWEEPS)
    assert sum(alarms) <= 0.05 * len(alarms)


@pytest.mark.slow
@pytest.mark.parametrize("name", SWEEPS)
@pytest.mark.parametrize("fault", GROUPED)
def test_a_fifth_of_the_runs_that_share_a_slip_is_named_in_nine_sweeps_of_ten(name: str, fault: str) -> None:
    assert sum(shared(name, fault, seed) for seed in range(SEEDS)) >= 0.9 * SEEDS
