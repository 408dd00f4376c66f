"""A run's settings in a file beside its log, and runs that only their folders name: maps read both, drafts propose it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.ingest.check import check
from tests.ingest.conftest import Dropbox

SETTINGS = {
    "config.json": '{{"model": {{"n_params": {size}, "kind": "dense"}}, "train": {{"lr": 0.003, "betas": [0.9, 0.95]}}}}',
    "hparams.yml": "model:\n  n_params: {size}\n  kind: dense\ntrain:\n  lr: 0.003\n  betas: [0.9, 0.95]\n",
    "args.toml": "[model]\nn_params = {size}\nkind = 'dense'\n[train]\nlr = 0.003\nbetas = [0.9, 0.95]\n",
}
LOGS = {
    "metrics.jsonl": '{"step": 1, "tokens": 1000, "val/loss": 4.5}\n{"step": 2, "tokens": 2000, "val/loss": 4.25}\n',
    "log.csv": "step,tokens,val/loss\n1,1000,4.5\n2,2000,4.25\n",
}
FOLDERS = {"a/seed-0": 1e6, "a/seed-1": 2e6, "b/seed-0": 3e6}
MAP = """
kind = "measurements"
match = "*.csv"
beside = "config.json"
[columns]
run_id = "folder_path"
step = "step"
params = "config.model.n_params"
"metric:loss@validation" = '"val/loss"'
"""
RUNS = "SELECT run_id, params FROM runs ORDER BY run_id"


def dropped(box: Dropbox, log: str, settings: str) -> None:
    """Three runs, each in a folder of its own, two of which have one name."""
    for folder, size in FOLDERS.items():
        box.drop(f"{folder}/{log}", LOGS[log])
        box.drop(f"{folder}/{settings}", SETTINGS[settings].format(size=int(size)))


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("log", LOGS)
def test_the_draft_of_a_map_names_runs_by_their_folders_and_reads_their_settings(box: Dropbox, log: str, settings: str) -> None:
    dropped(box, log, settings)
    said = next(line for file in check(box.home.inbox).files for line in file["columns"] if "draft of its map" in line)
    (box.home.maps / "own.toml").write_text(said.partition("maps/ of the home:\n")[2])
    report = box.ingest()
    assert (report.quarantined, report.totals.measurements) == (0, 6)
    assert box.rows("SELECT run_id, params, peak_lr FROM runs ORDER BY run_id") == [(k, v, 0.003) for k, v in FOLDERS.items()]


@pytest.mark.parametrize("alone", [True, False])
def test_files_of_one_name_in_several_folders_are_drafted_as_several_runs(box: Dropbox, alone: bool) -> None:
    logs = ["metrics.jsonl"] if alone else ["metrics.jsonl", "more.jsonl"]
    for folder in FOLDERS:
        for log in logs:
            box.drop(f"{folder}/{log}", LOGS["metrics.jsonl"])
    said = next(line for file in check(box.home.inbox).files for line in file["columns"] if "draft of its map" in line)
    (box.home.maps / "own.toml").write_text(said.partition("maps/ of the home:\n")[2])
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT count(*) FROM runs") == [(len(FOLDERS) * len(logs),)]


def test_settings_that_no_column_names_are_tags(box: Dropbox) -> None:
    (box.home.maps / "own.toml").write_text(MAP)
    dropped(box, "log.csv", "config.json")
    box.ingest()
    found = {"config.model.kind": "dense", "config.train.betas": "[0.9, 0.95]", "config.train.lr": "0.003"}
    assert box.rows("SELECT tags FROM runs") == [(found,)] * len(FOLDERS)


def test_changed_settings_are_read_again(box: Dropbox) -> None:
    (box.home.maps / "own.toml").write_text(MAP)
    dropped(box, "log.csv", "config.json")
    box.ingest()
    assert box.ingest().unchanged == 3
    box.drop("a/seed-0/config.json", SETTINGS["config.json"].format(size=7))
    box.ingest()
    assert box.rows(RUNS)[0] == ("a/seed-0", 7.0)


def test_settings_that_are_cut_cost_their_own_run_until_they_are_whole(box: Dropbox) -> None:
    (box.home.maps / "own.toml").write_text(MAP)
    dropped(box, "log.csv", "config.json")
    cut = box.drop("a/seed-1/config.json", '{"model": {"n_par')
    assert box.ingest().quarantined == 1
    assert box.rows("SELECT run_id FROM runs ORDER BY run_id") == [("a/seed-0",), ("b/seed-0",)]
    ((detail,),) = box.rows("SELECT detail FROM quarantine")
    assert str(cut) in str(detail)
    assert "copy it again" in str(detail)
    cut.write_text(SETTINGS["config.json"].format(size=2_000_000))
    assert box.ingest().quarantined == 0
    assert box.rows(RUNS) == sorted(FOLDERS.items())


def test_settings_that_only_some_runs_have_give_the_same_rows_alone_and_together(make_box: Callable[[str], Dropbox]) -> None:
    rows = []
    for together in (True, False):
        box = make_box(f"box-{together}")
        (box.home.maps / "own.toml").write_text(MAP)
        for folder, text in (("a", '{"model": {"n_params": 5}, "moe": 8}'), ("b", '{"model": {}}'), ("c", None)):
            box.drop(f"{folder}/log.csv", LOGS["log.csv"])
            if text:
                box.drop(f"{folder}/config.json", text)
            if not together:
                box.ingest()
        assert box.ingest().quarantined == 0
        rows.append(box.rows("SELECT run_id, params, CAST(tags AS VARCHAR) FROM runs ORDER BY run_id"))
    assert rows[0] == rows[1]
    assert [row[:2] for row in rows[0]] == [("a", 5.0), ("b", None), ("c", None)]


def test_settings_with_no_log_beside_them_are_told(box: Dropbox) -> None:
    (box.home.maps / "own.toml").write_text(MAP)
    dropped(box, "log.csv", "config.json")
    box.drop("c/config.json", SETTINGS["config.json"].format(size=1))
    assert box.ingest().reasons == {"unrecognised": 1}
    ((detail,),) = box.rows("SELECT detail FROM quarantine")
    assert "say beside = 'config.json' in the map of that log" in str(detail)


def test_a_link_out_of_the_inbox_is_no_settings(box: Dropbox, tmp_path: Path) -> None:
    (box.home.maps / "own.toml").write_text(MAP)
    (tmp_path / "secret.json").write_text(json.dumps({"model": {"n_params": 1}}))
    box.drop("a/log.csv", LOGS["log.csv"]).with_name("config.json").symlink_to(tmp_path / "secret.json")
    assert box.ingest().reasons == {"outside": 2}  # the link, and the log that would be read with it
    assert box.rows("SELECT count(*) FROM runs") == [(0,)]


@pytest.mark.parametrize("beside", ["../config.json", "a/config.json", "config.txt", "/etc/config.json"])
def test_settings_are_a_file_of_a_known_form_in_the_logs_own_folder(box: Dropbox, beside: str) -> None:
    (box.home.maps / "own.toml").write_text(MAP.replace("config.json", beside, 1))
    box.drop("a/log.csv", LOGS["log.csv"])
    report = box.ingest()
    assert "key 'beside'" in report.errors[0]


def test_a_place_that_changes_is_another_run_where_the_map_says_so_and_takes_the_old_one_back(box: Dropbox) -> None:
    (box.home.maps / "own.toml").write_text(MAP)
    log = box.drop("a/log.csv", LOGS["log.csv"])
    box.ingest()
    log.parent.rename(log.parent.with_name("z"))
    box.ingest()
    assert [row[0] for row in box.rows(RUNS)] == ["z"]


def test_a_log_that_lies_in_two_places_is_two_runs_where_the_map_says_so(box: Dropbox) -> None:
    (box.home.maps / "own.toml").write_text(MAP)
    box.drop("a/log.csv", LOGS["log.csv"])
    box.ingest()
    box.drop("z/log.csv", LOGS["log.csv"])
    box.ingest()
    assert [row[0] for row in box.rows(RUNS)] == ["a", "z"]


@pytest.mark.parametrize(("said", "name"), [("file_name", "log"), ("folder", "seed-0")])
def test_logs_of_several_folders_that_a_map_makes_one_run_are_told(box: Dropbox, said: str, name: str) -> None:
    (box.home.maps / "own.toml").write_text(MAP.replace("folder_path", said))
    dropped(box, "log.csv", "config.json")
    (warning,) = [words for words in check(box.home.inbox, home=box.home).warnings if "would be one run" in words]
    assert repr(name) in warning
    assert 'say run_id = "folder_path"' in warning


@pytest.mark.parametrize("said", ["folder_path", "folder_path || file_name"])
def test_logs_that_a_map_names_by_their_folders_are_not_told(box: Dropbox, said: str) -> None:
    (box.home.maps / "own.toml").write_text(MAP.replace("folder_path", said))
    dropped(box, "log.csv", "config.json")
    assert not [words for words in check(box.home.inbox, home=box.home).warnings if "would be one run" in words]


def test_a_given_map_that_cannot_be_read_is_told_in_the_report_of_a_check(box: Dropbox, tmp_path: Path) -> None:
    dropped(box, "log.csv", "config.json")
    bad = tmp_path / "bad.toml"
    bad.write_text('kind = "oops"\n')
    report = check(box.home.inbox, map=bad)
    assert len(report.files) == 6
    assert all("key 'kind' = 'oops'" in str(file["columns"]) for file in report.files)
