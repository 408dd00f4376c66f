"""The n-th call to the operating system for something in the inbox fails: that file is refused, everything else is in.

A full disk is no file's fault: the ingest ends there, and the next one takes everything.
"""

import builtins
import errno
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest

from pipeline.faults import fault
from pipeline.readers.shape import Refused
from tests.ingest.conftest import Dropbox

ERRORS = ("EACCES", "ENOENT", "EISDIR", "ELOOP", "ENAMETOOLONG", "EIO", "ENOSPC")
CALLS = ((os, "stat"), (os, "lstat"), (os, "scandir"), (os, "readlink"), (os, "rename"), (io, "open"), (builtins, "open"))
VALUES = "SELECT run_id, metric, split, task, step, value FROM measurements JOIN runs USING (run_key) ORDER BY ALL"
SAID = "SELECT source_uri FROM quarantine UNION ALL SELECT source_uri FROM ingest_log WHERE quarantined > 0"
"""What is refused: nothing of these logs, once they can be read."""
SAMPLE = 4


class Calls:
    """Counts calls for paths below a folder; the `last` one fails."""

    def __init__(self, below: Path, last: int = 0, error: str = "EIO") -> None:
        self.below, self.last, self.error = str(below), last, error
        self.count, self.failed = 0, ""

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, which may fail."""

        def called(*given: Any, **named: Any) -> Any:
            name = os.fspath(given[0]) if given and isinstance(given[0], str | os.PathLike) else ""
            if isinstance(name, str) and name.startswith(self.below + os.sep):
                self.count += 1
                if self.count == self.last:
                    self.failed = name
                    number = getattr(errno, self.error)
                    raise OSError(number, os.strerror(number), name)
            return function(*given, **named)

        return called


@contextmanager
def counted(calls: Calls) -> Iterator[None]:
    """While it lasts the operating system is asked through `calls`."""
    patches = [patch.object(module, name, calls.wrap(getattr(module, name))) for module, name in CALLS]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


def fill(box: Dropbox) -> None:
    """A log of many a format, each of a run of its own."""
    box.drop("a.measurements.csv", "run_id,metric,value,step\ncsv,loss,3.5,100\n")
    box.drop("b/b.measurements.jsonl", '{"run_id": "jsonl", "metric": "loss", "value": 3.25, "step": 100}\n')
    pl.DataFrame({"run_id": ["parquet"], "metric": ["loss"], "value": [3.0], "step": [100]}).write_parquet(
        box.drop("c.measurements.parquet", b"")
    )
    state = {"log_history": [{"loss": 2.5, "step": 60}], "global_step": 60, "max_steps": 60}
    box.drop("hf/trainer_state.json", json.dumps(state) + "\n")
    box.drop("hf/config.json", json.dumps({"model_type": "own"}) + "\n")
    box.drop("lightning/metrics.csv", "epoch,step,train_loss\n0,1,3\n")
    box.drop("lightning/hparams.yaml", "seed: 1\n")
    box.drop("nanogpt.log", "step 0: train loss 4.2, val loss 4.3\n")
    box.drop("deep/er/modded.out", "step:125/1750 val_loss:4.2887 train_time:12345ms step_avg:98.76ms\n")
    evaluated = {"results": {"arc_easy": {"acc": 0.5, "acc_stderr": 0.1}}, "config": {"model_args": "pretrained=m"}}
    box.drop("evaluated/results_1.json", json.dumps(evaluated) + "\n")


def run_of(path: str, folder: Path) -> Callable[[str], bool]:
    """Whether a run may be missing where this path failed: those at, beside or below it."""
    if not path:
        return lambda _run: False
    place = Path(path).relative_to(folder).as_posix()
    first = place.partition("/")[0].removesuffix(".map.toml")  # a map beside a log is read with it
    names = {"a.measurements.csv": "csv", "b": "jsonl", "c.measurements.parquet": "parquet", "nanogpt.log": "nanogpt"}
    return lambda run: place in ("", ".") or run.split("/")[0] == names.get(first, first)


def told(box: Dropbox, calls: Calls) -> Exception | None:
    """What ends an ingest, where anything does."""
    try:
        with counted(calls):
            box.ingest()
    except (OSError, Refused) as error:
        return error
    return None


def check(make_box: Callable[[str], Dropbox], whole: list[tuple[object, ...]], last: int, error: str) -> str:
    """One ingest whose call `last` fails, and one more, which takes all: returns the path that failed."""
    box = make_box(f"{error}-{last}")
    fill(box)
    calls = Calls(box.home.inbox / "lab", last, error)
    if stopped := told(box, calls):
        assert (error, fault(stopped).kind) == ("ENOSPC", "no space")
    else:
        _costs_itself_alone(box, whole, calls)
    box.ingest()
    assert box.rows(VALUES) == whole, (calls.failed, error)
    assert box.unaccounted() == []
    assert box.rows(SAID) == [], (calls.failed, error)
    return calls.failed


def _costs_itself_alone(box: Dropbox, whole: list[tuple[object, ...]], calls: Calls) -> None:
    missing = {str(row[0]) for row in whole} - {str(row[0]) for row in box.rows(VALUES)}
    excused = run_of(calls.failed, box.home.inbox / "lab")
    assert [run for run in missing if not excused(run)] == [], (calls.failed, calls.error)
    if missing:
        details = [str(row[0]) for row in box.rows("SELECT detail FROM quarantine")]
        assert any(details), (calls.failed, calls.error)


@pytest.fixture
def whole(make_box: Callable[[str], Dropbox]) -> tuple[list[tuple[object, ...]], int]:
    """What an undisturbed ingest takes, and how many calls it makes."""
    box = make_box("whole")
    fill(box)
    calls = Calls(box.home.inbox / "lab")
    with counted(calls):
        box.ingest()
    return box.rows(VALUES), calls.count


def test_a_map_that_is_a_loop_of_links_costs_its_own_log_alone(box: Dropbox) -> None:
    fill(box)
    loop = box.home.inbox / "lab" / "nanogpt.log.map.toml"
    loop.symlink_to(loop.name)
    box.ingest()
    assert {str(row[0]) for row in box.rows(VALUES)} >= {"csv", "jsonl", "parquet", "hf", "lightning"}
    loop.unlink()
    box.ingest()
    assert "nanogpt" in {str(row[0]) for row in box.rows(VALUES)}


def test_a_log_whose_place_is_a_loop_of_links_costs_itself_alone(box: Dropbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link may become a loop between two looks; pathlib calls that a RuntimeError before Python 3.13."""
    fill(box)
    real = Path.resolve

    def looping(self: Path, strict: bool = False) -> Path:
        if self.name == "trainer_state.json":
            raise RuntimeError(f"Symlink loop from {str(self)!r}")
        return real(self, strict)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "resolve", looping)
        box.ingest()
    assert {str(row[0]) for row in box.rows(VALUES)} >= {"csv", "jsonl", "parquet", "lightning", "nanogpt"}
    assert "Too many levels of symbolic links" in str(box.rows("SELECT detail FROM quarantine"))
    box.ingest()
    assert "hf" in {str(row[0]) for row in box.rows(VALUES)}


def test_one_failing_call_costs_its_own_file_alone(
    make_box: Callable[[str], Dropbox], whole: tuple[list[tuple[object, ...]], int]
) -> None:
    rows, count = whole
    assert len({row[0] for row in rows}) == 8
    assert count > SAMPLE
    for number in range(SAMPLE):
        assert check(make_box, rows, 1 + number * (count - 1) // (SAMPLE - 1), ERRORS[number % len(ERRORS)])


@pytest.mark.slow
@pytest.mark.parametrize("odd", [True, False])
@pytest.mark.parametrize("error", ERRORS)
def test_every_failing_call_costs_its_own_file_alone(
    make_box: Callable[[str], Dropbox], whole: tuple[list[tuple[object, ...]], int], error: str, odd: bool
) -> None:
    rows, count = whole
    for last in range(1 if odd else 2, count + 1, 2):
        check(make_box, rows, last, error)
