"""Where heavy work runs: in this process, in a pool of processes, or on a Dask cluster. One map-like callable for all three.

`compute = "local" | "processes" | "processes:N" | "dask://HOST:PORT"` in the home's config.toml selects it. The work is the
same function on the same arguments, cut the same way, so that its numbers are equal to the bit wherever it runs. Workers return
values; only the parent writes DuckDB.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, cast

from pipeline.errors import ComputeError


class MapLike(Protocol):
    """A callable like the built-in map: results in order of the arguments."""

    def __call__(self, function: Callable[..., Any], /, *iterables: Iterable[Any]) -> Iterable[Any]: ...


@contextmanager
def mapper(compute: str = "local") -> Iterator[MapLike]:
    """The map-like callable of a `compute` setting; pools and connections are closed at the end of the block.

    Raises ComputeError for a setting that names none of the three, or a cluster that does not answer.
    """
    kind, _, rest = compute.partition(":")
    if compute == "local":
        yield cast(MapLike, map)
    elif kind == "processes":
        yield from _processes(int(rest) if rest else os.cpu_count() or 1)
    elif kind == "dask":
        yield from _dask("tcp:" + rest)
    else:
        raise ComputeError(
            f'compute = "{compute}" in config.toml: write "local", "processes", "processes:N" or "dask://HOST:PORT"'
        )


def _processes(count: int) -> Iterator[MapLike]:
    """A pool of processes that are started afresh: a fork would copy locks of Polars and DuckDB threads."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield pool.map


def _dask(address: str) -> Iterator[MapLike]:
    """A client of a running Dask scheduler; its tasks are redone elsewhere when a worker is lost."""
    try:
        from distributed import Client
    except ImportError as error:
        raise ComputeError('compute = "dask://...": install the cluster extra, pip install "lawbook[cluster]"') from error
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise ComputeError(f"no Dask scheduler answers at {address}: start one, or set compute in config.toml") from error

    def over_cluster(function: Callable[..., Any], /, *iterables: Iterable[Any]) -> Iterable[Any]:
        return cast(list[Any], client.gather(client.map(function, *(list(i) for i in iterables), pure=False, retries=3)))

    with client:
        yield over_cluster
