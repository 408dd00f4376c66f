"""`make bench`: every benchmark of tests/benchmarks/bench_*.py in one run, as a table and as JSON.

A module offers `benchmarks()`, which yields rows: name, ratio (measured in this run against the named rival), value and unit
(the absolute figure), target. A figure without a rival has ratio None. `before` is what an earlier commit took in the same run
(earlier.py); where it is the rival, the ratio is how many times faster today's code is.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.benchmarks.earlier import BEFORE

HERE = Path(__file__).parent
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # read when numpy is first imported, by a part below


def rows(only: list[str]) -> Iterator[dict[str, Any]]:
    """Runs the named modules, or all of them, and yields their rows as they come."""
    for path in sorted(HERE.glob("bench_*.py")):
        name = path.stem.removeprefix("bench_")
        if only and name not in only:
            continue
        module = import_module(f"tests.benchmarks.{path.stem}")
        for row in module.benchmarks():
            yield {"part": name, **row}


def line(row: dict[str, Any]) -> str:
    """One row of the printed table."""
    ratio = "" if row.get("ratio") is None else f"{row['ratio']:.3g}x"
    value = f"{row['value']:.4g} {row.get('unit', '')}" if row.get("value") is not None else ""
    before = f"{row['before']:.3g}" if row.get("before") is not None else ""
    return f"{row['part']:<10} {row['name']:<76} {ratio:>9}  {value:>16}  {before:>8}  {row.get('target', '')}"


def main(arguments: list[str]) -> int:
    """Prints the table and writes .make/bench.json."""
    started, measured = time.perf_counter(), []
    print(f"{'part':<10} {'what':<76} {'ratio':>9}  {'measured':>16}  {BEFORE:>8}  target")
    for row in rows(arguments):
        measured.append(row)
        print(line(row), flush=True)
    out = HERE.parents[1] / ".make" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(measured, indent=1, default=str))
    print(f"{len(measured)} figures in {time.perf_counter() - started:.0f} s; as JSON in .make/bench.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
