"""Where heavy work runs: in this process, in a pool of processes, or on a Dask cluster. One map-like callable for all three.

`compute = "auto" | "local" | "processes" | "processes:N" | "dask://HOST:PORT"` in the home's config.toml selects it; "auto" is
this process, and others beside it once the work has shown that it is long. The work is the same function on the same arguments,
cut the same way, so that its numbers are equal to the bit wherever it runs. Workers return values, or files that they have
written; only the parent writes DuckDB.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from importlib import import_module
from multiprocessing import parent_process
from multiprocessing.connection import wait
from queue import SimpleQueue
from typing import Any, Protocol, cast

from pipeline.errors import ComputeError
from pipeline.progress import Progress


class MapLike(Protocol):
    """A callable like the built-in map: results in order of the arguments."""

    def __call__(self, function: Callable[..., Any], /, *iterables: Iterable[Any]) -> Iterable[Any]: ...


IN_PROCESS = cast(MapLike, map)
"""The map of this process."""
LONG = 2.0
"""Seconds of work after which "auto" starts a pool: about what a process takes to start, on a core that does nothing else."""
ANSWERS_WITHIN = "10s"
"""What a Dask scheduler is waited for: a cluster that has just been asked for may take that long to listen."""
Started = Iterator[tuple[int, Any]]
"""Tasks as they finish: the place of the arguments, and the result."""
Handed = tuple[int, Callable[[], Any]]
"""A task that another process has ended: the place of the arguments, and what gives the result, or raises what it raised."""


class Workers:
    """A map over other processes: all tasks start at once, their results come in order of the arguments."""

    def __init__(
        self, start: Callable[[Callable[..., Any], Sequence[Sequence[Any]]], Started], dashboard: str | None = None
    ) -> None:
        self.start = start
        self.dashboard = dashboard

    def __call__(self, function: Callable[..., Any], /, *iterables: Iterable[Any]) -> Iterable[Any]:
        return self.run(function, [list(each) for each in iterables], lambda: None)

    def run(self, function: Callable[..., Any], lists: Sequence[Sequence[Any]], finished: Callable[[], None]) -> Iterator[Any]:
        """The same, and `finished` is called for each task that has ended, in whatever order they end."""
        return _in_order(self.start(function, lists), finished)


class Growing(Workers):
    """A map in this process, and once its tasks have taken `LONG` seconds in all, in a pool beside it, started then.

    Short work, as most refits are, does not wait for processes to start. This process goes on working while they do: each of
    `beside` threads hands a process its next task, and what is left is taken by whoever is free.
    """

    def __init__(self, pool: Callable[[], Workers], beside: int = 1) -> None:
        super().__init__(self._started)
        self.spent = 0.0
        self.workers = cache(pool)
        self.beside = beside

    def expect(self, module: str) -> None:
        """Starts the pool at once, for work that will be long: it helps from when its processes have loaded `module`."""
        loading = self.workers().start(_load, [[module] * self.beside])

        def loaded() -> None:
            with suppress(Exception):  # a pool that does not start is told of by the first task that is handed to it
                deque(loading, maxlen=0)
                self.spent += LONG

        self.loading = threading.Thread(target=loaded, daemon=True)
        self.loading.start()

    @property
    def grown(self) -> bool:
        """Whether the work has been long enough for the pool to pay."""
        return self.spent >= LONG

    def _started(self, function: Callable[..., Any], lists: Sequence[Sequence[Any]]) -> Started:
        waiting = deque(enumerate(zip(*lists, strict=True)))
        left, helped, ended = len(waiting), False, SimpleQueue[Handed]()
        try:
            while (task := _next(waiting)) is not None:
                if self.grown and waiting and not helped:
                    helped = True
                    self._help(function, waiting, ended)
                place, given = task
                begun = time.monotonic()
                result = function(*given)
                self.spent += time.monotonic() - begun
                left -= 1
                yield place, result
                while not ended.empty():  # what others have ended meanwhile is stored while they go on
                    place, outcome = ended.get()
                    left -= 1
                    yield place, outcome()
            for _ in range(left):
                place, outcome = ended.get()
                yield place, outcome()
        finally:
            waiting.clear()

    def _help(self, function: Callable[..., Any], waiting: deque[tuple[int, Any]], ended: SimpleQueue[Handed]) -> None:
        """Starts the threads that hand tasks to the pool: one task a process at a time, so that none waits for a busy one."""
        workers = self.workers()

        def outcome(given: Sequence[Any]) -> Callable[[], Any]:
            try:
                ((_, result),) = workers.start(function, [[each] for each in given])
            except BaseException as error:  # raised where the results are asked for
                return partial(_raised, error)
            return lambda: result

        def hand_on() -> None:
            while (task := _next(waiting)) is not None:
                ended.put((task[0], outcome(task[1])))

        for _ in range(min(self.beside, len(waiting))):
            threading.Thread(target=hand_on, daemon=True).start()


def _load(module: str) -> None:
    import_module(module)


def _next(waiting: deque[tuple[int, Any]]) -> tuple[int, Any] | None:
    """The next task; None where whoever was free has taken the last one."""
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _raised(error: BaseException) -> Any:
    raise error


def counted(over: MapLike, say: Progress, what: str) -> MapLike:
    """The same map, and `say` hears after each task how many of all have ended."""

    def mapped(function: Callable[..., Any], /, *iterables: Iterable[Any]) -> Iterable[Any]:
        lists, ended = [list(each) for each in iterables], iter(range(1, 1 << 62))

        def one_more() -> None:
            say(f"{what}: {next(ended)} of {len(lists[0])} done")

        if isinstance(over, Workers):
            return over.run(function, lists, one_more)
        return _in_order(enumerate(over(function, *lists)), one_more)

    return mapped


def expect(over: MapLike, module: str) -> None:
    """Says that much work is to come, of functions of `module` and of what it imports."""
    if isinstance(over, Growing):
        over.expect(module)


def is_local(over: MapLike) -> bool:
    """Whether the work runs in this process, task after task."""
    return not isinstance(over, Workers) or (isinstance(over, Growing) and not over.grown)


def dashboard(over: MapLike) -> str | None:
    """The address of the page that shows a Dask cluster at work; None where there is none."""
    return over.dashboard if isinstance(over, Workers) else None


@contextmanager
def mapper(compute: str = "local") -> Iterator[MapLike]:
    """The map-like callable of a `compute` setting; pools and connections are closed at the end of the block.

    Raises ComputeError for a setting that names none of these, or a cluster that does not answer.
    """
    kind, _, rest = compute.partition(":")
    cores = os.cpu_count() or 1
    if compute == "local" or (compute == "auto" and cores == 1):
        yield IN_PROCESS
    elif compute == "auto":
        with ExitStack() as stack:
            beside = cores - 1
            yield Growing(lambda: cast(Workers, stack.enter_context(contextmanager(_processes)(beside))), beside)
    elif kind == "processes":
        yield from _processes(int(rest) if rest else cores)
    elif kind == "dask":
        yield from _dask("tcp:" + rest)
    else:
        raise ComputeError(
            f'compute = "{compute}" is no place to compute',
            place="config.toml",
            fix='write "auto", "local", "processes", "processes:N" or "dask://HOST:PORT"',
        )


def _in_order(tasks: Iterable[tuple[int, Any]], finished: Callable[[], None]) -> Iterator[Any]:
    early: dict[int, Any] = {}
    due = 0
    for place, result in tasks:
        finished()
        early[place] = result
        while due in early:
            yield early.pop(due)
            due += 1


def _processes(count: int) -> Iterator[MapLike]:
    """A pool of processes that are started afresh: a fork would copy locks of Polars and DuckDB threads."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:

        def start(function: Callable[..., Any], lists: Sequence[Sequence[Any]]) -> Started:
            places = {pool.submit(function, *given): place for place, given in enumerate(zip(*lists, strict=True))}
            return ((places[future], future.result()) for future in as_completed(places))

        try:
            yield Workers(start)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _end_with_parent() -> None:
    """In a worker: it ends where the process that started it was killed, for it would wait for work without end."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _dask(address: str) -> Iterator[MapLike]:
    """A client of a running Dask scheduler; its tasks are redone elsewhere when a worker is lost."""
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise ComputeError('compute = "dask://..." needs the cluster extra', fix='pip install "lawbook[cluster]"') from error
    try:
        client = Client(address, timeout=ANSWERS_WITHIN, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise ComputeError(f"no Dask scheduler answers at {address}", fix="start one, or set `compute` in config.toml") from error

    def start(function: Callable[..., Any], lists: Sequence[Sequence[Any]]) -> Started:
        futures = client.map(function, *lists, pure=False, retries=3)
        places = {future.key: place for place, future in enumerate(futures)}
        return ((places[future.key], result) for future, result in as_completed(futures, loop=client.loop, with_results=True))

    with client:
        yield Workers(start, _link(client))


def _link(client: Any) -> str | None:
    try:
        return cast(str | None, client.dashboard_link)
    except KeyError:  # the scheduler was started without one
        return None
