"""trainer_log.jsonl of LLaMA-Factory: what its callback writes of each of the Trainer's logging events, with their steps."""

from pathlib import Path

from pipeline.readers.json_lines import json_lines
from pipeline.readers.names import frame, logged_number
from pipeline.readers.reader import Reader, Tables
from pipeline.readers.restarts import standing

LOG = "trainer_log.jsonl"
COLUMNS = {
    "loss": "metric:loss@train/",
    "eval_loss": "metric:loss@validation/",
    "predict_loss": "metric:loss@test/",
    "reward": "metric:reward@train/",
    "accuracy": "metric:reward_accuracy@train/",
}
"""Its `accuracy` is the share of pairs whose chosen answer has the higher reward."""


def _is_log(path: Path, head: bytes) -> bool:
    first = head.split(b"\n", 1)[0]
    return path.suffix.lower() == ".jsonl" and b'"current_steps"' in first and b'"total_steps"' in first


def _read(path: Path, run: str) -> Tables:
    """A row an event, with the tokens seen where they were counted; finished when all steps are done."""
    rows = json_lines(path)
    records = [
        {
            "row_number": number,
            "run_id": run,
            "step": row.get("current_steps"),
            "lr": row.get("lr"),
            "data_seen": row.get("total_tokens"),
            **{column: logged_number(row[name]) for name, column in COLUMNS.items() if name in row},
        }
        for number, row in enumerate(rows, 1)
    ]
    last = rows[-1] if rows else {}
    done = last.get("total_steps") and last.get("current_steps", 0) >= last["total_steps"]
    seen = last.get("total_tokens")
    own = {"run_id": run, "status": "finished" if done else "running", "data_seen": seen, "data_unit": "token" if seen else None}
    stands, replaced = standing(record for record in records if any(name in record for name in COLUMNS.values()))
    return Tables(runs=frame([own]), measurements=frame(stands), replaced=frame(replaced))


ASKED = 60
READERS = (
    Reader(
        "llama-factory log", _is_log, _read, says="one logging event a line: current_steps, loss, eval_loss, lr", same_in_all=LOG
    ),
)
