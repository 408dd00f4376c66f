"""The run logs that ship with the project obey their design and the laws that they were made for."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from data.wind_tunnel.design import expand, load

SHIPPED = Path(__file__).parents[2] / "data" / "runs"
DESIGN = load()
REGISTERED = 11
"""The first wave that was declared, and its sealed runs forecast, before it was trained."""
DECLARED = {run.run_id: run for run in expand(DESIGN) if run.wave > 0}


def table(kind: str, folder: Path = SHIPPED) -> pl.DataFrame:
    """All shipped files of one kind, below `folder`."""
    return pl.concat([pl.read_parquet(path) for path in sorted(folder.rglob(f"*.{kind}.parquet"))], how="diagonal_relaxed")


@pytest.fixture(scope="module")
def runs() -> pl.DataFrame:
    return table("runs")


@pytest.fixture(scope="module")
def measurements() -> pl.DataFrame:
    return table("measurements")


@pytest.fixture(scope="module")
def final(runs: pl.DataFrame, measurements: pl.DataFrame) -> pl.DataFrame:
    """Runs with their clean validation loss at the end."""
    loss = measurements.filter(metric="loss", split="validation")
    last = loss.sort("step").group_by("run_id").last().select("run_id", loss="value")
    return runs.join(last, on="run_id")


def test_every_shipped_run_is_declared_and_shipped_once(runs):
    assert runs["run_id"].is_unique().all()
    assert set(runs["run_id"]) <= set(DECLARED)


def test_at_least_forty_five_runs_are_shipped(runs):
    assert len(runs) >= 45


def test_every_measurement_belongs_to_a_run_and_is_finite(runs, measurements):
    assert set(measurements["run_id"]) == set(runs["run_id"])
    assert measurements["value"].is_finite().all()
    assert measurements["value"].dtype == pl.Float64


def test_no_curve_point_is_logged_twice(measurements):
    assert not measurements.select("run_id", "metric", "split", "task", "step").is_duplicated().any()


def test_flops_are_six_times_parameters_times_tokens(runs):
    constant = runs.filter(pl.col("change").is_null())
    assert np.allclose(constant["flops"], 6.0 * constant["params"] * constant["data_seen"], rtol=1e-9)


def test_columns_repeat_what_the_design_declares(runs):
    for row in runs.iter_rows(named=True):
        run = DECLARED[row["run_id"]]
        assert (row["data_seen"], row["peak_lr"], row["seed"], row["width"]) == (run.tokens, run.lr, run.seed, run.width)
        assert row["dataset"] == run.dataset


def test_a_steps_tokens_are_sequences_times_their_length(runs, measurements):
    steps = measurements.group_by("run_id").agg(pl.col("step").max())
    seen = runs.join(steps, on="run_id").select(pl.col("step") * pl.col("batch_size") * pl.col("sequence_length"), "data_seen")
    assert np.allclose(seen["step"], seen["data_seen"])


def test_shares_of_every_union_sum_to_one_and_its_parts_to_its_size():
    members, pools = table("pool_members").unique(), table("pools").unique(["pool", "dataset"])
    for (pool,), part in members.group_by("pool"):
        assert part["share"].sum() == pytest.approx(1)
        assert part["data_unique"].sum() == pools.filter(pl.col("pool") == pool)["data_unique"][0]


def test_five_atomic_pools_are_ranked_by_quality():
    ranked = pl.col("quality_rank").is_not_null() & (pl.col("dataset") == "wind-tunnel-pools")
    pools = table("pools").filter(ranked).unique(["pool", "quality_rank"])
    assert sorted(pools["quality_rank"]) == [1, 2, 3, 4, 5]


def test_the_quality_rank_is_the_order_of_single_pools_on_clean_text(final):
    singles = final.filter(group="pools", data_seen=1572864.0, seed=0, size="d32").filter(pl.col("lr_schedule") == "cosine")
    losses = dict(singles.select("pool", "loss").iter_rows())
    ranked = [level["pool"] for level in DESIGN["pools"]["levels"]]
    assert sorted(ranked, key=losses.__getitem__) == ranked


def test_loss_falls_with_tokens_at_every_size(final):
    for _, one in final.filter(group="grid", seed=0).group_by("params"):
        losses = one.sort("data_seen")["loss"].to_list()
        assert losses == sorted(losses, reverse=True)


def test_isoflop_minima_are_bracketed_at_all_five_budgets(final):
    grid = final.filter(group="grid", seed=0).with_columns(budget=pl.col("flops").log10().round(1))
    bracketed = 0
    for _, one in grid.group_by("budget"):
        losses = one.sort("params")["loss"].to_list()
        bracketed += 0 < int(np.argmin(losses)) < len(losses) - 1
    assert bracketed == grid["budget"].n_unique() == 5


def test_sixteen_epochs_are_worth_less_than_fresh_tokens(final):
    repeated = final.filter(group="repetition", data_seen=2097152.0, data_unique=131072.0, size="d32", seed=0)["loss"][0]
    fresh = final.filter(group="grid", size="d32", seed=0).sort("data_seen")
    expected = np.interp(np.log(2097152), np.log(fresh["data_seen"]), fresh["loss"])
    assert repeated > expected + 0.02


def test_shipped_logs_stay_below_six_megabytes():
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*.parquet")) < 6e6


def test_at_least_120_runs_and_12_sealed_ones_are_shipped(runs):
    sealed = table("runs", SHIPPED / "sealed")
    assert len(runs) >= 120
    assert len(sealed) >= 12
    assert set(sealed["run_id"]) <= {run_id for run_id, run in DECLARED.items() if run.sealed}


def test_only_runs_that_were_forecast_first_may_still_be_untrained(runs):
    missing = {DECLARED[run_id].wave for run_id in set(DECLARED) - set(runs["run_id"])}
    assert all(wave >= REGISTERED for wave in missing)


def test_four_sealed_runs_are_four_times_beyond_every_run_that_their_study_fits(runs):
    open_runs = runs.filter(~pl.col("run_id").str.starts_with("sealed") & (pl.col("dataset") == "wind-tunnel-grid"))
    beyond = runs.filter(pl.col("flops") >= 4 * open_runs["flops"].max())
    assert len(beyond) >= 4
    assert beyond["run_id"].str.starts_with("sealed").all()


def test_eight_sealed_mixtures_are_trained_in_no_open_run_and_again_only_far_beyond_them(runs):
    sealed, others = (runs.filter(test) for test in (pl.col("group") == "sealed-mixtures", pl.col("group") != "sealed-mixtures"))
    mixtures = set(sealed["pool"])
    assert len(mixtures) >= 8
    again = others.filter(pl.col("pool").is_in(mixtures))
    assert set(again["group"]) <= {"sealed-pools"}
    assert (again["data_seen"] > 3 * sealed["data_seen"].max()).all()


def test_the_best_learning_rate_is_inside_the_grid_at_every_size_and_batch(final):
    for _, one in final.filter(group="lrbatch").group_by("size", "batch_size"):
        losses = one.sort("peak_lr")["loss"].to_list()
        assert 0 < int(np.argmin(losses)) < len(losses) - 1


def test_seeds_differ_by_less_than_a_quarter_of_what_doubling_the_budget_brings(final):
    grid = final.filter(group="grid").with_columns(spread=pl.col("loss").std().over("size", "data_seen"))
    assert grid["spread"].drop_nulls().median() < 0.09 / 4


def test_seeds_of_a_pool_differ_by_less_than_the_pools_do(final):
    """The gaps between a set and the next best are near that spread: 0.01 (the data card says so)."""
    pools = final.filter(group="pools", size="d32").filter(pl.col("pool").is_in(["clean", "best2", "best3"]))
    several = pools.with_columns(seeds=pl.len().over("pool", "data_seen")).filter(pl.col("seeds") >= 3)
    spread = several.group_by("pool", "data_seen").agg(pl.col("loss").std())["loss"].median()
    alone = final.filter(group="pools", size="d32", seed=0, data_seen=1572864.0)
    assert spread < 0.1 * np.ptp(alone["loss"].to_numpy())


def test_the_shipped_sizes_span_the_decades_that_the_design_asks(final):
    """1.5 decades of size and of tokens, the sealed runs among them."""
    grid = final.filter(dataset="wind-tunnel-grid")
    assert np.log10(grid["params"].max() / grid["params"].min()) > 1.5
    assert np.log10(grid["data_seen"].max() / grid["data_seen"].min()) > 1.5
