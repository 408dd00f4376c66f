"""What the disk does not give costs itself alone, and the next ingest takes it."""

import errno
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.faults import fault
from pipeline.readers import staging
from pipeline.readers.shape import Refused
from tests.ingest.conftest import Dropbox

FAULTS = ("EACCES", "ENOENT", "EISDIR", "ELOOP", "EIO")


@pytest.mark.parametrize("name", FAULTS)
def test_a_log_that_cannot_be_opened_is_refused_alone_and_taken_next_time(
    box: Dropbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bad = box.drop("bad.log", "step 0: train loss 4.1, val loss 4.2\n")
    box.drop("good.log", "step 0: train loss 4.2, val loss 4.3\n")
    code, opened = getattr(errno, name), Path.open

    def failing(path: Path, *given: Any, **named: Any) -> object:
        if path == bad:
            raise OSError(code, name, str(path))
        return opened(path, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", failing)
        box.ingest()
    assert box.rows("SELECT run_id FROM runs") == [("good",)]
    assert "the next ingest tries again" in str(box.rows("SELECT detail FROM quarantine"))
    box.ingest()
    assert box.rows("SELECT run_id FROM runs ORDER BY 1") == [("bad",), ("good",)]
    assert box.reasons() == {}


STATEMENTS = {
    "a.measurements.csv": ("reading", "run_id,metric,value,step\nfirst,loss,3.5,100\n"),
    "a.measurements.jsonl": ("_load_json", '{"run_id": "first", "metric": "loss", "value": 3.25, "step": 100}\n'),
}
MACHINE = {
    "device": "IO Error: could not write to the file: Input/output error",
    "no space": "IO Error: could not write to the file: No space left on device",
    "memory": "Out of Memory Error: could not allocate block of size 256 KiB",
}


def broken(monkeypatch: pytest.MonkeyPatch, function: str, error: Exception) -> None:
    def failing(*_given: Any) -> Any:
        raise error

    monkeypatch.setattr(staging, function, failing)


@pytest.mark.parametrize("kind", MACHINE)
@pytest.mark.parametrize("name", STATEMENTS)
def test_what_the_machine_failed_in_while_a_log_was_read_is_not_held_against_the_log(
    box: Dropbox, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
) -> None:
    function, text = STATEMENTS[name]
    box.drop(name, text)
    raised = duckdb.OutOfMemoryException if kind == "memory" else duckdb.IOException
    with monkeypatch.context() as patch:
        broken(patch, function, raised(MACHINE[kind]))
        with pytest.raises(duckdb.Error) as told:
            box.ingest()
    assert fault(told.value).kind == kind
    box.ingest()
    assert box.rows("SELECT run_id FROM runs") == [("first",)]
    assert box.reasons() == {}


def test_a_log_that_the_disk_did_not_give_while_it_was_read_is_taken_next_time(
    box: Dropbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = box.drop("bad[1].measurements.csv", "run_id,metric,value,step\nbad,loss,3.5,100\n")
    box.drop("good.log", "step 0: train loss 4.2, val loss 4.3\n")
    escaped = str(bad).replace("[", "[[]")
    with monkeypatch.context() as patch:
        broken(patch, "reading", duckdb.IOException(f'IO Error: could not read from "{escaped}": Input/output error'))
        box.ingest()
    assert box.rows("SELECT run_id FROM runs") == [("good",)]
    assert box.reasons() == {"unreadable": 1}
    box.ingest()
    assert box.rows("SELECT run_id FROM runs ORDER BY 1") == [("bad",), ("good",)]


def test_a_full_disk_ends_the_ingest_and_is_not_held_against_the_log_that_was_read(
    box: Dropbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, opened = box.drop("bad.log", "step 0: train loss 4.1, val loss 4.2\n"), Path.open

    def failing(path: Path, *given: Any, **named: Any) -> object:
        if path == bad:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return opened(path, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", failing)
        with pytest.raises((OSError, Refused)) as told:
            box.ingest()
    assert fault(told.value).kind == "no space"
    box.ingest()
    assert (box.rows("SELECT run_id FROM runs"), box.reasons()) == ([("bad",)], {})
