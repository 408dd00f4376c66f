"""Two recipes along any axis: trainable parameters, experts, hours, bits, denoising steps, samples; sparse against dense."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.families.dropped import printed, published, query, rows

STUDY = """study = "methods"
runs = "dataset = 'tuned'"
metric = "METRIC"
group_by = ["recipe"]
laws = ["LAW"]
derive = { axis = "AXIS" }
draws = 40
"""
AMOUNTS = np.geomspace(1e3, 1e7, 9)
CROSSING = 99437.33


def two(axis: str, metric: str, sign: float) -> pl.DataFrame:
    """Two methods whose curves 3 x^-.1 and 4 x^-.125 cross at 99 437: below a ceiling for a score, above a floor for a loss."""
    curves = {"lora": (3.0, 0.10), "full": (4.0, 0.125)}
    floor = 0.5 if sign < 0 else 1.0
    return pl.concat(
        pl.DataFrame({"run_id": [f"{name}-{i}" for i in range(len(AMOUNTS))], axis: AMOUNTS, "recipe": name,
                      f"metric:{metric}": floor - sign * -scale * AMOUNTS**-power})
        for name, (scale, power) in curves.items()
    ).with_columns(status=pl.lit("finished"), dataset=pl.lit("tuned"), params=pl.lit(7e9))  # fmt: skip


AXES = {
    "trainable_params": "trainable parameters",
    "experts_merged": "merged experts",
    "bits": "bits per weight",
    "nfe": "denoising steps",
    "latency_ms": "ms of latency",
    "hours": "device-hours",
    "my_own_axis": "my_own_axis",
}
"""Columns that studies name, and what people call their amounts."""


@pytest.mark.parametrize("axis", AXES)
def test_methods_are_compared_along_the_axis_that_the_study_names(tmp_path: Path, axis: str) -> None:
    text = STUDY.replace("METRIC", "loss").replace("LAW", "falls_along_axis").replace("AXIS", axis)
    home = published(tmp_path, text, tuned_runs=two(axis, "loss", 1.0))
    (row, *_rest) = rows(home, "SELECT * FROM plan_comparison ORDER BY amount")
    assert row["axis"] == axis
    assert row["crossover"] == pytest.approx(CROSSING, rel=0.02)
    assert row["crossover_flops"] is None
    assert f" {AXES[axis]}" in printed(home, "methods")
    assert rows(home, query("compare_recipes"))


def test_the_least_amount_that_reaches_a_score_is_asked_of_each_method(tmp_path: Path) -> None:
    text = STUDY.replace("METRIC", "score").replace("LAW", "rises_along_axis").replace("AXIS", "trainable_params")
    curve = two("trainable_params", "score", 1.0).with_columns(
        pl.col("trainable_params"), (0.9 - 2 * pl.col("trainable_params") ** -0.25).alias("metric:score")
    )
    home = published(tmp_path, text + '[plan.target]\nfind = "axis"\nreach = [0.8]\n'.replace("\n[", "["), tuned_runs=curve)
    for row in rows(home, "SELECT * FROM best_target"):
        assert row["amount"] == pytest.approx((2 / 0.1) ** 4, rel=0.05)


def test_samples_to_equal_accuracy_are_a_multiplier_along_samples(tmp_path: Path) -> None:
    """A search that needs four times the samples at every accuracy has a multiplier of 4 against the other."""
    ks = 2.0 ** np.arange(0, 9)
    frames = [
        pl.DataFrame({"run_id": [f"{name}-{int(k)}" for k in ks], "samples": ks, "recipe": name,
                      "metric:accuracy_of_search": 0.5 + 0.06 * np.log2(ks / slow) + 0.001 * (-1.0) ** np.arange(len(ks))})
        for name, slow in (("beam", 4.0), ("particles", 1.0))
    ]  # fmt: skip
    frame = pl.concat(frames).with_columns(status=pl.lit("finished"), dataset=pl.lit("tuned"))
    text = STUDY.replace("METRIC", "accuracy_of_search").replace("LAW", "rollouts").replace('derive = { axis = "AXIS" }\n', "")
    home = published(tmp_path, text + 'goal = "higher"\n', tuned_runs=frame)
    assert rows(home, "SELECT note FROM plan_notes WHERE plan = 'plan_comparison'") == []
    (row, *_) = rows(home, "SELECT * FROM plan_comparison")
    assert row["axis"] == "samples"
    assert row["compute_multiplier"] == pytest.approx(4, rel=0.1)


def test_sparse_models_plan_their_active_size_and_are_weighed_against_dense_ones(tmp_path: Path) -> None:
    sizes = [(n, n * r, d) for n in (1e7, 1e8, 1e9) for r in (1.0, 4.0, 16.0) for d in (1e9, 1e10, 1e11)]
    truth = [1.8 + 400 / (n ** (1 - 0.3) * t**0.3) ** 0.34 + 2000 / d**0.37 for n, t, d in sizes]
    frame = pl.DataFrame({"run_id": [f"r{i}" for i in range(len(sizes))], "params_active": [n for n, _, _ in sizes],
                          "params": [t for _, t, _ in sizes], "data_seen": [d for *_, d in sizes], "metric:loss": truth,
                          "status": "finished", "dataset": "moe", "data_unit": "token"})  # fmt: skip
    study = """study = "sparse"
runs = "dataset = 'moe'"
metric = "loss"
laws = ["sparse_size_data"]
draws = 20
[plan]
flops = [1e20]
"""
    home = published(tmp_path, study, moe_runs=frame)
    (row,) = rows(home, "SELECT parameters FROM current_parameters")
    assert dict(row["parameters"])["idle"] == pytest.approx(0.3, rel=0.02)
    (plan,) = rows(home, "SELECT * FROM best_compute_optimal WHERE approach = 'parametric'")
    assert 6 * plan["params"] * plan["data_seen"] == pytest.approx(1e20)
