"""Schedules and their areas: the reference's worked schedule, the released learning-rate logs, and what an area must obey."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.study.derived.schedules import (
    annealing_area,
    annealing_columns,
    constant,
    cosine,
    drop_groups,
    drop_members,
    two_stage,
    wsd,
)

PEAK, FINAL, WARMUP = 3e-4, 3e-5, 2160
LOGGED = {
    "constant_24000": constant(PEAK, WARMUP, 24000),
    "cosine_24000": cosine(PEAK, FINAL, WARMUP, 24000),
    "cosine_72000": cosine(PEAK, FINAL, WARMUP, 72000),
    "wsd_20000_24000": wsd(PEAK, FINAL, WARMUP, 20000, 24000, "exponential"),
    "wsdld_20000_24000": wsd(PEAK, FINAL, WARMUP, 20000, 24000, "linear"),
}


def test_the_worked_schedule_has_the_worked_areas() -> None:
    lr = np.concatenate([np.full(1000, 3e-4), np.linspace(3e-4, 3e-5, 500)])
    s1, s2 = annealing_area(lr)
    assert s1[-1] == pytest.approx(0.3825, abs=1e-12)
    assert s2[-1] == pytest.approx(0.0575597497, abs=1e-10)


def test_areas_of_a_real_cosine_with_warm_up() -> None:
    """The reference counts steps from 0, the warm-up as 2160 points from 0 to the peak: half a peak step more than here."""
    history = np.concatenate([np.linspace(0, PEAK, WARMUP), LOGGED["cosine_24000"][WARMUP - 1 : 23920]])
    s1, s2 = annealing_area(history, warmup=WARMUP)
    assert (s1[-1], s2[-1]) == pytest.approx((3.9253648, 0.2670398), abs=6e-8)
    row = annealing_columns(LOGGED["cosine_24000"], np.array([23920]), warmup=WARMUP).row(0, named=True)
    assert row["s1"] == pytest.approx(3.9253648 - PEAK / 2, abs=1e-7)
    assert row["s2"] == pytest.approx(0.2670398, abs=1e-7)


@pytest.mark.parametrize("name", sorted(LOGGED))
def test_schedules_are_the_released_learning_rates(name: str, shared_data: Path) -> None:
    log = pl.read_csv(shared_data / "multi_power_law" / "25M" / f"{name}.csv")
    np.testing.assert_allclose(LOGGED[name][log["step"].to_numpy() - 1], log["lr"].to_numpy(), rtol=1e-12)


@given(decay=st.floats(0.9, 0.9999), start=st.integers(1, 50), fall=st.floats(1e-5, 2e-4))
def test_a_constant_rate_does_not_anneal_and_any_fall_does(decay: float, start: int, fall: float) -> None:
    flat = np.full(100, 3e-4)
    fallen = np.where(np.arange(100) < start, 3e-4, 3e-4 - fall)
    assert np.all(annealing_area(flat, decay)[1] == 0)
    assert np.all(annealing_area(fallen, decay)[1][start:] > 0)


def test_two_stages_switch_after_the_given_step() -> None:
    lr = two_stage(PEAK, 9e-5, WARMUP, 8000, 16000)
    assert (lr[7999], lr[8000]) == (PEAK, 9e-5)


@given(st.integers(1, 400))
def test_grouped_falls_keep_their_sum(step: int) -> None:
    lr = cosine(PEAK, FINAL, 20, 400)
    assert drop_groups(lr, step)["lr_drop"].sum() == pytest.approx(-lr[step - 1], abs=1e-18)


def test_grouping_moves_the_multi_power_law_by_less_than_its_misfit() -> None:
    """Grouped against every single step: 3e-5 relative, where the law misses real losses by some 1e-3."""
    law, lr, steps = laws["multi_power_law"], LOGGED["wsd_20000_24000"], np.array([2176, 12000, 20100, 23904])
    theta = np.array([[law.published[0].values[p.name] for p in law.parameters]], dtype=float)
    grouped = compiled(law).value(theta, rows_from_frame(law, drop_members(lr, steps)))
    single = compiled(law).value(theta, rows_from_frame(law, drop_members(lr, steps, recent=24000)))
    np.testing.assert_allclose(grouped, single, rtol=3e-5)
