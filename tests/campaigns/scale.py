"""`make bench-scale`: 10 and 100 million measurements in 10,000 runs, ingested, refitted, published and moved to the history.

Each stage is a process of its own, so that its time and its peak memory are its own. Time of the processors counts, since other
work on the machine does not change it; elapsed time stands beside it. LAWBOOK_BENCH_SCALE=0.01 makes all of it smaller.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import duckdb

from pipeline.compute import MapLike
from pipeline.home import Home
from pipeline.refit.stages import fit_stage, forecast_stage, ingest_stage, plan_stage
from pipeline.store.maintenance import compact
from pipeline.store.publication.publish import publish
from pipeline.store.statements import literal
from pipeline.store.warehouse import Warehouse
from tests.campaigns.page import machine, table, write_part

SCALE = float(os.environ.get("LAWBOOK_BENCH_SCALE", "1"))
SIDE, FILES = int(100 * SCALE**0.5), 20  # a grid of sizes by amounts of data
RUNS = SIDE * SIDE
SIZES = (1_000, 10_000)  # values a run: 10 and 100 million in all
PLANNED = 1e9
LINEAR, MEMORY = 1.3, 6.0
CONFIG = "shipped = false\n[retention]\nhistory_rows = 1\n"
STUDY = """
study = "scale"
question = "Which size for which budget?"
runs = "dataset = 'scale'"
metric = "loss"
split = "validation"
points = "final"
laws = ["chinchilla"]
draws = 50
[plan]
flops = [1e20, 1e21]
"""


def generate(home: Home, steps: int) -> None:
    """The logs: a table of runs, and the curve of each in one of a few Parquet files."""
    folder = home.inbox / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (home.root / "config.toml").write_text(CONFIG, encoding="utf-8")
    (home.studies / "scale.toml").write_text(STUDY, encoding="utf-8")
    runs = f"""SELECT 'run-' || r AS run_id, 'finished' AS status, 'scale' AS dataset, 'token' AS data_unit,
        1e7 * pow(10, 2.0 * (r % {SIDE}) / {SIDE}) AS params, 1e9 * pow(10, 2.0 * (r // {SIDE}) / {SIDE}) AS data_seen
        FROM range({RUNS}) AS t(r)"""
    duckdb.execute(f"COPY ({runs}) TO {literal(str(folder / 'all.runs.parquet'))} (FORMAT parquet)")
    for number in range(FILES):
        curves = f"""SELECT run_id, 'loss' AS metric, 'validation' AS split, 'c4' AS task, s + 1 AS step,
            data_seen * (s + 1) / {steps} AS data_seen,
            1.8 + 400 / pow(params, 0.34) + 2000 / pow(data_seen * (s + 1) / {steps}, 0.37) + 0.01 * random() AS value
            FROM ({runs}), range({steps}) AS u(s) WHERE hash(run_id) % {FILES} = {number} ORDER BY run_id, s"""
        duckdb.execute(f"COPY ({curves}) TO {literal(str(folder / f'{number}.measurements.parquet'))} (FORMAT parquet)")


def stage_compact(home: Home) -> None:
    """The nightly compaction: everything moves to the Parquet history."""
    with Warehouse(home) as warehouse:
        compact(home, warehouse.connection)


STAGES: dict[str, Callable[[Home], object]] = {
    "ingest": ingest_stage,
    "fit": lambda home: fit_stage(home, ["scale"], cast(MapLike, map), lambda _text: None),
    "forecast": lambda home: forecast_stage(home, ["scale"], cast(MapLike, map)),
    "plan": lambda home: plan_stage(home, ["scale"]),
    "publish": publish,
    "move to the history": stage_compact,
    "ingest, nothing new": ingest_stage,
    "fit from the history": lambda home: fit_again(home),
}


def fit_again(home: Home) -> object:
    """A fit whose rows are read from Parquet: the study is declared anew."""
    (home.studies / "scale.toml").write_text(STUDY.replace("draws = 50", "draws = 51"), encoding="utf-8")
    return STAGES["fit"](home)


def apart(function: str, root: Path, argument: str) -> dict[str, Any]:
    """Runs `generate` or a stage in a process of its own; its seconds, processor seconds and peak memory."""
    command = [sys.executable, "-m", "tests.campaigns.scale", function, str(root), argument]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(steps: int) -> dict[str, dict[str, Any]]:
    """Every stage at that many values a run."""
    with tempfile.TemporaryDirectory(prefix="lawbook-scale-") as name:
        root = Path(name) / "home"
        apart("generate", root, str(steps))
        found = {}
        for stage in STAGES:
            found[stage] = apart("stage", root, stage)
            print(f"{RUNS * steps / 1e6:.0f} M, {stage}: {json.dumps(found[stage])}", flush=True)
        with duckdb.connect(str(root / "published.duckdb"), read_only=True) as connection:
            assert connection.execute("SELECT count(*) FROM measurements").fetchall() == [(RUNS * steps,)]
            assert connection.execute("SELECT count(*) FROM plan_compute_optimal").fetchall()[0][0] > 0
        found["disk"] = {
            "history": size(root / "history"),
            "store": size(root / "work.duckdb"),
            "published": size(root / "published.duckdb"),
        }
        return found


def size(path: Path) -> float:
    """GiB of a file or folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 2**30


def growth(small: float, large: float, fixed: float) -> float:
    """Time a value at the large size over that at the small one, what starting costs taken off where it is not all there is."""
    paid = fixed if small > 1.25 * fixed else 0.0
    return (large - paid) / (small - paid) / (SIZES[1] / SIZES[0])


def page(small: dict[str, dict[str, Any]], large: dict[str, dict[str, Any]]) -> str:
    """The two sizes side by side, and what follows for 10^9."""
    rows, count = [], [RUNS * steps for steps in SIZES]
    fixed = small["ingest, nothing new"]["cpu"]
    for stage in STAGES:
        a, b = small[stage], large[stage]
        slope = max(b["cpu"] - a["cpu"], 0) / (count[1] - count[0])
        ratio = growth(a["cpu"], b["cpu"], fixed)
        planned = b["cpu"] + slope * (PLANNED - count[1])
        rows.append(
            [
                stage,
                f"{a['cpu']:.1f}",
                f"{b['cpu']:.1f}",
                f"{b['seconds']:.0f}",
                f"{ratio:.2f}x",
                f"{b['peak']:.1f}",
                f"{planned / 60:.0f}",
            ]
        )
    header = [
        "stage",
        f"{count[0]:.2g}: processor s",
        f"{count[1]:.2g}: processor s",
        "elapsed s",
        "per value",
        "peak GiB",
        "10^9: processor min",
    ]
    disk = ", ".join(f"{name} {value:.2f} GiB" for name, value in large["disk"].items())
    worst = max(large[stage]["peak"] for stage in STAGES)
    return (
        f"{table(header, rows)}\n\n{RUNS:,} runs; {machine()}. On disk at {count[1]:.2g}: {disk}. Most memory: {worst:.1f} GiB."
    )


def main() -> None:
    """Measures both sizes, writes the page, and fails where growth is not linear or memory is too much."""
    small, large = (measure(steps) for steps in SIZES)
    text = page(small, large)
    print(text)
    if SCALE == 1:
        write_part("make bench-scale", text)
    for stage in STAGES:
        assert growth(small[stage]["cpu"], large[stage]["cpu"], small["ingest, nothing new"]["cpu"]) <= LINEAR, stage
        assert large[stage]["peak"] <= MEMORY, stage


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        what, where, argument = sys.argv[1:]
        opened, started = Home.open(where), time.perf_counter()
        generate(opened, int(argument)) if what == "generate" else STAGES[argument](opened)
        used = resource.getrusage(resource.RUSAGE_SELF)
        cost = {"seconds": time.perf_counter() - started, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 2**20}
        print(json.dumps(cost))
