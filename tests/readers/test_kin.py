"""Drafts for folders in which files belong together: many of one kind, and several of one run."""

import csv
import json
import tomllib
from fnmatch import fnmatch
from typing import Any

import pytest

from pipeline.ingest.maps.drafts import write_drafts
from pipeline.readers.drafts.nearest_table import table_draft
from pipeline.readers.names import SPLITS
from tests.ingest.conftest import Dropbox

RESULT = {"val_cer": 0.3, "n_train_lines": 500, "epochs_run": 60, "noise_rate": 0.1}
SETTINGS = {"lr": 3e-4, "batch_size": 32, "noise_rate": 0.1}


def run_folder(box: Dropbox, names: tuple[str, ...]) -> None:
    """A result, its settings and its history for each run, side by side in one folder."""
    for place, name in enumerate(names):
        box.drop(f"{name}.json", json.dumps({"run_name": name, **RESULT, "val_cer": 0.3 + place / 10}))
        box.drop(f"{name}_config.json", json.dumps({"run_name": name, **SETTINGS}))
        box.drop(f"{name}_history.csv", "epoch,train_loss,val_cer\n1,6.0,0.9\n2,4.0,0.5\n")


@pytest.mark.parametrize(
    "names", [("web_d012_s42", "web_d025_s42"), ("a_s1", "a_s2", "b_s1"), ("small", "large"), ("run-1", "run-2")]
)
def test_files_of_one_run_become_one_run(box: Dropbox, names: tuple[str, ...]) -> None:
    run_folder(box, names)
    write_drafts(box.home)
    assert box.ingest().quarantined == 0
    found = box.rows("SELECT run_id, peak_lr, data_unique, data_seen FROM runs ORDER BY run_id")
    assert found == [(name, 3e-4, 500, 30_000) for name in sorted(names)]
    curves = box.rows(
        "SELECT run_id, count(*) FROM measurements JOIN runs USING (run_key) WHERE metric = 'loss' GROUP BY 1 ORDER BY 1"
    )
    assert curves == [(name, 2) for name in sorted(names)]


def test_a_result_that_holds_curves_is_one_run_of_its_other_values(box: Dropbox) -> None:
    for name, size in (("lstm_tiny", 1e6), ("lstm_large", 3e7)):
        curve = {"train_losses": [2.0, 1.5, 1.2], "per_class_acc": [0.5, 0.9]}
        box.drop(
            f"{name}/results.json", json.dumps({"num_params": size, **curve, "deep": {"bins": [1, 2]}, "best_val_loss": 1.3})
        )
    write_drafts(box.home)
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id, params, tags FROM runs ORDER BY params") == [
        ("lstm_tiny", 1e6, {}), ("lstm_large", 3e7, {}),
    ]  # fmt: skip
    assert box.rows("SELECT DISTINCT metric, split, value FROM measurements") == [("loss", "validation", 1.3)]


def test_one_map_is_drawn_for_all_files_of_a_kind(box: Dropbox) -> None:
    run_folder(box, ("a_s1", "a_s2", "b_s1"))
    written, unread = write_drafts(box.home)
    assert [len(item.files) for item in written] == [3, 3, 3]
    assert unread == []


def test_a_draft_reads_no_file_of_another_kind(box: Dropbox) -> None:
    for name in ("a", "b"):
        box.drop(f"{name}.csv", "run,params,val_loss\nx,1e8,3.0\n")
    box.drop("costs.csv", "device,price\nh100,2\n")
    match = tomllib.loads(table_draft(box.home.inbox / "lab" / "a.csv"))["match"]
    assert not fnmatch("/logs/lab/costs.csv", match)


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_a_split_in_a_files_name_makes_no_part_of_a_run(box: Dropbox, split: str) -> None:
    for name in ("small", f"small_{split}"):
        path = box.drop(f"{name}.csv", "step,loss\n1,3.0\n2,2.5\n")
    assert tomllib.loads(table_draft(path))["columns"]["run_id"] == "file_name"


