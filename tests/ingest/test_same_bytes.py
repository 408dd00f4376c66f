"""Logs of the same bytes: two that lie side by side are two runs, one that was renamed is the run that it was."""

import shutil

import pytest

from tests.ingest.conftest import Dropbox

NANOGPT = "max_iters = 100\nstep 0: train loss 5.00, val loss 6.00\nstep 100: train loss 4.00, val loss 5.00\n"
RUNS = "SELECT run_id FROM runs ORDER BY 1"


def test_two_seeds_whose_logs_are_equal_are_two_runs(box: Dropbox) -> None:
    box.drop("seed1/train.log", NANOGPT)
    box.drop("seed2/train.log", NANOGPT)
    box.ingest()
    assert box.rows(RUNS) == [("seed1/train",), ("seed2/train",)]


def test_a_seed_that_comes_later_is_a_run_of_its_own_once(box: Dropbox) -> None:
    for name in ("seed1", "seed2"):
        box.drop(f"{name}/train.log", NANOGPT)
        box.ingest()
    (box.home.inbox / "lab/seed2/train.log").touch()
    assert box.ingest().files == 0
    assert box.rows(RUNS) == [("seed1/train",), ("seed2/train",)]


@pytest.mark.parametrize("renamed", ["seed1", "seed2"])
def test_one_of_two_equal_logs_that_is_renamed_is_no_third_run(box: Dropbox, renamed: str) -> None:
    for name in ("seed1", "seed2"):
        box.drop(f"{name}/train.log", NANOGPT)
    box.ingest()
    shutil.move(box.home.inbox / "lab" / renamed, box.home.inbox / "lab/other")
    assert box.ingest().files == 0
    assert len(box.rows(RUNS)) == 2


def test_a_copy_of_a_log_that_names_its_runs_adds_nothing(box: Dropbox) -> None:
    table = "Name,State,Created,Runtime,val/loss\nr,finished,2024-05-01T10:00:00Z,60,3.1\n"
    box.drop("export.csv", table)
    box.drop("copy.csv", table)
    assert box.ingest().files == 1
