"""Drafts of maps for tables whose amounts follow from others (budgets of compute, steps of a batch), and for a run a row."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.readers.drafts.asked import series_beside_steps
from pipeline.readers.drafts.drafted_data import drafted_amounts
from pipeline.readers.drafts.nearest_table import table_draft
from tests.ingest.conftest import Dropbox
from tests.readers.test_drafts_of_tables import drafted
from tests.readers.test_nearest_formats import said

LENGTH = 2048


def swept(*, named: str = "job_name") -> str:
    """Sizes by data and batch: a row a run, with the steps that it took."""
    runs = [(size, data, batch) for size in (10**8, 10**9) for data in (2 * 10**9, 8 * 10**9) for batch in (256, 512)]
    rows = (
        f"n{size}-d{data}-b{batch},{size},{data},{batch},{round(data / batch / LENGTH)},{round(data / LENGTH)},3.{place}"
        for place, (size, data, batch) in enumerate(runs)
    )
    return f"{named},N,D,gbsz,iteration,train_samples,loss\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize("named", ["job_name", "run", "Run Name", "exp_id", "trial", "experiment.name", "wandb_id"])
def test_a_table_that_names_each_row_is_one_of_runs_though_it_says_their_steps(box: Dropbox, named: str) -> None:
    assert drafted(box, swept(named=named))["kind"] == "runs"
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT count(*), count(DISTINCT run_id) FROM runs") == [(8, 8)]


def test_a_numbered_table_of_a_curve_stays_a_curve(box: Dropbox) -> None:
    rows = "\n".join(f"{place},{100 * place},{4 - place / 10}" for place in range(1, 9))
    assert drafted(box, f"id,step,loss\n{rows}\n")["kind"] == "measurements"


def test_sequences_beside_their_tokens_are_no_unique_data(box: Dropbox) -> None:
    assert "data_unique" not in drafted(box, swept())["columns"]


def test_a_training_set_beside_what_is_seen_of_it_stays_unique_data() -> None:
    values = {"n_train_images": ["1000000", "2000000", "4000000"], "samples_seen": ["8000000", "8000000", "8000000"]}
    assert {"data_unique", "data_seen"} <= {*drafted_amounts(values)}


def test_steps_of_a_batch_say_how_long_a_sequence_is(box: Dropbox) -> None:
    drafted(box, swept())
    box.ingest()
    assert box.rows("SELECT DISTINCT sequence_length, batch_size FROM runs ORDER BY batch_size") == [(LENGTH, 256), (LENGTH, 512)]


def test_steps_of_a_batch_of_tokens_have_sequences_of_one_token() -> None:
    values = {"params": ["1e8", "1e9"], "tokens": ["1e9", "2e9"], "batch_size": ["500000", "1000000"], "steps": ["2000", "2000"]}
    assert drafted_amounts(values)["sequence_length"] == "1"


def test_steps_that_do_not_come_to_the_data_say_no_length() -> None:
    values = {"tokens": ["1e9", "2e9", "4e9"], "batch_size": ["256", "256", "256"], "steps": ["2000", "2000", "2000"]}
    assert "sequence_length" not in drafted_amounts(values)


@given(
    st.lists(st.tuples(st.floats(1e6, 1e11), st.floats(1.0, 1e3)), min_size=2, max_size=20),
    st.sampled_from(["C", "compute_budget", "flops"]),
)
def test_a_budget_of_compute_leaves_a_size_its_tokens(runs: list[tuple[float, float]], name: str) -> None:
    values = {"parameters": [f"{size}" for size, _ in runs], name: [f"{6 * size * size * ratio}" for size, ratio in runs]}
    assert drafted_amounts(values)["data_seen"] == f"{name} / (6 * parameters)"


@pytest.mark.parametrize(
    ("named", "sizes"), [("N", ["125000000", "1300000000"]), ("params_m", ["125", "1300"]), ("params", ["125M", "1.3B"])]
)
def test_a_size_in_whatever_multiple_is_left_its_tokens(box: Dropbox, named: str, sizes: list[str]) -> None:
    rows = "\n".join(f"{name},{size},1e20,3.{name}" for name, size in enumerate(sizes))
    drafted(box, f"run,{named},compute_budget,val_loss\n{rows}\n")
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT data_seen FROM runs ORDER BY params") == [
        (pytest.approx(1e20 / 6 / 1.25e8),),
        (pytest.approx(1e20 / 6 / 1.3e9),),
    ]


def test_what_is_seen_in_epochs_says_no_length_of_sequences() -> None:
    values = {"n_train_images": ["1000", "2000"], "epochs": ["2", "4"], "batch_size": ["10", "10"], "steps": ["200", "800"]}
    assert "sequence_length" not in drafted_amounts(values)


def test_flop_of_one_image_leave_no_data() -> None:
    values = {"params": ["25600000", "44500000"], "flops": ["4.1e9", "7.8e9"], "top1_acc": ["0.76", "0.78"]}
    assert "data_seen" not in drafted_amounts(values)


def test_an_isoflop_table_is_a_sweep_of_size_and_data_in_tokens(box: Dropbox, tmp_path: Path) -> None:
    runs = [
        {"parameters": size, "compute_budget": budget, "final_loss": 3.0} for budget in (6e18, 1e19) for size in (10**8, 10**9)
    ]
    file = tmp_path / "isoflops.json"
    file.write_text(json.dumps(runs))
    (box.home.maps / "own.toml").write_text(table_draft(file))
    box.drop("isoflops.json", file.read_text())
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT DISTINCT flops / params / data_seen, data_unit FROM runs") == [(6.0, "token")]


def test_the_name_of_a_curve_says_what_its_run_was_to_see(box: Dropbox) -> None:
    rows = "\n".join(f"{at * 40960},{9 - at / 10}" for at in range(1, 9))
    box.drop("curve_N1238144_D5000000.csv", f"tokens_seen,loss\n{rows}\n")
    (box.home.maps / "own.toml").write_text(said(box).partition("maps/ of the home:\n")[2])
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT params, CAST(tags['data_planned'] AS DOUBLE) FROM runs") == [(1238144, 5e6)]


def test_columns_of_runs_beside_steps_are_told_how_to_be_named(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([["Step", "14b", "8b"], *([step, 0.5 + step / 100, 0.4] for step in range(5))])
    assert "like '14b - accuracy'" in series_beside_steps(file)


def test_a_chart_without_extremes_is_a_chart(box: Dropbox) -> None:
    box.drop("chart.csv", "Step,14b - val/accuracy,8b - val/accuracy\n1,.3,.4\n2,.5,\n3,.55,.65\n")
    report = box.ingest()
    assert (report.totals.quarantined, report.totals.duplicates, report.totals.ingested) == (0, 0, 5)
    counts = "SELECT run_id, count(*) FROM runs JOIN measurements USING (run_key) WHERE metric = 'accuracy' GROUP BY 1 ORDER BY 1"
    assert box.rows(counts) == [("14b", 3), ("8b", 2)]


def test_a_chart_that_has_grown_counts_each_new_value_once(box: Dropbox) -> None:
    box.drop("chart.csv", "Step,a - accuracy,b - accuracy\n1,.3,.4\n")
    box.ingest()
    box.drop("chart.csv", "Step,a - accuracy,b - accuracy\n1,.3,.4\n2,.5,.6\n3,.55,\n")
    report = box.ingest()
    assert (report.totals.duplicates, report.totals.ingested) == (2, 3)
