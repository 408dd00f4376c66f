"""What trainers that write the forms of others mean: PaddleNLP's state, LLaMA-Factory's log beside a state, EasyLM's arrays."""

import json

import pytest

from tests.ingest.conftest import Dropbox

VALUES = "SELECT run_id, metric, split, step, value FROM measurements JOIN runs USING (run_key) ORDER BY step, metric"
STATE = {
    "log_history": [
        {"loss": 2.5, "global_step": 10, "progress_or_epoch": 0.1, "interval_runtime": 1.5, "step": 10},
        {"loss": 2.0, "global_step": 20, "progress_or_epoch": 0.2, "interval_runtime": 1.5, "step": 20},
    ],
    "global_step": 20,
    "max_steps": 20,
}
EVENTS = [
    {"current_steps": 10, "total_steps": 20, "loss": 2.5, "lr": 0.001},
    {"current_steps": 20, "total_steps": 20, "loss": 2.0},
]
CURVE = [("r", "loss", "train", 10, 2.5), ("r", "loss", "train", 20, 2.0)]


def test_where_an_entry_of_a_state_lies_is_no_metric(box: Dropbox) -> None:
    box.drop("r/trainer_state.json", json.dumps(STATE) + "\n")
    assert box.ingest().quarantined == 0
    assert box.rows(VALUES) == CURVE


def test_the_log_of_llama_factory_and_the_state_beside_it_are_one_run(box: Dropbox) -> None:
    box.drop("r/trainer_state.json", json.dumps(STATE) + "\n")
    box.drop("r/trainer_log.jsonl", "".join(json.dumps(event) + "\n" for event in EVENTS))
    assert box.ingest().quarantined == 0
    assert box.rows(VALUES) == CURVE
    assert box.rows("SELECT run_id, status FROM runs") == [("r", "finished")]


@pytest.mark.parametrize(
    "value", ["2.5", "np.float32(2.5)", "tensor(2.5, device='cuda:0')", "Array([2.5], dtype=float32)", "[2.5]"]
)
def test_a_printed_number_may_stand_in_an_array(box: Dropbox, value: str) -> None:
    box.drop("r.log", f"10:00 INFO {{'step': np.int64(10),\n 'train/loss': {value}}}\n{{'loss': 9.0, 'epoch': 1}}\n")
    assert box.ingest().quarantined == 0
    assert box.rows(VALUES) == [("r", "loss", "train", 10, 2.5)]


def test_an_evaluation_of_composers_file_lies_behind_its_batch(box: Dropbox) -> None:
    lines = ("[metric][batch=9]: time/token: 900", "[metric][batch=9]: metrics/train/LanguageCrossEntropy: 2.5")
    later = ("[metric][batch=10]: metrics/eval/LanguageCrossEntropy: 2.75", "[metric][batch=10]: time/token: 1000")
    box.drop("r.txt", "".join(f"{line} \n" for line in (*lines, *later)))
    assert box.ingest().quarantined == 0
    asked = "SELECT split, step, data_seen, value FROM measurements ORDER BY 1"
    assert box.rows(asked) == [("train", 10, 1000.0, 2.5), ("validation", 10, 1000.0, 2.75)]
