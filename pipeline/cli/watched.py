"""A command in a process that another one watches: where the system ends it, as where memory is used up, a person reads why.

A library that gets no memory ends its process, and a system without memory kills one: neither says so in words. Linux only, since
it must be known who sent a signal; elsewhere the command runs as it is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

from pipeline.faults import Fault, ended_by

PARENT_DEATH = 1  # PR_SET_PDEATHSIG of prctl
TOLD = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
"""What is passed on to the command, unless the terminal has sent it to both."""


def watched(work: Callable[[], int], tell: Callable[[Fault], None]) -> int:
    """Runs `work` in a child process and returns its exit code; `tell` is given what ended it, where it did not end by itself."""
    if sys.platform != "linux":
        return work()
    seen, watcher = {*TOLD, signal.SIGCHLD}, os.getpid()
    read, write = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, seen)
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(PARENT_DEATH, signal.SIGKILL)
        if os.getppid() != watcher:
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, seen)
        try:
            return work()
        finally:  # Python has come to its end: it said itself what there was to say
            os.write(write, b".")
    code, stop = _ended(child, seen)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, seen)
    os.close(write)
    if os.read(read, 1) and code >= 0:
        return code
    found = ended_by(-stop if stop else code)  # a library that is stopped while it is loaded aborts
    tell(found)
    return found.code


def _ended(child: int, seen: set[signal.Signals]) -> tuple[int, int]:
    """The exit code of the child, or below 0 the signal that ended it, and which signal it was told to stop by, else 0.

    Signals of others are passed on meanwhile.
    """
    stop = 0
    while True:
        told = signal.sigwaitinfo(seen)
        if told.si_signo == signal.SIGCHLD:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status), stop
            continue
        stop = told.si_signo
        if told.si_code <= 0:  # sent by a process; what a terminal sends has reached the child too
            os.kill(child, told.si_signo)
