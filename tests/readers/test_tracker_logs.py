"""Logs as trackers and trainers write them: real files, counts that their sources state, and files that are cut."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from pipeline.readers.names import metric_column
from tests.ingest.conftest import Dropbox

FIXTURES = [
    ("wandb_export/nanogpt_wandb_export.csv", "wandb runs table", 64, 64, 192),
    ("wandb_export/run-20241012_153325-jnyhr7aj/wandb-summary.json", "wandb run folder", 1, 1, 2),
    ("wandb_export/run-20241012_160630-jqe8zy9r/wandb-summary.json", "wandb run folder", 1, 1, 2),
    ("hf_trainer_state/trainer_state_long.json", "huggingface trainer state", 217, 1, 588),
    ("lightning_csv/version_0/metrics.csv", "lightning csv", 2835, 1, 5688),
    ("lightning_csv/version_5/metrics.csv", "lightning csv", 1135, 1, 2276),
    ("nanogpt_log/modded_nanogpt_adamw.log", "llm.c log", 9612, 1, 9612),
    ("openclip_log/small_scale_tmars_5x.err", "openclip log", 166, 1, 330),
    ("tensorboard/dqn_buffer_5000_seed_3", "tensorboard", 1190, 1, 1190),
    ("tensorboard/toy_functions", "tensorboard", 400, 1, 600),
]


def put(box: Dropbox, shared_data: Path, name: str) -> Path:
    """Copies a fixture, with what lies beside it, into the inbox."""
    source = shared_data / "log_fixtures" / name
    folder = source if source.is_dir() else source.parent
    if (folder / "run-20241012_153325-jnyhr7aj").is_dir():  # the table stands beside the run folders
        return Path(shutil.copy(source, box.home.inbox / source.name))
    shutil.copytree(folder, box.home.inbox / "fixtures" / folder.name)
    return box.home.inbox / "fixtures" / folder.name / source.name


@pytest.mark.parametrize(("name", "reader", "rows", "runs", "values"), FIXTURES, ids=[item[0] for item in FIXTURES])
def test_a_real_log_is_read_whole(
    box: Dropbox, shared_data: Path, name: str, reader: str, rows: int, runs: int, values: int
) -> None:
    put(box, shared_data, name)
    report = box.ingest()
    assert box.rows("SELECT DISTINCT source_format FROM ingest_log") == [(reader,)]
    assert (report.totals.rows, report.quarantined) == (rows, 0)
    assert box.rows("SELECT count(*) FROM runs") == [(runs,)]
    assert box.rows("SELECT count(*) FROM measurements") == [(values,)]


def test_openclip_counts_samples_over_epochs(box: Dropbox, shared_data: Path) -> None:
    put(box, shared_data, "openclip_log/small_scale_tmars_5x.err")
    box.ingest()
    assert box.rows("SELECT data_seen, data_unique, status FROM runs") == [(5 * 12812288, None, "finished")]
    assert box.rows("SELECT data_seen FROM measurements WHERE final AND metric = 'contrastive_loss'") == [(5 * 12812288,)]


def test_the_last_validation_loss_of_llmc_is_the_one_at_the_end(box: Dropbox, shared_data: Path) -> None:
    put(box, shared_data, "nanogpt_log/modded_nanogpt_adamw.log")
    box.ingest()
    assert box.rows("SELECT arg_max(value, step) FROM measurements WHERE split = 'validation'") == [(3.275959,)]


def test_a_cut_trainer_state_is_refused_whole(box: Dropbox, shared_data: Path) -> None:
    path = put(box, shared_data, "hf_trainer_state/trainer_state_long.json")
    path.write_bytes(path.read_bytes()[:20_000])
    box.ingest()
    assert box.rows("SELECT row_number, reason FROM quarantine") == [(0, "unreadable")]
    assert box.rows("SELECT count(*) FROM runs") == [(0,)]


def test_a_wandb_chart_is_read_without_its_extremes(box: Dropbox) -> None:
    box.drop(
        "chart.csv",
        '"Step","r1 - val/loss","r1 - val/loss__MIN","r1 - val/loss__MAX","r2 - val/loss"\n10,3,2.9,3.1,\n20,2.5,2.4,2.6,2.8\n',
    )
    box.ingest()
    found = box.rows("SELECT run_id, step, split, value FROM measurements JOIN runs USING (run_key) ORDER BY ALL")
    assert found == [("r1", 10, "validation", 3.0), ("r1", 20, "validation", 2.5), ("r2", 20, "validation", 2.8)]


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_a_wandb_history_is_read(box: Dropbox, kind: str) -> None:
    frame = pl.DataFrame({"_step": [1, 2], "_timestamp": [1.0, 2.0], "train/loss": [3.0, 2.0], "val/loss": [None, 2.2]})
    path = box.drop(f"abc123.{kind}", b"")
    frame.write_parquet(path) if kind == "parquet" else frame.write_ndjson(path)
    box.ingest()
    assert box.rows("SELECT split, step, value FROM measurements ORDER BY ALL") == [
        ("train", 1, 3.0),
        ("train", 2, 2.0),
        ("validation", 2, 2.2),
    ]


def test_openclip_results_become_error(box: Dropbox) -> None:
    lines = [
        json.dumps({"imagenet-zeroshot-val-top1": acc, "imagenet-zeroshot-val-top5": 0.5, "epoch": e})
        for e, acc in ((1, 0.25), (2, 0.5))
    ]
    box.drop("myrun/results.jsonl", "\n".join(lines))
    box.ingest()
    assert box.rows("SELECT task, step, value FROM measurements WHERE metric = 'error' ORDER BY 2") == [
        ("imagenet", 1, 0.75),
        ("imagenet", 2, 0.5),
    ]


def test_nanogpt_lines_are_read(box: Dropbox) -> None:
    box.drop(
        "run7.log",
        "hello\nstep 0: train loss 4.2, val loss 4.3\niter 1: loss 4.1, time 20ms\nstep 250: train loss 2.1, val loss nan\n",
    )
    box.ingest()
    assert box.rows("SELECT value FROM measurements WHERE split = 'validation'") == [(4.3,)]
    assert box.rows("SELECT row_number, reason FROM quarantine") == [(4, "not_a_number")]


def test_a_yaml_that_would_run_code_runs_none(box: Dropbox, tmp_path: Path) -> None:
    box.drop("version_1/metrics.csv", "epoch,step,train_loss\n0,1,3\n")
    box.drop("version_1/hparams.yaml", f"a: !!python/object/apply:os.mkdir ['{tmp_path / 'owned'}']\n")
    box.ingest()
    assert not (tmp_path / "owned").exists()
    assert box.rows("SELECT value FROM measurements") == [(3.0,)]


PAIRS = {
    "lightning": ("version_1/metrics.csv", "epoch,step,train_loss\n0,1,3\n", "version_1/hparams.yaml", "seed: {}\n"),
    "wandb": ("run-1-a/wandb-summary.json", '{"val/loss": 2.5}', "run-1-a/config.yaml", "seed: {{value: {}}}\n"),
    "wandb, above": ("run-1-a/files/wandb-summary.json", '{"val/loss": 2.5}', "run-1-a/config.yaml", "seed: {{value: {}}}\n"),
}


@pytest.mark.parametrize(("log", "text", "companion", "config"), PAIRS.values(), ids=PAIRS)
def test_a_log_is_taken_again_when_only_the_file_beside_it_changes(
    box: Dropbox, log: str, text: str, companion: str, config: str
) -> None:
    box.drop(log, text)
    for seed in (1, 22):
        box.drop(companion, config.format(seed))
        box.ingest()
    assert box.rows("SELECT seed, version FROM runs") == [(22, 2)]
    assert box.rows("SELECT count(*) FROM measurements_history") == [(1,)]
    assert box.ingest().unchanged == 1


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("val/loss", "metric:loss@validation/"),
        ("train_loss_step", "metric:loss@train/"),
        ("eval_g1_accuracy", "metric:accuracy@validation/g1"),
        ("loss/train", "metric:loss@train/"),
        ("grad_norm", "metric:grad_norm@/"),
        ("test/top1", "metric:accuracy@test/"),
    ],
)
def test_logged_names_become_canonical(name: str, column: str) -> None:
    assert metric_column(name) == column
