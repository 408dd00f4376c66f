"""`make judgement`: forecasts of public runs by every rival and their combination, scored into docs/judgement.md.

`python -m tests.judgement WORD` measures only sweeps with the word in their name and prints the table; `--record` keeps the lines
as what a later page shows as before.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import polars as pl

from tests.judgement import page, schedule_readings, transfer_cases
from tests.judgement.curve_cases import peers, schedules, single_curves
from tests.judgement.misspecified import campaign
from tests.judgement.scores import Score, judged
from tests.judgement.splits import Case, cases
from tests.judgement.sweeps import SWEEPS, UNTOUCHED, read, store

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
OUT = ROOT / "docs" / "judgement.md"
EACH_TRUTH = 40
"""Simulated sweeps of each truth; `make test-slow` makes a thousand in all."""
BEFORE = Path(__file__).parent / "before.json"


def every_case(data: Path, word: str) -> Iterator[Case]:
    """The cases of all sweeps with the word in their name."""
    with tempfile.TemporaryDirectory() as folder, store(data, Path(folder) / "home") as warehouse:
        for sweep in (*SWEEPS, *UNTOUCHED):
            if word in sweep.name:
                yield from cases(read(warehouse, sweep))
    for made in (schedules, single_curves):
        yield from (case for case in made(data) if word in case.sweep)


def measured(data: Path, word: str) -> pl.DataFrame:
    """The scores of every forecaster on every case, with progress."""
    rows = []
    for case in every_case(data, word):
        started = time.process_time()
        found = judged(case) + (peers(case) if case.sweep.startswith("extrapolation_curves") else [])
        rows += [asdict(score) for score in found]
        print(f"{case.sweep} | {case.split} | {case.part}: {time.process_time() - started:.1f} s", flush=True)
    return pl.DataFrame([*rows, *(asdict(score) for score in carried_over(data, word))], infer_schema_length=None)


def carried_over(data: Path, word: str) -> list[Score]:
    """The scores of shapes that are carried over between cohorts."""
    if word not in "transfer":
        return []
    sweeps = {sweep.name: sweep for sweep in SWEEPS}
    with tempfile.TemporaryDirectory() as folder, store(data, Path(folder) / "home") as warehouse:
        c4, clip = (read(warehouse, sweeps[name]) for name in ("datablations_fresh", "openclip_repetition"))
        return [*transfer_cases.code(data, c4), *transfer_cases.architectures(clip)]


def main(*words: str) -> int:
    """Measures, and writes the page unless only some sweeps were asked for."""
    if not DATA.is_dir():
        print(f"the public runs are not at {DATA}; nothing is measured")
        return 1
    warnings.simplefilter("ignore", RuntimeWarning)  # a refused fit may forecast what has no logarithm; its score says so
    word = next((word for word in words if not word.startswith("--")), "")
    started = time.process_time()
    scores = measured(DATA, word)
    found = page.lines(scores) + ([] if word else page.truths(campaign(EACH_TRUTH)))
    if "--record" in words:
        BEFORE.write_text(json.dumps(page.recorded(found), indent=1, ensure_ascii=False) + "\n")
    before = json.loads(BEFORE.read_text()) if BEFORE.exists() else {}
    text = f"\n## Targets\n\n{page.summary(found, before)}\n\n## Every forecaster\n\n{page.table(scores)}\n"
    if word:
        print(text)
    else:
        OUT.write_text(page.HEAD + text + schedule_readings.section(DATA))
    print(f"{scores.height} scores, {time.process_time() - started:.0f} s of CPU")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
