"""The share of a run that should anneal, from a fitted schedule law."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import Fit, fit
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.planning.estimators.decay import decay_lengths
from pipeline.study.derived.schedules import annealing_columns, constant, cosine, drop_members, wsd

PEAK, FINAL, WARMUP, TOTAL = 3e-4, 3e-5, 200, 6000
STEPS = np.arange(300, TOTAL + 1, 300)


def fitted(name: str) -> Fit:
    """The law fitted to noise-free curves of its published constants."""
    law, curves = (
        laws[name],
        [constant(PEAK, WARMUP, TOTAL), cosine(PEAK, FINAL, WARMUP, TOTAL), wsd(PEAK, FINAL, WARMUP, 4000, TOTAL)],
    )
    columns = (lambda lr: drop_members(lr, STEPS)) if law.pooled else (lambda lr: annealing_columns(lr, STEPS, warmup=WARMUP))
    frame = pl.concat([columns(lr).with_columns(run_key=pl.lit(str(k))) for k, lr in enumerate(curves)])
    groups = tuple(f"drop {k:03d}" for k in range(60)) if law.pooled else ()
    theta = np.array([[law.published[0].values[p.name] for p in law.parameters]], dtype=float)
    frame = frame.with_columns(value=compiled(law).value(theta, rows_from_frame(law, frame, groups))[0])
    return fit(law, frame, draws=20, pools=groups or None)


@pytest.fixture(scope="module", params=["annealing", "multi_power_law"])
def law_fit(request: pytest.FixtureRequest) -> Fit:
    return fitted(request.param)


def test_the_loss_of_each_share_is_the_laws_at_the_end_of_that_schedule(law_fit: Fit) -> None:
    row = decay_lengths(law_fit, PEAK, FINAL, WARMUP, TOTAL, shares=[0.2], shapes=["linear"]).row(0, named=True)
    history = wsd(PEAK, FINAL, WARMUP, TOTAL - row["decay_steps"], TOTAL)
    last = np.array([TOTAL])
    columns = drop_members(history, last) if law_fit.law.pooled else annealing_columns(history, last, warmup=WARMUP)
    assert row["decay_steps"] == 1160
    assert row["predicted"] == pytest.approx(law_fit.value(columns)[0], rel=1e-12)


def test_the_best_share_lies_between_too_short_and_too_long(law_fit: Fit) -> None:
    found = decay_lengths(law_fit, PEAK, FINAL, WARMUP, TOTAL, shapes=["linear"])
    best = found["share"][0]
    assert 0.05 < best < 0.9
    assert found["predicted"].is_sorted()


def test_the_best_decay_beats_none(law_fit: Fit) -> None:
    history = constant(PEAK, WARMUP, TOTAL)
    last = np.array([TOTAL])
    columns = drop_members(history, last) if law_fit.law.pooled else annealing_columns(history, last, warmup=WARMUP)
    assert decay_lengths(law_fit, PEAK, FINAL, WARMUP, TOTAL)["predicted"].min() < law_fit.value(columns)[0]
