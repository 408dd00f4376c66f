"""Processes of the program for tests that kill them, forked from a server that has loaded it: a fresh start takes 1.5 s.

The server has opened no store and started no thread, so that a fork of it is as good as a start.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

SERVER: ForkServerContext = get_context("forkserver")
SERVER.set_forkserver_preload(["pytest", "pipeline.refit.refit"])


def started(function: Callable[..., object], *given: Any) -> ForkServerProcess:
    """A process that calls a function of a module; its exit code is what the function passes to `sys.exit`, else 0."""
    process = SERVER.Process(target=function, args=given)
    process.start()
    return process
