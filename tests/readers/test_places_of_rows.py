"""What a row of a history says of its place: the trainer's own step, learning rate and data, whichever tracker it told."""

import math
from pathlib import Path
from typing import Any

import pytest

from pipeline.readers import reader_for
from pipeline.readers.histories import history_records
from pipeline.readers.names import logged_number, metric_column, metric_columns
from pipeline.readers.shape import read_head
from tests.ingest.conftest import Dropbox
from tests.readers.test_what_trainers_mean import read, state


def history(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return history_records(list(enumerate(rows, 1)))


@pytest.mark.parametrize("name", ["train/global_step", "trainer/global_step", "global_step"])
def test_the_trainers_step_counts_and_not_that_of_the_tracker(name: str) -> None:
    rows = history(
        {"_step": 0, "train/loss": 3.0, name: 500}, {"_step": 1, "eval/loss": 3.1}, {"_step": 2, "train/loss": 2.5, name: 1000}
    )
    assert [row["step"] for row in rows] == [500, 500, 1000]


def test_tokens_that_count_up_are_the_data_of_a_row() -> None:
    rows = history({"_step": 1, "train/loss": 3.0, "train/tokens": 4096}, {"_step": 2, "train/loss": 2.5, "train/tokens": 8192})
    assert [(row["data_seen"], row["data_unit"]) for row in rows] == [(4096, "token"), (8192, "token")]


def test_tokens_of_a_batch_are_no_amount_seen() -> None:
    rows = history({"_step": 1, "train/loss": 3.0, "train/tokens": 4096}, {"_step": 2, "train/loss": 2.5, "train/tokens": 4096})
    assert not any("data_seen" in row for row in rows)


def test_tokens_of_a_run_that_went_back_once_are_still_its_data() -> None:
    seen = [*range(1, 20), *range(15, 30)]
    rows = history(*({"_step": n, "loss": 3.0, "tokens_seen": n} for n in seen))
    assert [row["data_seen"] for row in rows] == seen


def test_what_is_nested_in_a_row_is_read_and_a_picture_is_not() -> None:
    (row,) = history({"_step": 0, "train": {"loss": 3.0}, "weights": {"_type": "histogram", "values": [1]}})
    assert row == {"row_number": 1, "step": 0, "metric:loss@train/": 3.0}


@pytest.mark.parametrize("name", ["lr", "train/learning_rate", "lr-AdamW", "lr-AdamW/pg1"])
def test_a_learning_rate_by_any_name_is_that_of_the_row(name: str) -> None:
    (row,) = history({"_step": 0, "train/loss": 3.0, name: 1e-3})
    assert row["lr"] == 1e-3


def test_lightning_rows_have_the_rate_of_its_monitor(tmp_path: Path) -> None:
    text = "epoch,lr-AdamW,step,train_loss\n0,0.001,0,\n0,,0,3.5\n0,0.0009,50,\n0,,50,3.4\n"
    found = read(tmp_path / "metrics.csv", text).measurements
    assert found is not None
    assert found.select("step", "lr", "metric:loss@train/").rows() == [("0", "0.001", "3.5"), ("50", "0.0009", "3.4")]


def test_nanogpt_sees_its_tokens_an_iteration(box: Dropbox) -> None:
    said = "tokens per iteration will be: 491,520\nnumber of parameters: 123.59M\n"
    box.drop("train.log", f"{said}step 0: train loss 10.9, val loss 10.9\nstep 2000: train loss 3.5, val loss 3.6\n")
    box.ingest()
    assert box.rows("SELECT params, data_seen, data_unit FROM runs") == [(123.59e6, 2000 * 491520, "token")]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("train.loss", "loss@train/"),
        ("valLoss", "loss@validation/"),
        ("ValidationLoss", "loss@validation/"),
        ("train loss", "loss@train/"),
        ("lm loss", "loss@/"),
        ("lm loss validation", "loss@validation/"),
        ("train/CE loss", "loss@train/"),
        ("eval/c4_en/CrossEntropyLoss", "loss@validation/c4_en"),
        ("val_loss_epoch", "loss@validation/"),
        ("train/loss_epoch", "loss_epoch@train/"),
        ("train_loss_mean", "loss_mean@train/"),
        ("learning.rate", "learning.rate@/"),
    ],
)
def test_a_name_is_its_metric_and_split(name: str, column: str) -> None:
    assert metric_column(name) == f"metric:{column}"


def test_two_names_of_one_metric_replace_each_other_in_no_row() -> None:
    found = metric_columns(["train/nll_loss", "train/loss", "train_loss"])
    assert found["train/loss"] == "metric:loss@train/"
    assert len(set(found.values())) == 3


def test_the_mean_of_a_closed_training_is_a_mean_in_any_tracker() -> None:
    assert metric_columns(["train_runtime", "train/loss", "train_loss"])["train_loss"] == "metric:loss_mean@train/"


def test_a_loss_that_was_filtered_to_nought_is_no_best_loss(box: Dropbox) -> None:
    history = [{"loss": 2.0, "grad_norm": 1.0, "step": 50}, {"loss": 0.0, "grad_norm": float("nan"), "step": 100}]
    box.drop("r/trainer_state.json", state(*history, global_step=100, max_steps=100))
    box.ingest()
    assert box.rows("SELECT step, value FROM measurements") == [(50, 2.0)]
    assert box.reasons() == {"not_a_number": 1}


@pytest.mark.parametrize("word", ["nan", "NaN", "-nan", "-nan(ind)", "1.#QNAN", "+NAN"])
def test_every_spelling_of_no_number_is_none(word: str) -> None:
    assert math.isnan(logged_number(word))


@pytest.mark.parametrize("word", ["-nan", "nan(0x8000)", "1.#IND"])
def test_a_native_value_that_is_spelled_otherwise_is_still_no_number(box: Dropbox, word: str) -> None:
    box.drop("a.measurements.csv", f"run_id,metric,value,step\na,loss,{word},1\n")
    box.ingest()
    assert box.reasons() == {"not_a_number": 1}


def test_a_checkpoint_that_was_being_written_is_a_state_of_its_run(tmp_path: Path) -> None:
    path = tmp_path / "a/tmp-checkpoint-50/trainer_state.json"
    path.parent.mkdir(parents=True)
    path.write_text(state({"loss": 2.0, "step": 50}))
    reader = reader_for(path, read_head(path))
    assert reader is not None
    assert reader.run_name(path, tmp_path) == "a"
