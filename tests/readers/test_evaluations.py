"""Results of lm-evaluation-harness in its layouts, and of OLMES: what is taken, and whose run it is."""

import json
from pathlib import Path

import pytest

from pipeline.readers.formats.evaluations import run_of
from tests.ingest.conftest import Dropbox

NEW = {
    "results": {
        "arc_easy": {"alias": "arc_easy", "sample_len": 2376, "acc,none": 0.65, "acc_stderr,none": 0.01, "acc_norm,none": 0.6},
        "gsm8k": {"alias": "gsm8k", "exact_match,strict-match": 0.25, "exact_match_stderr,strict-match": 0.0125},
        "wikitext": {"alias": "wikitext", "bits_per_byte,none": 0.75, "bits_per_byte_stderr,none": "N/A"},
    },
    "n-samples": {"arc_easy": {"original": 2376, "effective": 2376}},
    "config": {"model": "hf", "model_args": "pretrained=EleutherAI/pythia-160m,dtype=float32"},
}
OLD = {
    "results": {"arc_easy": {"acc": 0.65, "acc_stderr": 0.01, "acc_norm": 0.6, "acc_norm_stderr": 0.02}},
    "versions": {"arc_easy": 0},
    "config": {"model": "hf-causal", "model_args": "pretrained=EleutherAI/pythia-160m", "num_fewshot": 0},
}
BOARD = {
    "config_general": {"model_name": "EleutherAI/pythia-160m"},
    "results": {"harness|arc:challenge|25": {"acc": 0.25, "acc_stderr": 0.0125}, "all": {"acc": 0.25, "acc_stderr": 0.0125}},
}
OLMES = {
    "task_name": "arc_easy",
    "task_hash": "a",
    "model_config": {"model": "pythia-160m"},
    "num_instances": 2376,
    "metrics": {"acc_raw": 0.65, "bits_per_byte": 0.75, "primary_score": 0.65, "extra": {}},
}
VALUES = "SELECT metric, task, value FROM measurements WHERE metric <> 'error' ORDER BY ALL"


def ended(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def test_the_new_layout_of_the_harness_keeps_tasks_standard_errors_and_items(box: Dropbox) -> None:
    box.drop("run7/eval/EleutherAI__pythia-160m/results_2024-08-01T10-00-00.json", ended(NEW))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id FROM runs") == [("run7",)]
    assert box.rows(VALUES) == [
        ("acc_norm", "arc_easy", 0.6),
        ("accuracy", "arc_easy", 0.65),
        ("accuracy_stderr", "arc_easy", 0.01),
        ("bits_per_byte", "wikitext", 0.75),
        ("exact_match", "gsm8k/strict-match", 0.25),
        ("exact_match_stderr", "gsm8k/strict-match", 0.0125),
        ("items", "arc_easy", 2376.0),
    ]


@pytest.mark.parametrize(("layout", "task", "value"), [(OLD, "arc_easy", 0.65), (BOARD, "arc:challenge", 0.25)])
def test_other_layouts_of_the_harness_say_the_same(box: Dropbox, layout: object, task: str, value: float) -> None:
    box.drop("results_1.json", ended(layout))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT DISTINCT task FROM measurements") == [(task,)]
    assert box.rows("SELECT value FROM measurements WHERE metric = 'accuracy'") == [(value,)]
    assert box.rows("SELECT run_id FROM runs") == [("EleutherAI/pythia-160m",)]


def test_metrics_of_olmes_are_those_of_their_task(box: Dropbox) -> None:
    box.drop("run7/task-000-arc_easy-metrics.json", ended(OLMES))
    assert box.ingest().quarantined == 0
    expected = [("acc_raw", 0.65), ("bits_per_byte", 0.75), ("items", 2376.0), ("primary_score", 0.65)]
    assert box.rows("SELECT metric, value FROM measurements ORDER BY ALL") == expected
    assert box.rows("SELECT run_id FROM runs") == [("run7",)]


def test_an_evaluation_of_a_checkpoint_joins_its_run_at_its_step(box: Dropbox) -> None:
    state = {"log_history": [{"loss": 3.0, "step": 900}], "global_step": 900, "max_steps": 900}
    box.drop("run7/checkpoint-900/trainer_state.json", ended(state))
    box.drop("run7/checkpoint-900/eval/results_1.json", ended(OLD))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id, status FROM runs") == [("run7", "finished")]
    assert box.rows("SELECT step, value FROM measurements WHERE metric = 'accuracy'") == [(900, 0.65)]


def test_an_evaluation_beside_no_run_is_of_the_model_it_names(box: Dropbox) -> None:
    state = {"log_history": [{"loss": 3.0, "step": 900}], "global_step": 900, "max_steps": 900}
    box.drop("run7/trainer_state.json", ended(state))
    local = {**OLD, "config": {"model_args": "pretrained=/scratch/out/run7/checkpoint-900,dtype=auto"}}
    box.drop("results/results_1.json", ended(local))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id FROM runs") == [("run7",)]
    assert box.rows("SELECT step FROM measurements WHERE metric = 'accuracy'") == [(900,)]


def test_an_evaluation_that_names_no_model_beside_no_run_is_refused_in_words(box: Dropbox) -> None:
    box.drop("results_1.json", ended({"results": {"a": {"acc": 0.5, "acc_stderr": 0.1}}}))
    assert box.ingest().refused_files == 1
    assert "put it into the folder of its run" in str(box.rows("SELECT detail FROM quarantine"))


def test_a_result_that_was_cut_is_refused_whole(box: Dropbox) -> None:
    box.drop("run7/results_1.json", ended(NEW)[:200])
    assert box.ingest().refused_files == 1
    assert box.rows("SELECT count(*) FROM measurements") == [(0,)]


@pytest.mark.parametrize(
    ("model", "run"),
    [
        ("EleutherAI/pythia-160m", "EleutherAI/pythia-160m"),
        ("gpt2", "gpt2"),
        ("/scratch/out/run7/checkpoint-900", "run7"),
        ("out/run7/step1000-hf", "run7"),
        ("./run7", "run7"),
        ("", ""),
    ],
)
def test_a_model_is_the_run_of_its_last_part(model: str, run: str) -> None:
    assert run_of(model) == run


def test_a_table_of_results_that_is_no_evaluation_stays_one(tmp_path: Path) -> None:
    from pipeline.readers import reader_for

    text = json.dumps({"results": [{"id": "a", "loss": 2.5}]}).encode()
    assert reader_for(tmp_path / "sweep.json", text) is None


@pytest.mark.parametrize("folder", ["evals", "eval", "lm_eval_results"])
def test_a_folder_of_evaluations_is_no_part_of_a_runs_name(box: Dropbox, folder: str) -> None:
    box.drop(f"{folder}/a-70m/results_1.json", json.dumps({"results": {"piqa": {"acc,none": 0.5, "acc_stderr,none": 0.01}}}))
    box.ingest()
    assert box.rows("SELECT DISTINCT run_id FROM runs") == [("a-70m",)]
