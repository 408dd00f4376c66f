"""What of the runs is tagged and yet varies by design: axes, and what keeps runs of one size and data apart."""

from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_home import own_home

from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.store.statements import sql
from pipeline.store.warehouse import Warehouse
from pipeline.study.proposals.axes import Varied, varied
from pipeline.study.told_runs import tell_runs


def tagged(root: Path, runs: pl.DataFrame, metric: str, goal: str) -> Varied:
    """What is told of runs that were dropped as a table of their own."""
    home: Home = own_home(root)
    (home.inbox / "lab").mkdir(parents=True)
    known = runs.with_columns(run_id=pl.format("r{}", pl.int_range(pl.len())), status=pl.lit("finished"), dataset=pl.lit("web"))
    known.write_csv(home.inbox / "lab" / "own.runs.csv")
    ingest(home)
    with Warehouse(home) as warehouse:
        tell_runs(warehouse.connection)
        warehouse.connection.execute(sql("view_surveyed_runs"))
        place = {"namespace": "lab", "dataset": "web", "metric": metric, "split": "", "task": ""}
        return varied(warehouse.connection, place, goal)


def pruned(share: float) -> pl.DataFrame:
    """Two methods at six sparsities and two retrainings; `share` of the sparsities is 0, which no power of it has."""
    rows = list(product(("magnitude", "wanda"), (share, 0.25, 0.5, 0.75, 0.9, 0.95), (1000, 5000)))
    score = [0.7 - 0.3 * s**2 / (t / 1000) ** 0.3 - 0.05 * s * (m == "magnitude") for m, s, t in rows]
    return pl.DataFrame(rows, schema=["method", "sparsity", "retrain", ], orient="row").with_columns(
        pl.Series("metric:score_of_pruned", score)
    )  # fmt: skip


@pytest.mark.parametrize("least", [0.0, 0.1])
def test_a_share_that_hurts_is_an_axis_by_what_it_leaves(tmp_path: Path, least: float) -> None:
    (axis,) = tagged(tmp_path, pruned(least), "score_of_pruned", "higher").axes
    assert (axis.name, axis.derive, set(axis.apart)) == ("sparsity", "1 - sparsity", {"tags.method", "tags.retrain"})
    assert axis.values == pytest.approx((0.05, 0.1, 0.25, 0.5, 0.75, 1 - least))


def precise(effect: float) -> pl.DataFrame:
    """Sizes, data and bits of which the loss takes `effect`, in noise."""
    rows = list(product((1e8, 3e8, 1e9), (1e9, 1e10, 1e11), (4.0, 8.0, 16.0)))
    noise = np.random.default_rng(0).normal(0, 0.01, len(rows))
    loss = [2 + (1e7 / n) ** 0.3 + (1e8 / d) ** 0.3 + effect / b + e for (n, d, b), e in zip(rows, noise, strict=True)]
    return pl.DataFrame(rows, schema=["params", "data_seen", "bits"], orient="row").with_columns(pl.Series("metric:loss", loss))


def test_runs_of_one_size_and_data_that_a_tag_moves_the_same_way_are_kept_apart_by_it(tmp_path: Path) -> None:
    found = tagged(tmp_path, precise(2.0), "loss", "lower")
    assert found.apart == (("tags.bits", 9),)
    assert [(axis.name, axis.derive) for axis in found.axes] == [("bits", "bits")]


def test_a_tag_that_moves_nothing_keeps_no_runs_apart(tmp_path: Path) -> None:
    assert tagged(tmp_path, precise(0.0), "loss", "lower").apart == ()


def test_what_was_measured_of_each_run_is_no_setting(tmp_path: Path) -> None:
    """A run time has its own value in every run: no line lies along the other tags, all else alike."""
    runs = pruned(0.0)
    timed = runs.with_columns(pl.Series("seconds", np.linspace(10, 20, runs.height)), pl.Series("host", ["a"] * runs.height))
    (axis,) = (each for each in tagged(tmp_path, timed, "score_of_pruned", "higher").axes if each.name == "sparsity")
    assert set(axis.apart) == {"tags.method", "tags.retrain"}


