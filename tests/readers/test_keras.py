"""Keras' CSVLogger: a row an epoch; the mean over an epoch is not its last loss."""

import pytest

from tests.ingest.conftest import Dropbox

HEADER = "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\n"
ROWS = "0,0.25,0.001,3.5,0.375,3.25\n1,0.5,0.0005,2.5,0.625,2.25\n"
TAKEN = "SELECT metric, split, step, value FROM measurements ORDER BY ALL"
MEANS = [("accuracy_mean", "train", 1, 0.25), ("accuracy_mean", "train", 2, 0.5), ("loss_mean", "train", 1, 3.5)]


@pytest.mark.parametrize("name", ["training.log", "training.csv"])
def test_values_of_an_epoch_are_means_and_those_at_its_end_are_values(box: Dropbox, name: str) -> None:
    box.drop(f"a/{name}", HEADER + ROWS)
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT DISTINCT source_format FROM ingest_log") == [("keras csv log",)]
    assert box.rows(TAKEN) == [
        ("accuracy", "validation", 1, 0.375),
        ("accuracy", "validation", 2, 0.625),
        *MEANS[:2],
        ("error", "validation", 1, 0.625),
        ("error", "validation", 2, 0.375),
        ("loss", "validation", 1, 3.25),
        ("loss", "validation", 2, 2.25),
        *MEANS[2:],
        ("loss_mean", "train", 2, 2.5),
    ]
    assert box.rows("SELECT run_id, status, epochs FROM runs") == [("a/training", "running", 2)]
    assert box.rows("SELECT DISTINCT step, lr FROM measurements ORDER BY ALL") == [(1, 0.001), (2, 0.0005)]


def test_an_epoch_without_a_validation_has_none(box: Dropbox) -> None:
    box.drop("training.log", HEADER + ROWS.replace("0.375,3.25", "NA,NA"))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT step FROM measurements WHERE split = 'validation' AND metric = 'loss'") == [(2,)]


def test_where_a_restart_counts_epochs_again_the_later_values_stand(box: Dropbox) -> None:
    box.drop("training.log", HEADER + ROWS + "1,0.5,0.0005,2.375,0.625,2.125\n")
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT step, value FROM measurements WHERE metric = 'loss' ORDER BY 1") == [(1, 3.25), (2, 2.125)]


def test_a_loss_that_is_no_number_costs_its_cell(box: Dropbox) -> None:
    box.drop("training.log", HEADER + ROWS.replace("2.25", "nan"))
    box.ingest()
    assert box.reasons() == {"not_a_number": 1}
    assert box.rows("SELECT step FROM measurements WHERE metric = 'loss'") == [(1,)]


def test_a_half_written_row_waits(box: Dropbox) -> None:
    box.drop("training.log", HEADER + ROWS.removesuffix("5\n"))
    box.ingest()
    assert box.reasons() == {"truncated": 1}
    assert box.rows("SELECT max(step) FROM measurements") == [(1,)]


@pytest.mark.parametrize("header", ["epoch,loss,step,val_loss", "epoch,val_loss,loss", "epoch,accuracy"])
def test_another_table_with_epochs_is_not_taken_for_one(box: Dropbox, header: str) -> None:
    box.drop("t.csv", header + "\n" + ",".join("1" for _ in header.split(",")) + "\n")
    box.ingest()
    assert box.reasons() == {"unrecognised": 1}
