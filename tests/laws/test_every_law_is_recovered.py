"""Every law of the registry gets its constants back from noise-free runs by the project's own fit; unidentified ones predict."""

from pathlib import Path

import numpy as np
import pytest
from noise_free import observed

from pipeline.fitting import fit
from pipeline.laws import laws

PLAIN = sorted(name for name, law in laws.items() if not law.pooled)
ELSEWHERE = {  # laws over members need frames of their own kind: the file that recovers each
    "repeated_utility": "test_recovery.py",
    "repeated_utility_released": "test_recovery.py",
    "effective_data": "test_recovery.py",
    "pooled_effective_data": "test_recovery.py",
    "annealed_effective_data": "test_recovery.py",
    "pooled_effective_loss": "test_recovery.py",
    "pooled_effective_loss_by_size": "test_recovery.py",
    "projektor": "test_projektor.py",
    "projektor_released": "test_projektor.py",
    "multi_power_law": "test_breadth.py",
    "exponential_mixing": "test_breadth.py",
    "effective_mixing": "test_breadth.py",
    "linear_mixing": "test_breadth.py",
    "family_skill": "test_breadth.py",
    "pooled_logarithmic_loss": "test_mixtures_that_move.py",
    "pooled_priced_loss": "test_mixtures_that_move.py",
    "pooled_logarithmic_data": "test_recovery.py",
    "pooled_priced_data": "test_recovery.py",
    "share_power": "test_mixtures_that_move.py",
    "scarce_target": "test_mixtures_that_move.py",
    "additive_mixture": "test_mixtures_that_move.py",
    "joint_mixture": "test_mixtures_that_move.py",
    "harmful_pool": "test_mixtures_that_move.py",
}
NOT_IDENTIFIED = {  # why no data tell the parameters apart
    "verifier_accuracy": "completeness only multiplies the success rates of the two kinds of task",
    "verifier_flukes": "soundness and the share of easy tasks trade off where only wrong answers are seen",
}
HELD = {"farseer": ("weight_power", "rate_power")}  # each slope and its power are told apart only beyond any real range of sizes


def test_no_law_of_the_registry_lacks_a_test_of_recovery() -> None:
    assert sorted([*PLAIN, *ELSEWHERE]) == sorted(laws)
    here = Path(__file__).parent
    assert [name for name, file in ELSEWHERE.items() if f'"{name}"' not in (here / file).read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("name", PLAIN)
def test_constants_come_back_from_noise_free_runs(name: str) -> None:
    law = laws[name]
    frame = observed(law)
    given = {parameter: float(law.example[parameter]) for parameter in HELD.get(name, ())}  # type: ignore[arg-type]  # shared: numbers
    found = fit(law, frame, draws=0, fix=given or None)
    values = frame["value"].to_numpy()
    np.testing.assert_allclose(found.value(frame), values, rtol=1e-6, atol=1e-9 * np.abs(values).max())
    if name not in NOT_IDENTIFIED:
        for parameter in law.parameters:
            assert found.parameters[parameter.name] == pytest.approx(law.example[parameter.name], rel=1e-6, abs=1e-9), (
                parameter.name
            )


@pytest.mark.parametrize("name", sorted(NOT_IDENTIFIED))
def test_constants_that_no_data_identify_are_refused(name: str) -> None:
    assert fit(laws[name], observed(laws[name]), draws=4).certificate.grade == "refused"


def test_exponents_are_told_apart_by_the_chosen_columns() -> None:
    """Noise-free recovery means something only where columns do not move together."""
    frame = observed(laws["chinchilla"])
    assert abs(np.corrcoef(np.log(frame["params"]), np.log(frame["data_seen"]))[0, 1]) < 0.3
