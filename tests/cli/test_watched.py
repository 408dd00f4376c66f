"""Where the system ends a command, the process that watches it says so in a sentence, and passes on what others tell it."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.small_home import make_home

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a command is watched on Linux alone")

PROGRAM = """
import os, signal, sys, time
from pipeline.cli.watched import watched
def work():
    {body}
    return 7
sys.exit(watched(work, lambda found: print(found.kind, found.text)))
"""
STOPS = """signal.signal(signal.{sent}, lambda *_: sys.exit(9))
    print("at work", flush=True)
    time.sleep(60)"""


def program(body: str, limit: str = "") -> subprocess.Popen[str]:
    command = ["sh", "-c", f'{limit} exec "$0" -c "$1"', sys.executable, PROGRAM.format(body=body)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def begun(done: subprocess.Popen[str]) -> None:
    """Waits until the command is at work."""
    assert done.stdout is not None
    assert done.stdout.readline() == "at work\n"


@pytest.mark.parametrize(("body", "code"), [("pass", 7), ("sys.exit(3)", 3), ("raise SystemExit(130)", 130)])
def test_the_exit_code_of_a_command_is_that_of_its_watcher(body: str, code: int) -> None:
    done = program(body)
    assert (done.communicate()[0], done.returncode) == ("", code)


@pytest.mark.parametrize(
    ("sent", "kind"), [("SIGKILL", "memory"), ("SIGABRT", "memory"), ("SIGBUS", "memory"), ("SIGSEGV", "bug")]
)
def test_a_command_that_the_system_ends_is_told_with_its_signal_and_its_kind(sent: str, kind: str) -> None:
    done = program(f"os.kill(os.getpid(), signal.{sent})")
    said = done.communicate()[0]
    assert done.returncode == 1
    assert said.startswith(f"{kind} the process was ended by {sent}")
    assert "what was stored so far is kept" in said


def test_a_library_that_does_not_look_whether_it_was_given_memory_is_told_as_want_of_memory() -> None:
    said = program("os.kill(os.getpid(), signal.SIGSEGV)", "ulimit -v 4194304;").communicate()[0]
    assert said.startswith("memory the process was ended by SIGSEGV")


def test_a_command_that_a_library_ends_is_told_too() -> None:
    done = program("os._exit(127)")
    assert done.communicate()[0].startswith("memory the process was ended by a library, with exit code 127")
    assert done.returncode == 1


@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_to_the_watcher_alone_reaches_the_command(sent: str) -> None:
    done = program(STOPS.format(sent=sent))
    begun(done)
    done.send_signal(getattr(signal, sent))
    done.communicate()
    assert done.returncode == 9


def test_a_command_that_aborts_when_it_is_told_to_stop_is_told_as_stopped() -> None:
    done = program("signal.signal(signal.SIGTERM, lambda *_: os.abort()); print('at work', flush=True); time.sleep(60)")
    begun(done)
    done.send_signal(signal.SIGTERM)
    assert done.communicate()[0].startswith("interrupted terminated")
    assert done.returncode == 130


def test_a_command_does_not_outlive_its_watcher() -> None:
    done = program(STOPS.format(sent="SIGINT"))
    begun(done)
    (child,) = psutil.Process(done.pid).children()
    done.kill()
    done.communicate()
    assert psutil.wait_procs([child], timeout=30)[1] == []


LIMITS = (6000, 3000, 2000, 1500, 1200, 1000, 800, 700, 600, 500, 400, 300)
"""MiB of address space: at the first a small refit is at ease, at the last its libraries cannot be loaded."""


def refit(home: Path, limit: int) -> subprocess.CompletedProcess[str]:
    command = f"ulimit -v {limit * 1024}; exec {sys.executable} -m pipeline.cli --home {home} refit"
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=300)


def told(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether it went well, or a person reads that memory is used up and what to do."""
    sentence = "the memory is used up" in done.stderr and "run the same command again" in done.stderr
    return done.returncode == 0 or (done.returncode == 1 and sentence and "Traceback" not in done.stderr)


def test_a_refit_without_memory_says_so_in_a_sentence(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "first").root
    done = refit(home, 600)
    assert done.returncode == 1
    assert told(done), done.stderr


@pytest.mark.slow
def test_at_every_limit_of_the_address_space_a_refit_ends_in_a_sentence_and_nothing_is_lost(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "first").root
    ended = {limit: refit(home, limit) for limit in sorted(LIMITS)}
    assert {limit: done.stderr for limit, done in ended.items() if not told(done)} == {}
    assert ended[max(LIMITS)].returncode == 0