def test_a_tag_whose_values_all_follow_from_another_adds_no_group(tmp_path: Path) -> None:
    runs = pruned(0.0).with_columns(paper=pl.when(pl.col("method") == "wanda").then(2023).otherwise(2015))
    (axis,) = tagged(tmp_path, runs, "score_of_pruned", "higher").axes
    assert len(axis.apart) == 2


def test_a_tag_that_only_repeats_what_a_column_says_is_no_axis(tmp_path: Path) -> None:
    """A map with tags = ["*"] keeps the columns that it reads as tags too."""
    runs = precise(2.0)
    twice = runs.with_columns(
        (pl.col("params") / 1e6).alias("Params (M)"),
        (pl.col("data_seen") / 1e9).alias("tokens_b"),
        pl.col("metric:loss").alias("ppl"),
    )
    found = tagged(tmp_path, twice, "loss", "lower")
    assert [axis.name for axis in found.axes] == ["bits"]
    assert found.apart == (("tags.bits", 9),)


def architectures(effect: float, apart: float = 1.3) -> pl.DataFrame:
    """Two architectures of sizes `apart` by a factor, one of which has `effect` more loss, in noise."""
    rows = list(product(("gpt", "mamba"), (1e7, 3e7, 1e8, 3e8), (1e9, 1e10, 1e11)))
    noise = np.random.default_rng(1).normal(0, 0.005, len(rows))
    worse = [(a == "mamba") * effect for a, _, _ in rows]
    sizes = [n * (apart if a == "mamba" else 1) for a, n, _ in rows]
    loss = [2 + 400 / n**0.34 + 400 / d**0.28 + w + e for n, (_, _, d), w, e in zip(sizes, rows, worse, noise, strict=True)]
    return pl.DataFrame({"architecture": [a for a, _, _ in rows], "params": sizes, "data_seen": [d for _, _, d in rows],
                         "metric:loss": loss})  # fmt: skip


def test_architectures_of_other_sizes_of_which_one_is_better_are_kept_apart(tmp_path: Path) -> None:
    assert tagged(tmp_path, architectures(0.15), "loss", "lower").apart == (("architecture", 12),)


def test_architectures_that_lie_on_one_curve_share_a_fit(tmp_path: Path) -> None:
    assert tagged(tmp_path, architectures(0.0), "loss", "lower").apart == ()


def test_architectures_whose_sizes_do_not_meet_are_not_told_apart(tmp_path: Path) -> None:
    assert tagged(tmp_path, architectures(0.15, 1e3), "loss", "lower").apart == ()


def test_a_number_that_every_run_has_of_its_own_is_no_axis_of_other_settings(tmp_path: Path) -> None:
    rows = list(product(("2M", "20M", "200M", "2B"), ("h1", "h2", "h3", "h5")))
    seconds = np.random.default_rng(1).permutation(np.arange(20, 20 + 7 * len(rows), 7)).astype(float)
    runs = pl.DataFrame(rows, schema=["budget", "horizon"], orient="row").with_columns(
        pl.Series("duration_sec", seconds), pl.Series("metric:loss", [0.2 + 0.1 * "h1h2h3h5".index(h) for _, h in rows])
    )
    assert tagged(tmp_path, runs, "loss", "lower").axes == ()


def test_a_number_that_every_run_has_of_its_own_is_an_axis_where_nothing_else_varies_beside_it(tmp_path: Path) -> None:
    hours = [1.5, 3.1, 6.3, 12.0, 25.0]
    runs = pl.DataFrame({"train_hours": hours, "kind": ["a", "a", "a", "b", "b"], "metric:loss": [2 + h**-0.5 for h in hours]})
    assert [axis.name for axis in tagged(tmp_path, runs, "loss", "lower").axes] == ["train_hours"]


@pytest.mark.parametrize(("rise", "worse"), [(0.1, ("params",)), (-0.1, ())])
def test_a_loss_that_rises_with_the_size_is_told(tmp_path: Path, rise: float, worse: tuple[str, ...]) -> None:
    sizes = [2e6, 2e7, 2e8, 2e9]
    runs = pl.DataFrame({"params": sizes, "metric:loss": [2 + rise * np.log10(n / 1e6) for n in sizes]})
    assert tagged(tmp_path, runs, "loss", "lower").worse == worse
