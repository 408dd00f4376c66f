"""What may go wrong, in one place: whose fault it is, whether it stops everything, what a person reads, and the exit code.

A user's error is a sentence and costs what it is about: a file, a study. What stops everything is never the failure of a study:
the process was told to stop, another one holds the store, disk or memory are used up. All else is a bug, and is told as one.
"""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.errors import LawbookError, LockedError
from pipeline.redaction import redacted

if sys.platform == "linux":
    import resource  # at the start: where memory lacks, no library is loaded any more

Kind = Literal["error", "interrupted", "locked", "no space", "read-only", "memory", "open files", "device", "bug"]
CODES: dict[Kind, int] = {
    "error": 1, "bug": 1, "memory": 1, "open files": 1, "device": 1,
    "locked": 3, "no space": 4, "read-only": 4, "interrupted": 130,
}  # fmt: skip
KEPT = "what was stored so far is kept, and the next start goes on from there"
FULL = {errno.ENOSPC, errno.EDQUOT}
CROWDED = {errno.EMFILE, errno.ENFILE}
IN_THE_WAY = {errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY}
STOPPED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
LACK = {None, signal.SIGKILL, signal.SIGABRT, signal.SIGBUS}
"""What ends a process which gets no memory: libraries by an exit or SIGABRT, the system, memory that is mapped from a file.

SIGSEGV too where only so much may be had: a library that does not look whether it was given what it asked for.
"""
LACK_WORDS = (
    "cannot allocate",
    "could not allocate",
    "bad_alloc",
    "bad allocation",
    "can't start new thread",
    "failed to map segment",
    "resource temporarily unavailable",
)
PANIC = "PanicException"
"""What a library written in Rust raises where it meets what it cannot answer; no subclass of Exception."""
NEAR = 0.8
"""Part of the memory that a process may have from which on its failures are told as want of memory."""
FULL_WORDS = ("no space left on device", "disk quota exceeded", "max_temp_directory_size")


class Terminated(KeyboardInterrupt):
    """SIGTERM: somebody told the process to end."""


@dataclass(frozen=True)
class Fault:
    """What went wrong, as it is told: `fix` is what to do about it."""

    kind: Kind
    message: str
    fix: str = ""

    @property
    def code(self) -> int:
        """The exit code of a command that ends with it."""
        return CODES[self.kind]

    @property
    def text(self) -> str:
        """One sentence with its fix."""
        return f"{self.message}; {self.fix}" if self.fix else self.message


def fault(error: BaseException) -> Fault:
    """What an exception is to the person who meets it."""
    for cause in chain(error):
        for is_it, told in RULES:
            if is_it(cause):
                return told(cause)
    if isinstance(error, LawbookError):
        return Fault("error", error.what, error.fix)
    if isinstance(error, (OSError, *_database("IOException"))):
        return _device(error)
    if isinstance(error, RuntimeError) and "determine home directory" in str(error):  # what pathlib says of ~
        fix = "set HOME to a folder, then run the same command again"
        return Fault("error", f"a library looks for the home folder of this user, who has none: {KEPT}", fix)
    if _starved():
        return _out_of_memory(error)
    return Fault("bug", redacted(f"{type(error).__name__}: {error}"))


def ended_by(code: int) -> Fault:
    """What it is to a person that the process which did the work was ended: by signal -`code`, or by a library."""
    sent = signal.Signals(-code) if code < 0 else None
    if sent in STOPPED:
        return _stopped(Terminated())
    who = sent.name if sent else f"a library, with exit code {code}"
    if sent in LACK or (sent == signal.SIGSEGV and _bounded()):
        told = _out_of_memory(MemoryError())
        return Fault("memory", f"the process was ended by {who}, as systems and libraries do where {told.message}", told.fix)
    return Fault("bug", f"the process was ended by {who}, in a library that Lawbook stands on: {KEPT}")


def stops(error: BaseException) -> bool:
    """Whether everything ends with it, and not only the study, the law or the file that was being worked on."""
    return fault(error).kind not in ("error", "device", "bug")


def spoils_the_store(error: BaseException) -> bool:
    """Whether it is no failure of the study that was worked on: what stops everything, and a disk that answers with errors."""
    return stops(error) or fault(error).kind == "device"


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and those that led to it: a failed rollback hides why there was one."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        yield error
        before = error.__cause__ or error.__context__
        if before is None:
            return
        error = before


def _database(*names: str) -> tuple[type[BaseException], ...]:
    """Exception classes of DuckDB, where it is loaded at all."""
    module = sys.modules.get("duckdb")
    return tuple(getattr(module, name) for name in names if hasattr(module, name))


