"""The campaign of planted runs, held to its targets: nine of ten are named where the plan moves, a sound sweep names nobody."""

import polars as pl
import pytest

from pipeline.fitting import Fit, fit
from pipeline.laws import laws
from tests.campaigns.planted_runs import FAULTS, GROUPED, POOLS, SEEDS, SWEEPS, false_alarms, named, outcomes, shared

THOUSANDS = "data in thousands"
BAD = {3: 21, 4: 28}
"""The bad run of two sweeps in which the fit explains it by a pool of endless worth."""


def endless(seed: int) -> tuple[pl.DataFrame, Fit]:
    """Thirty runs on three pools, one of which counts its data in thousands, and the fit to them."""
    frame = FAULTS[THOUSANDS](SWEEPS["pools"])(SWEEPS["pools"].sound(seed), BAD[seed])
    return frame, fit(laws["pooled_effective_data"], frame, draws=10, pools=tuple(POOLS))


@pytest.mark.parametrize("seed", BAD)
def test_a_run_that_makes_a_pools_worth_endless_is_named(seed: int) -> None:
    frame, found = endless(seed)
    told = " ".join(found.certificate.reasons)  # which of the two is said of seed 4 hangs on the kernels of the machine's BLAS
    assert "q[rest] is endless" in told or "q[rest] cannot be told from the other parameters" in told
    assert [(s.run_key, s.cause) for s in named(found, frame)] == [(str(BAD[seed]), "its data_seen is in thousands")]


def test_a_worth_without_end_is_not_called_nothing_and_leaves_the_first_pools_worth_one() -> None:
    _, found = endless(3)
    assert found.parameters["q[best]"] == 1.0
    reasons = " ".join(found.certificate.reasons)
    assert "pooled_effective_data where q[rest] is endless: on these runs any larger value does as well" in reasons
    assert "worth nothing" not in reasons


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