@pytest.mark.parametrize("ends", [("train", "val"), ("Training", "validation"), ("train", "test")])
@pytest.mark.parametrize("names", [("small", "large"), ("N_1000000",)])
def test_curves_of_two_splits_in_two_files_are_one_run(box: Dropbox, names: tuple[str, ...], ends: tuple[str, ...]) -> None:
    for name in names:
        for place, end in enumerate(ends):
            box.drop(f"{name}_{end}.csv", f"step,tokens,loss\n1,100,{3 + place}\n2,200,{2 + place}\n")
    write_drafts(box.home)
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id FROM runs ORDER BY 1") == [(name,) for name in sorted(names)]
    found = box.rows("SELECT DISTINCT split, arg_max(value, step) FROM measurements GROUP BY run_key, split ORDER BY 2")
    assert found == [(SPLITS[end.lower()], 2.0 + place) for place, end in enumerate(ends)]


def test_a_column_that_names_its_split_keeps_it_in_the_file_of_another(box: Dropbox) -> None:
    for end in ("train", "val"):
        path = box.drop(f"a_{end}.csv", "step,loss,test_loss\n1,3.0,3.1\n")
    assert [name for name in tomllib.loads(table_draft(path))["columns"] if "metric" in name] == [
        "metric:loss@validation", "metric:loss@test",
    ]  # fmt: skip


def test_no_question_is_asked_of_settings_beside_a_result(box: Dropbox) -> None:
    run_folder(box, ("a", "b"))
    assert "which column is the result" not in table_draft(box.home.inbox / "lab" / "a_config.json")


def test_a_map_that_is_there_is_not_replaced(box: Dropbox) -> None:
    box.drop("results.csv", "run,params,val_loss\nx,1e8,3.0\n")
    (box.home.maps / "lab-results.toml").write_text('kind = "runs"\nmatch = "*/elsewhere.csv"\n[columns]\nrun_id = "run"\n')
    ((drawn,), _) = write_drafts(box.home)
    assert drawn.path.name == "lab-results-1.toml"
    assert "elsewhere" in (box.home.maps / "lab-results.toml").read_text()


def test_settings_that_a_drawn_map_reads_beside_its_logs_are_not_told_as_unread(box: Dropbox) -> None:
    for name in ("tiny", "large"):
        box.drop(f"{name}/summary.json", json.dumps({"n_params": 1e6, "val_loss": 1.2, "steps": 300}))
        box.drop(f"{name}/config.json", json.dumps({"d_model": 64, "lr": 0.01}))
    written, unread = write_drafts(box.home)
    assert (len(written), unread) == (1, [])


@pytest.mark.parametrize(
    ("columns", "unique", "seen"),
    [
        ({"n_train_lines": 500, "epochs": 3}, 500, 1500),
        ({"train_size": 500, "num_epochs": 3}, 500, 1500),
        ({"num_train_samples": 500}, 500, 500),
        ({"n_train": 500}, 500, 500),
        ({"training_examples": 500, "steps": 9}, 500, None),
        ({"dataset_size": 500, "tokens": 900}, 500, 900),
    ],
)
def test_the_size_of_a_training_set_is_unique_data_seen_once_an_epoch(
    box: Dropbox, columns: dict[str, Any], unique: float, seen: float | None
) -> None:
    path = box.drop("results.csv", "")
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["run", *columns, "test_error"], ["a", *columns.values(), 0.2], ["b", *columns.values(), 0.3]]
        )
    (box.home.maps / "own.toml").write_text(table_draft(path).replace('kind = "measurements"', 'kind = "runs"'))
    box.ingest()
    assert box.rows("SELECT DISTINCT data_unique, data_seen FROM runs") == [(unique, seen)]


@pytest.mark.parametrize("name", ["n_train_steps", "num_train_epochs", "n_val_lines", "num_samples", "n_test", "n_train_tokens"])
def test_other_counts_are_no_size_of_a_training_set(box: Dropbox, name: str) -> None:
    path = box.drop("results.csv", f"run,{name},test_error\na,5,0.2\n")
    assert "data_unique" not in tomllib.loads(table_draft(path))["columns"]
