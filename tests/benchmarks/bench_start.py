"""What a person waits for a command to start: the wall time of whole processes beside `python -c pass`, medians of five."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.earlier import ROOT, earlier_code

TIMES = 5
FIRST = {"now": ["demo"], "before": ["refit"]}
"""What `make run` runs: shipped runs and studies have a home of their own now, and belonged to every home before."""
COMMANDS: dict[str, tuple[Sequence[str], float]] = {
    "lawbook --help": (["--help"], 0.3),
    'lawbook sql "select 1"': (["sql", "select 1"], 0.3),
    "lawbook home": (["home"], 0.3),
    "lawbook doctor": (["doctor"], 0.6),
    "lawbook plan": (["plan"], 0.6),
    "lawbook refit, nothing to do": (["refit"], 1.0),
}
"""Commands with the seconds that they may take."""


def benchmarks() -> Iterator[dict[str, Any]]:
    """What `make run` does the first and the second time, then each command; the earlier code beside."""
    with tempfile.TemporaryDirectory() as folder, earlier_code() as before:
        trees = {"now": ROOT} | ({} if before is None else {"before": before})
        homes = {name: str(Path(folder) / name) for name in trees}
        first = {name: seconds(FIRST[name], homes[name], tree) for name, tree in trees.items()}
        for name, tree in trees.items():
            seconds(["refit"], homes[name], tree)  # files of the first moment are looked at once more
        nothing = median(timed([sys.executable, "-c", "pass"], ROOT) for _ in range(TIMES))
        yield _row("first `make run` after installation", first, nothing, 25.0)
        again = {name: median(seconds(FIRST[name], homes[name], tree) for _ in range(TIMES)) for name, tree in trees.items()}
        yield _row("`make run` the second time", again, nothing, 2.0)
        for what, (arguments, most) in COMMANDS.items():
            taken = {name: median(seconds(arguments, homes[name], tree) for _ in range(TIMES)) for name, tree in trees.items()}
            yield _row(what, taken, nothing, most)


def _row(what: str, taken: dict[str, float], nothing: float, most: float) -> dict[str, Any]:
    ratio, target = taken["now"] / nothing, f"<= {most:g} s"
    name = f"{what}, times `python -c pass`"
    return {"name": name, "ratio": ratio, "value": taken["now"], "unit": "s", "target": target, "before": taken.get("before")}


def seconds(arguments: Sequence[str], home: str, tree: Path) -> float:
    """Seconds that one `lawbook` process of a tree takes."""
    return timed([sys.executable, "-m", "pipeline.cli", "--home", home, *arguments], tree)


def timed(command: Sequence[str], tree: Path) -> float:
    """Seconds that a process takes; raises CalledProcessError where it fails."""
    here = {**os.environ, "PYTHONPATH": str(tree)}
    begun = time.perf_counter()
    subprocess.run(command, cwd=tree, env=here, check=True, capture_output=True)
    return time.perf_counter() - begun
