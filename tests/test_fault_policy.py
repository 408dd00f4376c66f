"""Whose fault it is decides what stops, what is said and the exit code: one rule for each kind, whatever it is wrapped in."""

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipeline.cli.main import main
from pipeline.errors import ExpressionError, FitError, LawbookError, LockedError, WarehouseError
from pipeline.expressions.parsing import parse
from pipeline.faults import Terminated, fault, spoils_the_store, stops

KINDS = [
    (KeyboardInterrupt(), "interrupted", 130),
    (Terminated(), "interrupted", 130),
    (duckdb.InterruptException("INTERRUPT Error: Interrupted!"), "interrupted", 130),
    (RuntimeError("Query interrupted"), "interrupted", 130),
    (OSError(errno.ENOSPC, "No space left on device", "work.duckdb"), "no space", 4),
    (OSError(errno.EDQUOT, "Disk quota exceeded"), "no space", 4),
    (duckdb.IOException("IO Error: Could not write file: No space left on device"), "no space", 4),
    (OSError(errno.EFBIG, "File too large", "work.duckdb"), "no space", 4),
    (duckdb.IOException('IO Error: Could not write file "published.duckdb.tmp.wal": File too large'), "no space", 4),
    (OSError(errno.EROFS, "Read-only file system", "work.lock"), "read-only", 4),
    (MemoryError(), "memory", 1),
    (OSError(errno.EMFILE, "Too many open files", "work.lock"), "open files", 1),
    (duckdb.IOException('IO Error: Cannot open file "a.csv": Too many open files'), "open files", 1),
    (duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate"), "memory", 1),
    (LockedError("work.duckdb is being written", fix="let it finish"), "locked", 3),
]


def wrapped(error: BaseException) -> BaseException:
    """As it arrives: a rollback that failed hides it, and an error of the project's own is raised from that."""
    try:
        try:
            try:
                raise error
            except BaseException:
                raise duckdb.TransactionException("cannot rollback - no transaction is active")  # noqa: B904
        except duckdb.Error as second:
            raise WarehouseError("the store cannot be written") from second
    except WarehouseError as outer:
        return outer


@pytest.mark.parametrize(("error", "kind", "code"), KINDS, ids=lambda value: str(value)[:30])
def test_what_stops_everything_is_told_by_its_kind(error: BaseException, kind: str, code: int) -> None:
    for each in (error, wrapped(error)):
        assert (fault(each).kind, fault(each).code, stops(each)) == (kind, code, True)


@pytest.mark.parametrize(
    "error", [OSError(errno.EACCES, "Permission denied"), ValueError("odd"), FitError("too few", fix="add runs")]
)
def test_what_costs_a_file_or_a_study_alone_stops_nothing(error: Exception) -> None:
    assert not stops(error)


def test_a_disk_that_answers_with_errors_is_told_as_one_and_is_no_failure_of_a_study() -> None:
    for error in (OSError(errno.EIO, "Input/output error", "work.duckdb"), duckdb.IOException("IO Error: Input/output error")):
        assert (fault(error).kind, fault(error).code, stops(error), spoils_the_store(error)) == ("device", 1, False, True)
        assert "lawbook doctor" in fault(error).fix


@pytest.mark.parametrize("made", [Path.mkdir, Path.touch], ids=["folder", "file"])
def test_what_stands_where_another_kind_of_file_belongs_is_told_as_in_the_way(
    tmp_path: Path, made: Callable[[Path], None]
) -> None:
    own, other = tmp_path / "own", tmp_path / "published.duckdb"
    own.touch() if made is Path.mkdir else own.mkdir()
    made(other)
    with pytest.raises(OSError, match="irectory") as told:
        own.replace(other)
    assert fault(told.value).text.startswith(f"{other} is in the way: ")
    assert fault(told.value).fix.startswith("move it away")


def test_a_library_that_looks_for_a_home_folder_that_nobody_has_is_told_with_the_cure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def looking(*_given: object, **_named: object) -> None:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("pipeline.refit.refit.refit", looking)
    assert main(["--home", str(tmp_path), "refit"]) == 1
    assert "set HOME to a folder, then run the same command again" in capsys.readouterr().err


def test_a_users_error_is_told_with_its_fix_and_a_bug_as_one() -> None:
    own, bug = fault(FitError("only 2 runs", fix="add runs")), fault(ValueError("odd"))
    assert (own.kind, own.message, own.fix) == ("error", "only 2 runs", "add runs")
    assert (bug.kind, bug.message) == ("bug", "ValueError: odd")


def test_an_error_carries_message_place_and_fix_apart_and_is_read_as_one_sentence() -> None:
    error = LawbookError("params -3 is not positive", place="runs.csv, row 7", fix="correct the row")
    assert (error.message, error.place, error.fix) == ("params -3 is not positive", "runs.csv, row 7", "correct the row")
    assert str(error) == "runs.csv, row 7: params -3 is not positive; correct the row"


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (duckdb.IOException("IO Error: Input/output error"), duckdb.IOException),
        (duckdb.InterruptException("INTERRUPT Error"), duckdb.InterruptException),
        (duckdb.OutOfMemoryException("Out of Memory Error"), duckdb.OutOfMemoryException),
        (duckdb.ParserException("syntax error"), ExpressionError),
    ],
)
def test_what_the_machine_did_while_an_expression_was_read_is_no_fault_of_the_expression(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, told: type[Exception]
) -> None:
    def tree(_text: str) -> str:
        raise raised

    monkeypatch.setattr("pipeline.expressions.parsing._tree", tree)
    with pytest.raises(told):
        parse("params > 1")


def test_memory_that_a_library_did_not_get_is_told_as_memory_whatever_it_raises() -> None:
    panic = type("PanicException", (BaseException,), {})
    words = ("Resource temporarily unavailable", "can't start new thread", "x.so: failed to map segment from shared object")
    kinds = [fault(kind(text)).kind for text in words for kind in (panic, RuntimeError, ImportError)]
    assert kinds == ["memory"] * len(kinds)
    assert fault(OSError(errno.ENOMEM, "Cannot allocate memory")).kind == "memory"
    assert fault(panic("index out of bounds")).kind == "bug"


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are those of Linux")
@pytest.mark.parametrize(("limit", "kind"), [("ulimit -v 4194304; ", "memory"), ("", "bug")])
def test_a_library_that_gets_no_memory_and_says_nothing_is_told_by_the_limit(limit: str, kind: str) -> None:
    program = "from pipeline.faults import fault; print(fault(SystemError('error return without exception set')).kind)"
    done = subprocess.run(["sh", "-c", f'{limit}exec "$0" -c "$1"', sys.executable, program], capture_output=True, text=True)
    assert done.stdout.strip() == kind


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are those of Linux")
@pytest.mark.parametrize(("taken", "kind"), [(900, "memory"), (0, "bug")])
def test_what_fails_in_a_process_at_its_limit_of_memory_is_told_as_want_of_memory(taken: int, kind: str) -> None:
    program = (
        f"from pipeline.faults import fault; x = bytearray({taken} << 20); print(fault(ValueError('a field is required')).kind)"
    )
    done = subprocess.run(
        ["sh", "-c", 'ulimit -v 1048576; exec "$0" -c "$1"', sys.executable, program], capture_output=True, text=True
    )
    assert done.stdout.strip() == kind
