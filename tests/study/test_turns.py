"""Where a metric is best between the ends of what was run: found where it turns beyond doubt, and nowhere else."""

from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_home import own_home, refit_undrawn

from pipeline.ingest.ingest import ingest
from pipeline.store.warehouse import Warehouse
from pipeline.study.proposals.proposal import proposals, survey
from pipeline.study.proposals.turns import turns
from pipeline.study.proposals.written import study_text

RATES = np.geomspace(1e-4, 1e-1, 7)
KNOWN = {"data_seen": 1e6, "batch_size": 8.0, "epochs": 1.0, "architecture": "gpt", "recipe": ""}


def sweep(best: float, bend: float, noise: float = 0.01, sizes: tuple[float, ...] = (1e6,), seed: int = 0) -> pl.DataFrame:
    """Rates at each size: a parabola in ln of the rate around `best`."""
    rng = np.random.default_rng(seed)
    rows = [(size, rate, 3.0 - 0.1 * np.log(size) + bend * np.log(rate / best) ** 2) for size in sizes for rate in RATES]
    frame = pl.DataFrame(rows, schema=["params", "peak_lr", "value"], orient="row")
    return frame.with_columns(pl.col("value") + rng.normal(0, noise, len(rows)), *(pl.lit(v).alias(k) for k, v in KNOWN.items()))


@given(best=st.floats(1e-3, 1e-2), bend=st.floats(0.02, 0.3), sizes=st.sampled_from([(1e6,), (1e6, 4e6)]), seed=st.integers(0, 9))
def test_a_rate_that_is_best_inside_a_sweep_is_an_axis(best: float, bend: float, sizes: tuple[float, ...], seed: int) -> None:
    (axis,) = turns(sweep(best, bend, sizes=sizes, seed=seed), "lower")
    assert (axis.name, axis.derive, axis.values) == ("peak_lr", "peak_lr", pytest.approx(RATES))
    assert axis.apart == (("params",) if len(sizes) > 1 else ())


@pytest.mark.parametrize(("best", "bend"), [(1e-5, 0.05), (1.0, 0.05), (3e-3, 0.0), (3e-3, -0.05)])
def test_a_rate_that_is_best_at_an_end_or_nowhere_is_none(best: float, bend: float) -> None:
    assert turns(sweep(best, bend), "lower") == ()


def test_of_a_score_the_highest_value_counts() -> None:
    (axis,) = turns(sweep(3e-3, -0.05), "higher")
    assert axis.name == "peak_lr"
    assert turns(sweep(3e-3, 0.05), "higher") == ()


def test_four_values_are_too_few_to_tell_a_turn() -> None:
    assert turns(sweep(3e-3, 0.1).filter(pl.col("peak_lr").is_in(RATES[1:5])), "lower") == ()


def test_a_tag_turns_as_a_column_does() -> None:
    tagged = sweep(3e-3, 0.1).rename({"peak_lr": "tags.weight decay"}).with_columns(peak_lr=pl.lit(0.01))
    (axis,) = turns(tagged, "lower")
    assert (axis.name, axis.derive) == ("weight decay", '"weight decay"')


def test_a_sweep_of_one_setting_goes_from_its_table_to_the_best_value(tmp_path: Path) -> None:
    home = own_home(tmp_path / "home")
    runs = sweep(4e-3, 0.1, sizes=(1e6, 4e6)).with_columns(
        run_id=pl.format("r{}", pl.int_range(pl.len())), status=pl.lit("finished")
    )
    (home.inbox / "lab").mkdir(parents=True)
    runs.drop("epochs", "recipe").rename({"value": "metric:loss@validation"}).write_csv(home.inbox / "lab" / "own.runs.csv")
    ingest(home)
    with Warehouse(home) as warehouse:
        found = {proposal.ask.name: proposal for proposal in proposals(survey(warehouse.connection, {}))}
    (home.studies / "best.toml").write_text(study_text(found["best"], "best"))
    refit_undrawn(home)
    with duckdb.connect(str(home.root / "published.duckdb"), read_only=True) as published:
        rows = published.execute("SELECT sought, amount, amount_low, amount_high FROM plan_optimum").fetchall()
    assert len(rows) == 2
    for sought, amount, low, high in rows:
        assert sought == "peak_lr"
        assert low < 4e-3 < high
        assert amount == pytest.approx(4e-3, rel=0.2)
