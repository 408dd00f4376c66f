"""Ingest beside plain DuckDB in one run: the whole way (validation, identity, quarantine, log) against CREATE TABLE AS SELECT.

Each measurement is a process of its own, so that its peak memory is its own. LAWBOOK_BENCH_SCALE=0.1 makes all ten times smaller.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.store.statements import literal

SCALE = float(os.environ.get("LAWBOOK_BENCH_SCALE", "1"))
STEPS = 20_000  # values a run
READ = {"parquet": "read_parquet", "csv": "read_csv", "jsonl": "read_json"}
COPY = {"parquet": "(FORMAT parquet)", "csv": "(FORMAT csv, HEADER)", "jsonl": "(FORMAT json)"}
SIZES = {"parquet": 50_000_000, "csv": 10_000_000, "jsonl": 10_000_000}
TARGETS = {"parquet": ">= 0.7x", "csv": ">= 0.6x", "jsonl": ">= 0.6x"}


def write_log(path: Path, rows: int, first_run: int = 0) -> None:
    """A long measurement log of runs with rising steps."""
    source = f"""SELECT 'run-' || ({first_run} + i // {STEPS}) AS run_id, 'loss' AS metric, 'validation' AS split, 'c4' AS task,
        i % {STEPS} AS step, (i % {STEPS}) * 1024.0 AS data_seen, 2 + 1 / sqrt(1 + i % {STEPS}) + random() * 0.01 AS value
        FROM range({rows}) AS t(i)"""
    duckdb.execute(f"COPY ({source}) TO {literal(str(path))} {COPY[path.suffix[1:]]}")


def plain_load(folder: Path, kind: str) -> dict[str, float]:
    """The rival: the file into a table of a DuckDB file, nothing else."""
    started = time.perf_counter()
    with duckdb.connect(str(folder / f"plain-{kind}.duckdb")) as connection:
        connection.execute(
            f"CREATE TABLE plain AS SELECT * FROM {READ[kind]}({literal(str(folder / f'log.measurements.{kind}'))})"
        )
    return {"seconds": time.perf_counter() - started}


def ingest_load(folder: Path, kind: str, name: str = "log") -> dict[str, float]:
    """The whole ingest of the file."""
    home = Home.open(folder / f"home-{kind}")
    started = time.perf_counter()
    report = ingest(home, sources=[folder / f"{name}.measurements.{kind}"])
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "taken": report.totals.ingested,
        "repeats": report.totals.duplicates,
        "quarantined": report.quarantined,
    }


def small_files(folder: Path, count: int) -> dict[str, float]:
    """Many small files, and a second pass over them unchanged."""
    home, inbox = Home.open(folder / "home-small"), folder / "home-small" / "inbox" / "many"
    inbox.mkdir(parents=True)
    for number in range(count):
        lines = "".join(f"{step},{5 - step / 100}\n" for step in range(50))
        header = "run_id,step,metric:loss\n"
        text = header + "".join(f"r{number},{line}\n" for line in lines.splitlines())
        (inbox / f"f{number}.measurements.csv").write_text(text)
    started, used = time.perf_counter(), time.process_time()
    first = ingest(home)
    middle, used_then = time.perf_counter(), time.process_time()
    second = ingest(home)
    return {
        "first": middle - started,
        "second": time.perf_counter() - middle,
        "first_cpu": used_then - used,
        "second_cpu": time.process_time() - used_then,
        "files": first.files,
        "unchanged": second.unchanged,
    }


def _apart(function: str, *arguments: object) -> dict[str, float]:
    """Runs one of the functions above in a process of its own; adds its peak memory and its CPU seconds."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_ingest", function, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def benchmarks() -> Iterator[dict[str, Any]]:
    """Rows of `make bench`."""
    with tempfile.TemporaryDirectory(prefix="lawbook-bench-") as name:
        folder = Path(name)
        for kind, size in SIZES.items():
            rows = int(size * SCALE)
            write_log(folder / f"log.measurements.{kind}", rows)
            plain, ours = _apart("plain_load", folder, kind), _apart("ingest_load", folder, kind)
            yield {
                "name": f"ingest of {rows:,} measurements ({kind}) against plain DuckDB",
                "ratio": plain["seconds"] / ours["seconds"],
                "value": rows / ours["seconds"] / 1e6,
                "unit": "M rows/s",
                "target": TARGETS[kind],
                "taken": ours["taken"],
            }
            yield {
                "name": f"CPU seconds of that ({kind}), which hold on a busy machine too",
                "ratio": plain["cpu"] / ours["cpu"],
                "value": ours["cpu"],
                "unit": "s",
                "target": "",
            }
            yield {
                "name": f"peak memory of that ({kind})",
                "ratio": None,
                "value": ours["peak_gib"],
                "unit": "GiB",
                "target": "<= 3",
            }
            yield from _again(folder, kind, rows, plain["seconds"])
        yield from _many(folder)


def _again(folder: Path, kind: str, rows: int, plain: float) -> Iterator[dict[str, Any]]:
    """The same log delivered again with as many rows behind it: half overlaps."""
    if kind != "csv":
        return
    write_log(folder / f"again.measurements.{kind}", rows, first_run=rows // STEPS // 2)
    ours = _apart("ingest_load", folder, kind, "again")
    yield {
        "name": f"ingest of {rows:,} measurements ({kind}), half of them of known runs with other values",
        "ratio": plain / ours["seconds"],
        "value": rows / ours["seconds"] / 1e6,
        "unit": "M rows/s",
        "target": ">= 0.3x",
    }
    yield {"name": "peak memory of that", "ratio": None, "value": ours["peak_gib"], "unit": "GiB", "target": "<= 3"}


def _many(folder: Path) -> Iterator[dict[str, Any]]:
    count = int(10_000 * SCALE)
    found = _apart("small_files", folder, count)
    for pass_, name, target in (("first", "small files", "<= 10"), ("second", "unchanged files", "<= 1")):
        yield {"name": f"{count:,} {name}", "ratio": None, "value": found[pass_], "unit": "s", "target": target}
        yield {
            "name": f"CPU seconds of {count:,} {name}",
            "ratio": None,
            "value": found[f"{pass_}_cpu"],
            "unit": "s",
            "target": "",
        }


if __name__ == "__main__":
    chosen, where, *rest = sys.argv[1:]
    began = time.process_time()  # what imports take is the same for both
    answer = globals()[chosen](Path(where), *(int(item) if item.isdigit() else item for item in rest))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({**answer, "peak_gib": used.ru_maxrss / 2**20, "cpu": time.process_time() - began}))
