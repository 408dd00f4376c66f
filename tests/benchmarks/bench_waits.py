"""What people wait for (waits.py), each beside the code of an earlier commit in the same run: a worktree that is made here.

A ratio is the processor seconds of the earlier code over today's: 10x is ten times faster. `make
bench-stages` profiles each wait in both and writes the table of stages into docs/scale.md.
LAWBOOK_BENCH_TIMES (5) says how often each is measured, LAWBOOK_BENCH_WAITS which ones, comma between.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.earlier import BEFORE, ROOT, earlier_code
from tests.benchmarks.waits import PUBLIC, STAGES
from tests.campaigns.page import machine, rows_of_part, table, write_part

TIMES = int(os.environ.get("LAWBOOK_BENCH_TIMES", "5"))
ONLY = [name for name in os.environ.get("LAWBOOK_BENCH_WAITS", "").split(",") if name]
ROWS = {
    "columns": ("sixteen one-column fits of 13 points, nine parameters, 1000 draws", 4.0),
    "clip": ("four pooled laws on 11 CLIP curves, 1000 draws, with plans, ledger and page", 20.0),
    "domains": ("one of seven domains: 224 mixtures, two pooled laws, 300 draws, to the page", 15.0),
    "pools": ("all sets of 12 pools at 50 budgets, 1000 draws", 4.0),
    "repeats": ("what a repeat is worth in each of 12 pools, 1000 draws", None),
    "one_more": ("one new run in 200 studies / 10,000 runs", 1.0),
    "dropped": ("ten million measurements in one Parquet file, dropped to published and drawn", None),
    "republish": ("one new run of 20,000 values beside ten million: read, published and drawn", 2.0),
}
"""What is printed of each wait, and the processor seconds that it may take."""


def waited(tree: Path, name: str, *options: str) -> dict[str, Any]:
    """One wait in a process of its own, by the code of a tree. Raises CalledProcessError where it fails."""
    command = [sys.executable, str(Path(__file__).with_name("waits.py")), name, *options]
    done = subprocess.run(
        command, cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def compared(before: Path | None, name: str) -> dict[str, Any]:
    """A row: medians of TIMES runs of both codes, in turn."""
    what, most = ROWS[name]
    trees = {"now": ROOT} | ({} if before is None else {"before": before})
    found: dict[str, list[dict[str, Any]]] = {tree: [] for tree in trees}
    for _ in range(TIMES):
        for tree, place in trees.items():
            found[tree].append(waited(place, name))
    seconds = {tree: median(run["processor"] for run in runs) for tree, runs in found.items()}
    wall = {f"wall_{tree}": median(run["wall"] for run in runs) for tree, runs in found.items()}
    ratio = seconds["before"] / seconds["now"] if "before" in seconds else None
    target = "" if most is None else f"<= {most:g} s"
    return {"name": what, "ratio": ratio, "value": seconds["now"], "unit": "s", "target": target, "wait": name, **seconds, **wall}


def benchmarks() -> Iterator[dict[str, Any]]:
    """Rows of `make bench`."""
    wanted = [name for name in ROWS if (not ONLY or name in ONLY) and (name != "clip" or PUBLIC.exists())]
    with earlier_code() as before:
        for name in wanted:
            yield compared(before, name)
        if not ONLY or "dropped" in ONLY:
            plain, ours = (median(waited(ROOT, name)["processor"] for _ in range(TIMES)) for name in ("plain", "dropped"))
            what = "dropped to drawn, over a plain load of that file into DuckDB"
            yield {"name": what, "ratio": ours / plain, "value": plain, "unit": "s", "target": "<= 3x"}


def stages(before: Path | None) -> list[list[str]]:
    """The table of stages: processor seconds before → now under a profile, for each wait and each stage that takes a tenth."""
    rows = []
    for name in ONLY or ROWS:
        old = {} if before is None else waited(before, name, "--stages")
        new = waited(ROOT, name, "--stages")
        row = [ROWS[name][0], _change(old.get("processor"), new["processor"])]
        for stage in STAGES:
            row.append(_change(old.get("stages", {}).get(stage), new["stages"][stage]))
        rows.append([*row, f"{os.getloadavg()[1]:.0f}"])
    return rows


def kept(made: list[list[str]]) -> list[list[str]]:
    """The rows that were made, beside those of the page that were not made again, in the order of ROWS."""
    known = {row[0]: row for row in (*rows_of_part("make bench-stages"), *made)}
    return [known[what] for what, _ in ROWS.values() if what in known]


def _change(old: float | None, new: float) -> str:
    """before → now, nothing where neither is worth a word."""
    if max(old or 0.0, new) < 0.05:
        return ""
    return f"{new:.1f}" if old is None else f"{old:.1f} → {new:.1f}"


def main() -> None:
    """Writes the table of stages into docs/scale.md; rows that were not asked for stay as they are."""
    with earlier_code() as before:
        found = table(["wait", "all", *STAGES, "load"], kept(stages(before)))
    under = f"Processor seconds under a profile, {BEFORE} → now, each row under the load beside it"
    write_part("make bench-stages", f"{found}\n\n{under}; {machine()}.")


if __name__ == "__main__":
    main()
