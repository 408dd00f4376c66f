"""Logs in different places are different runs; states of one run, wherever its trainer puts them, are one."""

import json

import pytest

from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from tests.ingest.conftest import Dropbox

STEPS = "step 0: train loss 4.2, val loss 4.3\n"
CLIP = (
    "Train Epoch: 0 [  {seen}/12800 (1%)] Data (t): 0.1 Batch (t): 0.2, {rate}/s, 10/s/gpu LR: 0.0005 Logit Scale: 14.3 "
    "Contrastive_loss: {loss} (8.1)\n"
)
TWO_FOLDERS = {
    "huggingface": ("trainer_state.json", json.dumps({"log_history": [{"loss": 3.0, "step": 5}], "global_step": 5}), "{}"),
    "lightning": ("version_0/metrics.csv", "epoch,step,train_loss\n0,1,3\n", "{}/version_0"),
    "nanogpt": ("out.log", STEPS, "{}/out"),
    "nanogpt in out": ("out/train.log", STEPS, "{}/out/train"),
    "llm.c": ("main.log", "s:0 trl:4.3\n", "{}"),
    "openclip": ("out.log", CLIP.format(seen=128, rate=100.0, loss=8.2), "{}"),
    "openclip results": ("checkpoints/results.jsonl", '{"imagenet-zeroshot-val-top1": 0.3, "epoch": 1}\n', "{}"),
    "wandb history": ("history.jsonl", '{"_step": 1, "_timestamp": 1.0, "train/loss": 3.0}\n', "{}/history"),
    "wandb folder": ("run-final/wandb-summary.json", '{"val/loss": 3.0}', "{}/run-final"),
}


def state(*steps: int, flops: float) -> str:
    """A trainer_state.json with a loss at each step."""
    history = [{"loss": 10 - step / 200, "step": step} for step in steps]
    return json.dumps({"log_history": history, "global_step": steps[-1], "max_steps": 1000, "total_flos": flops})


@pytest.mark.parametrize("form", TWO_FOLDERS)
def test_logs_of_one_name_in_two_folders_are_two_runs(box: Dropbox, form: str) -> None:
    name, text, run = TWO_FOLDERS[form]
    for folder in ("one", "two"):
        box.drop(f"{folder}/{name}", text.replace("3", "2") if folder == "two" else text)
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id, version FROM runs ORDER BY 1") == [(run.format("one"), 1), (run.format("two"), 1)]


def test_checkpoints_of_two_trainers_are_two_runs_and_the_last_state_of_each_stands(box: Dropbox) -> None:
    for run in (1, 2):
        for last in (600, 900, 1000):
            steps = range(300, last + 1, 100)
            box.drop(f"run-hf-{run}/checkpoint-{last}/trainer_state.json", state(*steps, flops=run * 1e18 * last))
    assert box.ingest().quarantined == 0
    expected = [(f"run-hf-{run}", "finished", run * 1e21, 8) for run in (1, 2)]
    query = "SELECT run_id, status, any_value(runs.flops), count(*) FROM runs JOIN measurements USING (run_key)"
    assert box.rows(f"{query} GROUP BY ALL ORDER BY 1") == expected
    assert box.rows("SELECT max(version) FROM measurements_history") == [(1,)]


def test_a_trainer_that_goes_on_completes_its_run(box: Dropbox) -> None:
    box.drop("run/checkpoint-600/trainer_state.json", state(300, 600, flops=1e18))
    box.ingest()
    box.drop("run/checkpoint-900/trainer_state.json", state(300, 600, 900, flops=2e18))
    assert box.ingest().totals.measurements == 1
    assert box.rows("SELECT run_id, flops FROM runs") == [("run", 2e18)]


def test_a_wandb_folder_is_named_by_its_id_and_a_link_to_it_is_the_same_run(box: Dropbox) -> None:
    path = box.drop("run-20241012_153325-jnyhr7aj/files/wandb-summary.json", '{"val/loss": 3.0}')
    (path.parents[2] / "latest-run").symlink_to(path.parents[1].name)
    box.ingest()
    assert box.rows("SELECT run_id FROM runs") == [("jnyhr7aj",)]


def test_below_the_inbox_a_run_is_named_by_its_place_below_its_namespace(box: Dropbox) -> None:
    (box.home.root / "config.toml").write_text("shipped = false\n")
    box.drop("a/version_0/metrics.csv", "epoch,step,train_loss\n0,1,3\n")
    (box.home.inbox / "alone.log").write_text(STEPS)
    ingest(Home.open(box.home.root))
    assert box.rows("SELECT namespace, run_id FROM runs ORDER BY 1") == [("default", "alone"), ("lab", "a/version_0")]
