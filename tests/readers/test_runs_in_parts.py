"""What several files, folders or rows say of one run, and what looks like a run and is none: groups, splits, printed tables."""

from pathlib import Path
from typing import Any

import pytest

from tests.ingest.conftest import Dropbox

events = pytest.importorskip("tensorboard.compat.proto.event_pb2", reason="needs the extra tensorboard")
writers = pytest.importorskip("tensorboard.summary.writer.record_writer")


def write(folder: Path, values: dict[str, dict[int, float]]) -> None:
    """An event file with the values of each tag by step."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "events.out.tfevents.1700000000.host.1.0.v2").open("wb") as file:
        writer = writers.RecordWriter(file)
        for tag, curve in values.items():
            for step, value in curve.items():
                event = events.Event(step=step, wall_time=1.7e9 + step)
                entry = event.summary.value.add()
                entry.tag, entry.simple_value = tag, value
                writer.write(event.SerializeToString())


def ingested(box: Dropbox, folders: dict[str, dict[str, dict[int, float]]]) -> list[tuple[Any, ...]]:
    """(run, metric, split, step, value) of every measurement after each folder's values were written and ingested."""
    for folder, values in folders.items():
        write(box.home.inbox / "lab" / folder, values)
    assert box.ingest().quarantined == 0
    query = "SELECT run_id, metric, split, step, value FROM measurements JOIN runs USING (run_key) WHERE metric <> 'error'"
    return box.rows(f"{query} ORDER BY ALL")


def test_training_and_validation_folders_of_keras_are_one_run(box: Dropbox) -> None:
    train = {"epoch_loss": {0: 2.0, 1: 1.5}, "epoch_learning_rate": {0: 0.5, 1: 0.25}}
    held_out = {"epoch_loss": {0: 2.5, 1: 2.25}, "evaluation_loss_vs_iterations": {100: 2.5, 200: 2.25}}
    found = ingested(box, {"logs/train": train, "logs/validation": held_out})
    assert {run for run, *_ in found} == {"logs"}
    assert [row[3:] for row in found if row[1:3] == ("loss", "validation")] == [(100, 2.5), (200, 2.25)]
    assert [row[3:] for row in found if row[1:3] == ("loss_epoch", "train")] == [(0, 2.0), (1, 1.5)]
    assert box.rows("SELECT step, lr FROM measurements WHERE metric = 'loss_epoch' ORDER BY step") == [(0, 0.5), (1, 0.25)]


def test_a_validation_folder_without_iterations_has_its_epochs(box: Dropbox) -> None:
    found = ingested(box, {"a/validation": {"epoch_loss": {0: 2.5, 1: 2.25}}, "a/train": {"batch_loss": {10: 3.0}}})
    assert found == [
        ("a", "loss", "train", 10, 3.0),
        ("a", "loss", "validation", 0, 2.5),
        ("a", "loss", "validation", 1, 2.25),
    ]


def test_scalars_that_pytorch_adds_together_are_splits_of_one_run(box: Dropbox) -> None:
    found = ingested(box, {"a/Loss_total_train": {"Loss/total": {10: 2.0}}, "a/Loss_total_val": {"Loss/total": {10: 2.5}}})
    assert found == [("a", "loss_total", "train", 10, 2.0), ("a", "loss_total", "validation", 10, 2.5)]


def test_a_run_that_is_called_as_a_split_and_names_splits_itself_keeps_its_name(box: Dropbox) -> None:
    found = ingested(box, {"runs/train": {"loss/train": {10: 2.0}, "loss/val": {10: 2.5}}})
    assert found == [("runs/train", "loss", "train", 10, 2.0), ("runs/train", "loss", "validation", 10, 2.5)]


def test_a_run_that_is_called_test_beside_no_split_is_a_run(box: Dropbox) -> None:
    found = ingested(box, {"runs/test": {"loss": {10: 2.0}}, "runs/exp2": {"loss": {10: 2.5}}})
    assert {run for run, *_ in found} == {"runs/test", "runs/exp2"}


GROUPED = '"Step","{0}: a - val/loss","{0}: a - val/loss__MIN","{0}: a - val/loss__MAX"\n100,3.0,{1},3.25\n'


@pytest.mark.parametrize(("key", "low"), [("Group", 3.0), ("config.lr", 2.75), ("optimizer", 2.75)])
def test_a_mean_over_a_group_of_runs_is_no_run(box: Dropbox, key: str, low: float) -> None:
    box.drop("chart.csv", GROUPED.format(key, low))
    box.ingest()
    assert box.rows("SELECT count(*) FROM runs") == [(0,)]
    [(detail,)] = box.rows("SELECT detail FROM quarantine")
    assert f"'{key}: a' is a group" in detail
    assert "ungroup the runs" in detail
    box.drop("chart.csv", GROUPED.format(key, low).replace(f"{key}: a", "a"))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id FROM runs") == [("a",)]


def test_a_run_with_a_colon_in_its_name_is_a_run(box: Dropbox) -> None:
    box.drop("chart.csv", GROUPED.format("exp", 3.25).replace(",3.0,", ",3.25,"))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id FROM runs") == [("exp: a",)]


PROJECT = """,summary,config,name,state
0,"{'val/loss': 3.0, '_runtime': 7200, 'train_tokens': 2e7}","{'n_params': 1e6, 'num_gpus': 4, '_wandb': {}}",a,finished
1,"{'val/loss': nan, 'train/loss': 2.5}","{'n_params': 3e6, 'note': 'nan, inf'}",b,crashed
2,"{'val/loss': 2.5}","{'lr': open('/etc/hostname')}",c,finished
3,{},{},d,finished
4,{},{},d,finished
"""


def test_a_table_that_wandbs_script_prints_is_a_run_a_row(box: Dropbox) -> None:
    box.drop("project.csv", PROJECT)
    box.ingest()
    assert box.rows("SELECT run_id, status, params, accelerator_hours FROM runs ORDER BY run_id") == [
        ("a", "finished", 1e6, 8.0),
        ("b", "failed", 3e6, None),
    ]
    assert box.rows("SELECT metric, split, data_seen, value FROM measurements WHERE final") == [("loss", "validation", 2e7, 3.0)]


def test_a_printed_cell_that_is_no_plain_value_is_refused_and_nothing_of_it_is_run(box: Dropbox) -> None:
    box.drop("project.csv", PROJECT)
    box.ingest()
    refused = dict(box.rows("SELECT row_number, detail FROM quarantine"))
    assert set(refused) == {3, 4, 5}
    assert "no dictionary of plain values" in refused[3]
    assert "several runs are called 'd'; add a column `id`" in refused[4]


def test_without_a_state_nobody_says_that_a_run_has_ended(box: Dropbox) -> None:
    lines = [line.rpartition(",")[0] for line in PROJECT.splitlines()[:2]]
    box.drop("project.csv", "\n".join(lines) + "\n")
    box.ingest()
    assert box.rows("SELECT status FROM runs") == [("running",)]
