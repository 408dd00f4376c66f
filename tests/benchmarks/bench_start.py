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

ROOT = Path(__file__).resolve().parents[2]
TIMES = 5
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
    """The first refit of the shipped runs, then each command and an empty interpreter in turn."""
    with tempfile.TemporaryDirectory() as folder:
        home = str(Path(folder) / "home")
        first = seconds(["refit"], home)
        seconds(["refit"], home)  # files of the first moment are looked at once more
        nothing = median(timed([sys.executable, "-c", "pass"]) for _ in range(TIMES))
        yield {
            "name": "first refit of the shipped runs",
            "ratio": first / nothing,
            "value": first,
            "unit": "s",
            "target": "<= 40 s",
        }
        for name, (arguments, most) in COMMANDS.items():
            taken = median(seconds(arguments, home) for _ in range(TIMES))
            yield {"name": name, "ratio": taken / nothing, "value": taken, "unit": "s", "target": f"<= {most} s"}


def seconds(arguments: Sequence[str], home: str) -> float:
    """Seconds that one `lawbook` process takes."""
    return timed([sys.executable, "-m", "pipeline.cli", "--home", home, *arguments])


def timed(command: Sequence[str]) -> float:
    """Seconds that a process takes; raises CalledProcessError where it fails."""
    here = {**os.environ, "PYTHONPATH": str(ROOT)}
    begun = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=here, check=True, capture_output=True)
    return time.perf_counter() - begun
