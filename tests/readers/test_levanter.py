"""Levanter's JSON logger, whose lines end in an object."""

import json

from tests.ingest.conftest import Dropbox

START = "2026-05-01T10:00:00 - 0 - levanter.json_logger - INFO :: "
TAKEN = "SELECT metric, split, step, m.data_seen, m.lr, value FROM measurements AS m ORDER BY ALL"


def line(event: str, **said: object) -> str:
    """A line of the log."""
    return START + json.dumps({"tracker": "json_logger", "event": event, **said}) + "\n"


def logged(step: int, loss: float, **more: float) -> str:
    """A line with a training loss."""
    metrics = {"train/loss": loss, "throughput/total_tokens": 1024 * step, "optim/learning_rate": 0.001, **more}
    return line("log", step=step, metrics=metrics)


LOG = (
    "INFO:levanter:starting\n"
    + line("hparams", hparams={"model": {"num_layers": 2}, "seed": 7})
    + logged(1, 9.5)
    + logged(2, 8.5, **{"eval/loss": 8.75})
)
END = line("finish", summary={"train/loss": 8.5})


def test_events_are_rows_at_their_step_tokens_and_rate(box: Dropbox) -> None:
    box.drop("a/train.log", LOG + END)
    assert box.ingest().quarantined == 0
    taken = box.rows(TAKEN)
    assert ("loss", "train", 1, 1024, 0.001, 9.5) in taken
    assert ("loss", "train", 2, 2048, 0.001, 8.5) in taken
    assert ("loss", "validation", 2, 2048, 0.001, 8.75) in taken
    assert box.rows("SELECT run_id, status, seed, source_format FROM runs") == [("a/train", "finished", 7, "levanter json log")]


def test_a_restart_ends_what_lies_behind_it_and_the_run_goes_on(box: Dropbox) -> None:
    box.drop("train.log", LOG + END + logged(2, 8.0))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT step, value FROM measurements WHERE (metric, split) = ('loss', 'train') ORDER BY 1") == [
        (1, 9.5),
        (2, 8),
    ]
    assert box.rows("SELECT status FROM runs") == [("running",)]


def test_a_value_that_is_no_number_costs_its_cell_and_a_damaged_line_itself(box: Dropbox) -> None:
    box.drop("train.log", LOG.replace("9.5", "NaN").replace('8.5, "thr', '8.5 "thr') + logged(3, 7.5))
    box.ingest()
    assert box.reasons() == {"not_a_number": 1, "unreadable": 1}
    assert box.rows("SELECT step, value FROM measurements WHERE metric = 'loss'") == [(3, 7.5)]


def test_a_half_written_event_waits(box: Dropbox) -> None:
    box.drop("train.log", LOG.removesuffix("}}\n"))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT max(step) FROM measurements") == [(1,)]
