"""What one version of the readers could not read, the next one is given again, though the file is the same."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipeline import readers
from pipeline.errors import ReaderError
from pipeline.readers import Reader, Tables, version
from tests.ingest.conftest import Dropbox


def _read(_path: Path, run: str) -> Tables:
    return Tables(measurements=pl.DataFrame({"run_id": [run], "metric": ["loss"], "value": [2.5], "step": [1]}))


def _fail(path: Path, _run: str) -> Tables:
    raise ReaderError("the second line cannot be read", place=str(path), fix="copy it again")


def given(monkeypatch: pytest.MonkeyPatch, read: Callable[[Path, str], Tables], name: str) -> None:
    """Another version of the readers, which has a reader of that kind of log."""
    reader = Reader("new log", lambda path, _head: path.suffix == ".new", read)
    monkeypatch.setattr(readers, "READERS", (*readers.READERS, reader))
    monkeypatch.setattr(version, "readers_version", lambda: name)


VALUES = "SELECT run_id, value FROM measurements JOIN runs USING (run_key)"


def test_a_file_that_nobody_knew_is_taken_by_the_version_that_knows_it(box: Dropbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.drop("a.new", "what it says\n")
    box.ingest()
    assert box.reasons() == {"unrecognised": 1}
    given(monkeypatch, _read, "later")
    box.ingest()
    assert (box.rows(VALUES), box.reasons()) == ([("a", 2.5)], {})


def test_a_file_that_a_reader_failed_at_is_taken_by_the_version_that_does_not(
    box: Dropbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.drop("a.new", "what it says\n")
    with monkeypatch.context() as earlier:
        given(earlier, _fail, "earlier")
        box.ingest()
        assert box.reasons() == {"unreadable": 1}
        assert box.ingest().unchanged == 1
    given(monkeypatch, _read, "later")
    box.ingest()
    assert (box.rows(VALUES), box.reasons()) == ([("a", 2.5)], {})
    assert box.ingest().unchanged == 1


def test_the_same_version_does_not_look_again_whatever_the_file_is_called(box: Dropbox, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, _fail, "now")
    path = box.drop("a.new", "what it says\n")
    box.ingest()
    path.rename(path.with_name("b.new"))
    assert box.ingest().unchanged == 1
    assert box.rows("SELECT count(*) FROM ingest_log") == [(1,)]


def test_a_version_that_refuses_a_file_again_says_so_once(box: Dropbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.drop("a.new", "what it says\n")
    for name in ("one", "two", "three"):
        with monkeypatch.context() as patched:
            given(patched, _fail, name)
            box.ingest()
    assert box.reasons() == {"unreadable": 1}


def test_the_version_is_that_of_the_code_and_not_of_its_place(tmp_path: Path) -> None:
    for place, text in (("a", "x = 1"), ("b", "x = 1"), ("c", "x = 2")):
        (tmp_path / place / "readers").mkdir(parents=True)
        (tmp_path / place / "readers" / "one.py").write_text(text)
    one, same, other = (version.readers_version(tmp_path / place) for place in ("a", "b", "c"))
    assert one == same != other
