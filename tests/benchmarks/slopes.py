"""`make bench-slopes`: how cost grows with pools, points, draws, studies and runs, as slopes with intervals and a picture.

Each size is measured in a process of its own, TIMES times in turn with the others, so that other work of the machine falls on all
of them alike. An axis ends before the size that would take longer than LAWBOOK_BENCH_SECONDS (120) of processor time; the page
says how far it came. `python -m tests.benchmarks.slopes pools draws` measures some axes; the others stay as they are.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import numpy as np

from tests.benchmarks.growth import growth, picture
from tests.campaigns.breadth import measure
from tests.campaigns.page import PAGE, machine, rows_of_part, table, write_part

MOST = float(os.environ.get("LAWBOOK_BENCH_SECONDS", "120"))
TIMES = 2
PART = "make bench-slopes"
HEADER = ["what grows", "of what", "slope (90 %)", "processor s at each size", "load"]
PICTURE = PAGE.parent / "pictures" / "growth.svg"
POINTS, DRAWS = 240, 100
"""Observations of a fit whose draws grow, and draws of one whose observations do."""


@dataclass(frozen=True)
class Axis:
    """What grows, over which sizes, and what is measured of it."""

    sizes: tuple[int, ...]
    what: str
    seconds: Callable[[int], float]


def fitted(points: int, draws: int) -> float:
    """Processor seconds of a fit of `chinchilla`, one point a run."""
    import polars as pl

    from pipeline.fitting import fit
    from pipeline.laws import laws

    rng, law = np.random.default_rng(0), laws["chinchilla"]
    params, data_seen = 10 ** rng.uniform(7, 10, points), 10 ** rng.uniform(9, 12, points)
    value = (1.8 + 400 / params**0.34 + 2000 / data_seen**0.37) * np.exp(rng.normal(0, 0.01, points))
    runs = pl.int_range(points, eager=True).cast(pl.String)
    frame = pl.DataFrame({"run_key": runs, "params": params, "data_seen": data_seen, "value": value})
    fit(law, frame.head(POINTS), draws=0)
    begun = time.process_time()
    fit(law, frame, draws=draws)
    return time.process_time() - begun


def to_plans(kind: str) -> Callable[[int], float]:
    """Processor seconds from the logs to the published plan, of a home of that kind."""
    return lambda count: float(measure(kind, count)["first"]["cpu"])


AXES = {
    "pools": Axis((3, 10, 30, 100, 300), "four runs a pool, `effective_data`, 50 draws, from logs to plans", to_plans("pools")),
    "points": Axis((100, 1_000, 10_000, 100_000, 1_000_000), f"a fit, {DRAWS} draws", lambda n: fitted(n, DRAWS)),
    "draws": Axis((100, 300, 1_000, 3_000, 10_000), f"a fit to {POINTS} points", lambda n: fitted(POINTS, n)),
    "studies": Axis((1, 10, 50, 500, 5_000), "studies of 100 runs, from logs to plans", to_plans("studies")),
    "runs": Axis((100, 1_000, 10_000, 100_000), "runs in one fit, from logs to plans", to_plans("runs")),
}


def apart(axis: str, size: int) -> float:
    """One size in a process of its own. Ends the program where that fails."""
    command = [sys.executable, "-m", "tests.benchmarks.slopes", "measure", axis, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{axis}, {size:,}: {done.stderr[-2000:]}")
    return float(json.loads(done.stdout.splitlines()[-1]))


def measured(axis: str) -> dict[int, list[float]]:
    """Seconds of each size that the time allows."""
    found = dict[int, list[float]]()
    for size in AXES[axis].sizes:
        if expected(size, found) > MOST:
            break
        found[size] = [apart(axis, size)]
        print(axis, size, found[size][0], flush=True)
    for _ in range(TIMES - 1):
        for size in found:
            found[size].append(apart(axis, size))
    return found


def expected(size: int, found: dict[int, list[float]]) -> float:
    """Seconds of a size by the line through the two before it; nothing is expected before there are two."""
    if len(found) < 2:
        return 0.0
    (less, (before, *_)), (last, (now, *_)) = list(found.items())[-2:]
    return now + (now - before) * (size - last) / (last - less)


def row(axis: str, found: dict[int, list[float]]) -> list[str]:
    """What the page says of one axis: the slope, and the least seconds of each size."""
    slope = growth([(size, each) for size, times in found.items() for each in times])
    seconds = "; ".join(f"{size:,}: {min(times):.2f}" for size, times in found.items())
    load = f"{os.getloadavg()[1]:.0f}"
    return [axis, AXES[axis].what, f"{slope.power:.2f} ({slope.low:.2f}–{slope.high:.2f})", seconds, load]


def drawn(rows: Iterable[Sequence[str]]) -> str:
    """The picture of the seconds that stand in rows of the page."""
    pairs = [(row[0], each.partition(": ")) for row in rows for each in row[3].split("; ")]
    return picture([(axis, float(size.replace(",", "")), float(seconds)) for axis, (size, _, seconds) in pairs])


def main(axes: list[str]) -> None:
    """Measures the axes, writes their rows and draws all; rows of others stay."""
    known = {line[0]: line for line in rows_of_part(PART)}
    for axis in axes:
        known[axis] = row(axis, measured(axis))
        print(known[axis], flush=True)
        lines = [known[name] for name in AXES if name in known]
        write_part(PART, f"{table(HEADER, lines)}\n\nEach under the load beside it; {machine()}.")
        PICTURE.write_text(drawn(lines), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        print(json.dumps(AXES[sys.argv[2]].seconds(int(sys.argv[3]))))
    else:
        main(sys.argv[1:] or list(AXES))
