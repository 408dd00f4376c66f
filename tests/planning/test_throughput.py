"""MFU, goodput and the pipeline bubble against published runs, and from logged rows."""

import polars as pl
import pytest

from pipeline.errors import PlanError
from pipeline.hardware import load_hardware
from pipeline.planning.costs.prices import Attention
from pipeline.planning.costs.throughput import (
    efficiency,
    goodput,
    logged_efficiency,
    mfu,
    pipeline_bubble,
)

PALM = Attention(layers=118, heads=48, head_dim=256, sequence_length=2048)


def test_palm_reaches_46_percent_with_attention_and_less_without():
    assert mfu(238_300, 6144, 275e12, 540.35e9) == pytest.approx(0.4573, abs=1e-4)
    assert mfu(238_300, 6144, 275e12, 540.35e9, PALM) == pytest.approx(0.4623, abs=1e-4)


def test_glm_130b_sixty_days_are_a_quarter_of_the_peak():
    whole = goodput(6 * 130e9 * 400e9, 768 * 60 * 24, 312e12)
    assert whole == pytest.approx(0.2512, abs=1e-4)
    assert whole / 0.325 == pytest.approx(0.77, abs=5e-3)


@pytest.mark.parametrize(
    ("stages", "micro_batches", "bubble"),
    [(4, 16, 0.15789), (8, 8, 0.46667), (8, 32, 0.17949), (8, 176, 0.03825), (16, 64, 0.18987), (1, 1, 0.0)],
)
def test_pipeline_bubble(stages, micro_batches, bubble):
    assert pipeline_bubble(stages, micro_batches) == pytest.approx(bubble, abs=1e-5)


def test_a_pipeline_without_stages_is_refused():
    with pytest.raises(PlanError, match="stages = 0"):
        pipeline_bubble(0, 4)


def logged(n_runs: int = 9, delta: float = 0.1) -> pl.DataFrame:
    counts = [8.0 * 2 ** (i % 3) for i in range(n_runs)]
    speeds = [0.4 * n**-delta * n * 312e12 / 6e9 for n in counts]
    return pl.DataFrame(
        {
            "run_key": [str(i) for i in range(n_runs)],
            "accelerator": ["NVIDIA A100-SXM4-80GB"] * n_runs,
            "accelerator_count": counts,
            "data_per_second": speeds,
            "params": [1e9] * n_runs,
        }
    )


def test_the_loss_with_the_number_of_devices_is_found_in_the_logs():
    found = efficiency(logged_efficiency(logged(), load_hardware()), "a100-80gb")
    assert found is not None
    assert found.scaling == pytest.approx(0.1, abs=1e-9)
    assert found.at(64) == pytest.approx(0.4 * 64**-0.1, rel=0.02)


def test_few_runs_give_a_median_and_no_slope():
    found = efficiency(logged_efficiency(logged(3), load_hardware()), "a100-80gb")
    assert found is not None
    assert found.scaling is None
    assert found.p05 <= found.p10 <= found.median <= found.p95


def test_a_run_counts_once_however_many_rows_it_has():
    frame = pl.concat([logged(3)] * 5)
    assert logged_efficiency(frame, load_hardware()).height == 3


def test_a_share_above_one_is_left_out():
    frame = logged(2).with_columns(data_per_second=pl.lit(1e12))
    assert logged_efficiency(frame, load_hardware()).is_empty()


def test_no_logged_throughput_gives_none():
    assert efficiency(logged_efficiency(logged(2), load_hardware()), "h100-sxm") is None
