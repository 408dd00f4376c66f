"""What the disk does not give costs itself alone, and the next ingest takes it."""

import errno
from pathlib import Path

import pytest

from tests.ingest.conftest import Dropbox

FAULTS = ("EACCES", "ENOENT", "EISDIR", "ELOOP", "EIO")


@pytest.mark.parametrize("name", FAULTS)
def test_a_log_that_cannot_be_opened_is_refused_alone_and_taken_next_time(
    box: Dropbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bad = box.drop("bad.log", "step 0: train loss 4.1, val loss 4.2\n")
    box.drop("good.log", "step 0: train loss 4.2, val loss 4.3\n")
    code, opened = getattr(errno, name), Path.open

    def failing(path: Path, *given: object, **named: object) -> object:
        if path == bad:
            raise OSError(code, name, str(path))
        return opened(path, *given, **named)  # type: ignore[call-overload]

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", failing)
        box.ingest()
    assert box.rows("SELECT run_id FROM runs") == [("good",)]
    assert "the next ingest tries again" in str(box.rows("SELECT detail FROM quarantine"))
    box.ingest()
    assert box.rows("SELECT run_id FROM runs ORDER BY 1") == [("bad",), ("good",)]
    assert box.reasons() == {}
