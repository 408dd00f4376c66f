"""`make bench-compute`: what a task costs in this process, in 1 and 2 processes and on Dask with 2 workers, and when each pays.

A job of W seconds in tasks of t seconds takes W here and  S + W·o/t + W/p  on p workers with a core each: S to start, o a task.
It pays from  W = S / (1 - 1/p - o/t)  on, if at all. The measured speed-up stands beside it: cores may be busy otherwise.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import cast

from pipeline.compute import MapLike, mapper
from pipeline.study.jobs import run_job
from tests.campaigns.page import machine, table, write_part
from tests.campaigns.work import spin
from tests.compute.compute_cases import cluster, jobs

TINY, LONG = 300, 1000
FITS, PAIRS = 12, 5
TASKS = (0.01, 0.1, 1.0)
MANY = 64


@dataclass(frozen=True)
class Cost:
    """Seconds to start, seconds a task, and how many times faster than here long tasks and fits were done."""

    name: str
    workers: int
    start: float
    task: float
    speed: float
    fits: float

    def smallest(self, task: float) -> float | None:
        """Seconds of work from which on a job of such tasks pays where each worker has a core; None where it never does."""
        gain = 1 - 1 / self.workers - self.task / task
        return self.start / gain if gain > 0 else None


def seconds(over: MapLike, count: int, size: int) -> float:
    """The time of `count` pieces of work of that size."""
    started = time.perf_counter()
    assert len(list(over(spin, range(count), [size] * count))) == count
    return time.perf_counter() - started


def fit_seconds(over: MapLike) -> float:
    """The time of a dozen fits with 200 draws."""
    started = time.perf_counter()
    assert all(result.usable for result in over(run_job, jobs(FITS)))
    return time.perf_counter() - started


@contextmanager
def places() -> Iterator[dict[str, tuple[str, int]]]:
    """Setting and number of workers of each place."""
    with tempfile.TemporaryDirectory() as name, cluster(Path(name)) as (address, _):
        yield {"1 process": ("processes:1", 1), "2 processes": ("processes:2", 2), "Dask, 2 workers": (address, 2)}


def measured(name: str, setting: str, workers: int) -> Cost:
    """What that place costs; each figure is the median of pairs measured one after the other, there and here."""
    here = cast(MapLike, map)
    started = time.perf_counter()
    with mapper(setting) as over:
        seconds(over, 2 * workers, 0)
        start = time.perf_counter() - started
        fit_seconds(over)  # each worker compiles the law once
        task = median(max(seconds(over, TINY, 0) - seconds(here, TINY, 0), 0) for _ in range(PAIRS)) / TINY
        speed = median(seconds(here, 8, LONG) / seconds(over, 8, LONG) for _ in range(PAIRS))
        return Cost(name, workers, start, task, speed, median(fit_seconds(here) / fit_seconds(over) for _ in range(PAIRS)))


def words(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def page(costs: list[Cost], one_fit: float) -> str:
    """The table, and 64 workers on paper."""
    header = ["where", "start, s", "a task, ms", "speed-up", "of fits"]
    header += [f"pays from, tasks of {task:g} s" for task in TASKS]
    rows = [
        [
            c.name,
            f"{c.start:.1f}",
            f"{1000 * c.task:.1f}",
            f"{c.speed:.2f}x",
            f"{c.fits:.2f}x",
            *(words(c.smallest(t)) for t in TASKS),
        ]
        for c in costs
    ]
    dask = costs[-1]
    paper = []
    for task in (*TASKS, one_fit):
        count = 10_000
        whole = dask.start + count * max(task / MANY, dask.task)
        paper.append([f"{task:.2g} s", f"{count * task / 60:.1f}", f"{whole / 60:.1f}", f"{count * task / whole:.0f}x"])
    on_paper = table(["10,000 tasks of", "here, min", f"{MANY} workers, min", "faster"], paper)
    pace = f"the scheduler hands out one task each {1000 * dask.task:.1f} ms, so it bounds short tasks"
    return (
        f"{table(header, rows)}\n\nA fit with 200 draws takes {one_fit:.2f} s here. Measured on {machine()}.\n\n"
        f"{MANY} workers on paper: {pace}.\n\n{on_paper}"
    )


def main() -> None:
    """Measures every place in one run and writes the page."""
    here = cast(MapLike, map)
    fit_seconds(here)
    one_fit = min(fit_seconds(here) for _ in range(PAIRS)) / FITS
    with places() as known:
        costs = [measured(name, setting, workers) for name, (setting, workers) in known.items()]
    text = page(costs, one_fit)
    print(text)
    write_part("make bench-compute", text)


if __name__ == "__main__":
    main()