def _interrupted(error: BaseException) -> bool:
    if isinstance(error, (KeyboardInterrupt, *_database("InterruptException"))):
        return True
    return isinstance(error, RuntimeError) and "query interrupted" in str(error).lower()


def _full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    return isinstance(error, _database("Error")) and any(word in str(error).lower() for word in FULL_WORDS)


def _too_large(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return True
    return isinstance(error, _database("Error")) and "file too large" in str(error).lower()


def _read_only(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno == errno.EROFS:
        return True
    return isinstance(error, _database("Error")) and "read-only file system" in str(error).lower()


def _crowded(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in CROWDED:
        return True
    plain = isinstance(error, (ImportError, RuntimeError, *_database("Error"))) or type(error).__name__ == PANIC
    return plain and "too many open files" in str(error).lower()


def _memory(error: BaseException) -> bool:
    if isinstance(error, (MemoryError, *_database("OutOfMemoryException"))) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    if isinstance(error, SystemError) and _bounded():  # what Python says of a library that got none and told nobody
        return True
    plain = isinstance(error, (ImportError, RuntimeError, *_database("Error"))) or type(error).__name__ == PANIC
    return plain and any(word in str(error).lower() for word in LACK_WORDS)


def _bounded() -> bool:
    """Whether this process may have only so much memory (ulimit -v)."""
    return sys.platform == "linux" and resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


def _starved() -> bool:
    """Whether this process has come near to all the memory that it may have: what then fails in a library can be anything."""
    if not _bounded():
        return False
    try:
        said = Path("/proc/self/status").read_text(encoding="ascii")
    except (OSError, MemoryError):
        return True
    peak = next((int(line.split()[1]) for line in said.splitlines() if line.startswith("VmPeak:")), 0)
    return 1024 * peak >= NEAR * resource.getrlimit(resource.RLIMIT_AS)[0]


def _stopped(error: BaseException) -> Fault:
    who = "terminated" if isinstance(error, Terminated) else "stopped"
    return Fault("interrupted", f"{who}: {KEPT}")


def _no_space(error: BaseException) -> Fault:
    where = getattr(error, "filename", None) or "the home, its temporary folder or the history"
    fix = "free space or inodes there (`lawbook doctor` says how much is left), then run the same command again"
    return Fault("no space", f"there is no space left on the disk of {where}: {KEPT}", fix)


def _no_such_size(error: BaseException) -> Fault:
    where = getattr(error, "filename", None) or "a file of the home"
    fix = "allow more (`ulimit -f unlimited`), or put the home on another file system, then run the same command again"
    return Fault("no space", f"{where} may not grow as large as it must: {KEPT}", fix)


def _unwritable(error: BaseException) -> Fault:
    where = getattr(error, "filename", None) or "the home"
    return Fault("read-only", f"{where} is on a read-only file system", "make it writable, or name another home with --home")


def _out_of_memory(_error: BaseException) -> Fault:
    fix = "close other programs, lower `memory` in config.toml or `draws` of the study, then run the same command again"
    return Fault("memory", f"the memory is used up: {KEPT}", fix)


def _too_many_files(_error: BaseException) -> Fault:
    fix = "allow more (`ulimit -n 1024`), then run the same command again"
    return Fault("open files", f"this process may open no more files at once: {KEPT}", fix)


def _device(error: BaseException) -> Fault:
    where = getattr(error, "filename2", None) or getattr(error, "filename", None)
    if where and isinstance(error, OSError) and error.errno in IN_THE_WAY:
        return Fault("device", f"{where} is in the way: {error.strerror}", "move it away, then run the same command again")
    said = redacted(f"{where}: {error.strerror}" if where and isinstance(error, OSError) else str(error))
    fix = "look at the disk and at the rights to it (`lawbook doctor`), then run the same command again"
    return Fault("device", f"the disk did not do what was asked: {said}: {KEPT}", fix)


def _held(error: BaseException) -> Fault:
    assert isinstance(error, LockedError)
    return Fault("locked", error.what, error.fix)


RULES: tuple[tuple[Callable[[BaseException], bool], Callable[[BaseException], Fault]], ...] = (
    (_interrupted, _stopped),
    (_full, _no_space),
    (_too_large, _no_such_size),
    (_read_only, _unwritable),
    (_crowded, _too_many_files),
    (_memory, _out_of_memory),
    (lambda error: isinstance(error, LockedError), _held),
)
"""What stops everything, in the order in which it is looked for, and how it is told."""
