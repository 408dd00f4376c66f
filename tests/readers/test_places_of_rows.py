"""What a row of a history says of its place: the trainer's own step, learning rate and data, whichever tracker it told."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from pipeline.readers import reader_for
from pipeline.readers.formats.mlflow_runs import steps_of
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


PLACES = "SELECT metric, split, step, data_seen, lr, value FROM measurements ORDER BY ALL"


def test_rates_and_tokens_that_tensorboard_logs_are_where_the_values_of_their_step_lie(box: Dropbox) -> None:
    writer = pytest.importorskip("tensorboard.summary.writer.event_file_writer", reason="needs the extra tensorboard")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    events = writer.EventFileWriter(str(box.home.inbox / "lab" / "run"))
    logged = {"train/loss": 3.0, "train/learning_rate": 0.5, "train/num_input_tokens_seen": 4096.0}
    for step in (1, 2):
        for tag, value in logged.items():
            scalar = Summary.Value(tag=tag, simple_value=value * (step if "seen" in tag else 1))
            events.add_event(Event(step=step, summary=Summary(value=[scalar])))
    events.close()
    box.ingest()
    found = box.rows(PLACES)
    assert [row for row in found if row[0] == "loss"] == [
        ("loss", "train", 1, 4096, 0.5, 3.0),
        ("loss", "train", 2, 8192, 0.5, 3.0),
    ]
    assert len(found) == 2 * len(logged)


def test_rates_and_tokens_of_mlflow_are_where_the_values_of_their_step_lie() -> None:
    logged = [
        ("r", key, value * step, step, step)
        for key, value in (("val_loss", 3.0), ("lr", 0.5), ("tokens_seen", 10.0))
        for step in (1, 2)
    ]
    records, _ = steps_of(logged)
    place = {"lr": 0.5, "data_seen": 10.0, "data_unit": "token"}
    assert records[0] == {"run_id": "r", "step": 1, "metric:loss@validation/": 3.0, **place}
    assert len(records) == len(logged)


def test_of_two_amounts_of_data_that_of_all_devices_and_in_tokens_is_taken() -> None:
    rows = [
        (step, {"_step": step, "samples_seen": step, "tokens": 10.0 * step, "total_tokens": 80.0 * step, "loss": 3.0})
        for step in (1, 2)
    ]
    assert [record["data_seen"] for record in history_records(rows)] == [80.0, 160.0]


def test_lightning_rows_lie_at_the_tokens_of_their_step(tmp_path: Path) -> None:
    text = "epoch,step,loss,total_tokens,val_loss\n0,1,10.9,32768,\n0,2,10.4,65536,\n,2,,,10.3\n"
    tables = read(tmp_path / "metrics.csv", text)
    assert tables.measurements is not None
    assert tables.measurements["data_seen"].to_list() == [32768, 65536, 65536]


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("mean_token_accuracy", "metric:mean_token_accuracy@train/"),
        ("eval_mean_token_accuracy", "metric:mean_token_accuracy@validation/"),
        ("eval_contrastive_loss", "metric:contrastive_loss@validation/"),
        ("rewards/chosen", "metric:rewards_chosen@train/"),
        ("eval_c4_loss", "metric:loss@validation/c4"),
    ],
)
def test_what_a_trainer_logs_beside_its_loss_is_of_its_split_and_no_task(tmp_path: Path, key: str, column: str) -> None:
    text = json.dumps({"global_step": 1, "max_steps": 1, "log_history": [{"loss": 3.0, key: 0.5, "step": 1}]})
    tables = read(tmp_path / "trainer_state.json", text)
    assert tables.measurements is not None
    assert column in tables.measurements.columns
