"""One new run among ten thousand in two hundred studies: what a refit takes, against a hundred runs in two studies."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS)]

from small_home import declare, loss, own_home, wobble, write_runs  # noqa: E402 - the folders of the tests are no package

from pipeline.home import Home  # noqa: E402
from pipeline.refit.refit import refit  # noqa: E402

RUNS_A_STUDY, STUDIES, FEW = 50, 200, 2
STUDY = """
study = "{name}"
runs = "dataset = '{name}'"
metric = "loss"
split = "validation"
laws = ["chinchilla"]
draws = 100
[plan]
flops = [1e20]
"""


def rows(name: str, count: int, first: int = 0) -> list[dict[str, Any]]:
    """Runs of one study over sizes and tokens, no two alike."""
    found = []
    for i in range(first, first + count):
        params, data_seen = 1e7 * 10 ** (2 * (i % 7) / 6), 1e8 * 10 ** (2 * (i % 8) / 7) * (1 + i / 1000)
        row = {"run_id": f"{name}-{i}", "status": "finished", "dataset": name, "data_unit": "token"}
        found.append({**row, "params": params, "data_seen": data_seen, "metric:loss": loss(params, data_seen) * wobble(i)})
    return found


def a_home(root: Path, studies: int) -> Home:
    """A refitted home with 50 runs in each study."""
    home = own_home(root)
    names = [f"s{i:03d}" for i in range(studies)]
    write_runs(home.inbox / "lab" / "all", [row for name in names for row in rows(name, RUNS_A_STUDY)])
    for name in names:
        declare(home, name, STUDY)
    refit(home)
    return home


def one_more(home: Home, number: int) -> tuple[float, list[str]]:
    """Seconds of a refit after one new run in the first study, and what it refitted."""
    write_runs(home.inbox / "lab" / f"new-{number}", rows("s000", 1, RUNS_A_STUDY + number))
    begun = time.perf_counter()
    report = refit(home)
    return time.perf_counter() - begun, report.refitted


def benchmarks() -> Iterator[dict[str, Any]]:
    """One new run among many, and among few; and a refit when nothing is new."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = a_home(Path(folder) / "few", FEW), a_home(Path(folder) / "many", STUDIES)
        times: dict[str, list[float]] = {"few": [], "many": []}
        for number in range(3):
            for name, home in (("few", few), ("many", many)):
                seconds, refitted = one_more(home, number)
                assert refitted == ["s000"], refitted
                times[name].append(seconds)
        begun = time.perf_counter()
        refit(many)
        idle = time.perf_counter() - begun
    least = {name: min(found) for name, found in times.items()}
    yield {
        "name": "one new run among 10 000 in 200 studies, against 100 in 2",
        "ratio": least["many"] / least["few"],
        "value": least["many"],
        "unit": "s",
        "target": "<= 2 s, ratio <= 3",
    }
    yield {"name": "nothing new among 10 000 runs in 200 studies", "ratio": None, "value": idle, "unit": "s", "target": ""}
