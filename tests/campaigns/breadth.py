"""`make bench-breadth`: 100,000 small files, a CSV of 2 GB, 100,000 runs, 5,000 studies, 300 pools, from logs to plans.

Each is measured at a tenth and at all of it, in processes of their own, so that processor time and peak memory are its own, and
growth is seen. `python -m tests.campaigns.breadth runs pools=30` takes some, or so much; what is measured is kept, and the page
is written of it. LAWBOOK_BENCH_SCALE=0.1 makes all of it smaller.
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
from typing import Any

import pytest

from pipeline.home import Home
from pipeline.refit.refit import refit
from tests.campaigns.page import machine, table, write_part
from tests.small_home import STUDY, loss, own_home, without_report

SCALE = float(os.environ.get("LAWBOOK_BENCH_SCALE", "1"))
KEPT = Path(__file__).resolve().parents[2] / ".make" / "breadth.json"
TIMES = ["a tenth: processor s", "all: processor s", "per piece", "nothing new: processor s"]
HEAD = ["what", "how much", *TIMES, "peak GiB", "load"]
MEMORY = 4.0
"""GiB that each may take."""
LINE = "{},finished,{},token,{:.6g},{:.6g},{:.6g}\n"
HEADER = "run_id,status,dataset,data_unit,params,data_seen,metric:loss@validation\n"
FEW = 100
"""Runs behind a campaign that is about something else."""


def line(name: str, number: int, dataset: str = "wide") -> str:
    """One run of a sweep of known law, in the native table."""
    params, data_seen = 1e7 * 10 ** (2 * (number % 97) / 97), 1e9 * 10 ** (2 * (number % 89) / 89)
    return LINE.format(name, dataset, params, data_seen, loss(params, data_seen) * (1 + 0.004 * ((number * 7919) % 13 - 6) / 6))


def declare(home: Home, name: str, text: str = STUDY) -> None:
    """A study of the sweep."""
    body = text.format(name=name).replace(f"dataset = '{name}'", "dataset = 'wide'")
    (home.studies / f"{name}.toml").write_text(body, encoding="utf-8")


def write_runs(home: Home, count: int, dataset: str = "wide") -> None:
    """One table of so many runs."""
    with (home.inbox / "lab" / "all.runs.csv").open("w", encoding="utf-8") as file:
        file.write(HEADER)
        file.writelines(line(f"run-{number}", number, dataset) for number in range(count))


def small_files(home: Home, count: int) -> None:
    """A file a run, a thousand to a folder."""
    for number in range(count):
        folder = home.inbox / "lab" / str(number // 1000)
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.runs.csv").write_text(HEADER + line(f"run-{number}", number), encoding="utf-8")
    declare(home, "wide")


def large_csv(home: Home, megabytes: int) -> None:
    """Curves of a hundred runs in one long table."""
    write_runs(home, FEW)
    with (home.inbox / "lab" / "curves.measurements.csv").open("w", encoding="utf-8") as file:
        written = file.write("run_id,metric,split,task,step,value\n")
        step = 0
        while written < megabytes * 1e6:
            step += 1
            block = "".join(f"run-{run},loss,train,corpus,{step},{4 - 1e-7 * step:.7f}\n" for run in range(FEW))
            written += file.write(block)
    declare(home, "wide")


def many_runs(home: Home, count: int) -> None:
    """A table of so many runs, all in one fit."""
    write_runs(home, count)
    declare(home, "wide")


def many_studies(home: Home, count: int) -> None:
    """So many studies of a hundred runs."""
    write_runs(home, FEW)
    for number in range(count):
        declare(home, f"study-{number}")


POOLED = STUDY.replace('["chinchilla"]', '["effective_data"]').replace("flops = [1e18, 1e20]", "data_seen = [1e10, 1e11]")


def many_pools(home: Home, count: int) -> None:
    """So many pools of rising loss, four runs on each."""
    lab = home.inbox / "lab"
    with (lab / "all.pools.csv").open("w", encoding="utf-8") as pools, (lab / "all.runs.csv").open("w", encoding="utf-8") as runs:
        pools.write("pool,dataset,data_unique,quality_rank\n")
        runs.write("run_id,status,dataset,data_unit,pool,params,data_unique,data_seen,metric:loss@validation\n")
        for pool in range(count):
            pools.write(f"pool-{pool},wide,1e10,{pool + 1}\n")
            for part in range(4):
                seen = 1e9 * 4**part
                value = loss(1e8, seen) * (1 + pool / (4 * count))
                runs.write(f"p{pool}-{part},finished,wide,token,pool-{pool},1e8,1e10,{seen:.6g},{value:.6g}\n")
    declare(home, "wide", POOLED)


KINDS: dict[str, tuple[Callable[[Home, int], None], int, str]] = {
    "small files": (small_files, 100_000, "files"),
    "one CSV": (large_csv, 2_000, "MB"),
    "runs": (many_runs, 100_000, "runs"),
    "studies": (many_studies, 5_000, "studies"),
    "pools": (many_pools, 300, "pools"),
}


def apart(what: str, root: Path, kind: str, count: int) -> dict[str, Any]:
    """One step in a process of its own: seconds, processor seconds, GiB at its peak."""
    command = [sys.executable, "-m", "tests.campaigns.breadth", what, str(root), kind, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{kind}, {count}: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(kind: str, count: int) -> dict[str, dict[str, Any]]:
    """From the logs to the published plan, and once more where nothing is new."""
    with tempfile.TemporaryDirectory(prefix="lawbook-breadth-") as name:
        apart("make", Path(name) / "home", kind, count)
        return {step: apart("refit", Path(name) / "home", kind, count) for step in ("first", "again")}


Measured = dict[str, dict[str, dict[str, Any]]]
"""By kind, and by how much as text: what each step cost."""


def kept() -> Measured:
    """What has been measured so far, since `make clean`."""
    return dict(json.loads(KEPT.read_text(encoding="utf-8"))) if KEPT.exists() else {}


def keep(kind: str, count: int) -> None:
    """Measures so much of a kind and keeps it; fails above the bound on memory."""
    found = {**measure(kind, count), "load": round(os.getloadavg()[1])}
    print(kind, count, found, flush=True)
    assert peak(found) <= MEMORY, f"{kind}: {peak(found):.1f} GiB"
    every = kept()
    every.setdefault(kind, {})[str(count)] = found
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(every), encoding="utf-8")


def peak(measured: dict[str, Any]) -> float:
    """GiB at the peak of either refit."""
    return max(float(measured[each]["peak"]) for each in ("first", "again"))


def row(kind: str, measured: dict[str, dict[str, Any]]) -> list[str]:
    """What the page says of one kind: the most that was measured of it, and a tenth of that where it was, too."""
    most = max(map(int, measured))
    large, tenth = measured[str(most)], measured.get(str(most // 10))
    again, small, grown = large["again"]["cpu"], "", ""
    if tenth:
        start = tenth["again"]["cpu"]
        small = f"{tenth['first']['cpu']:.1f}"
        grown = f"{(large['first']['cpu'] - start) / max(tenth['first']['cpu'] - start, 0.01) / 10:.2f}x"
    aim = "" if most == KINDS[kind][1] else f" of {KINDS[kind][1]:,}"
    much = f"{most:,}{aim} {KINDS[kind][2]}"
    return [kind, much, small, f"{large['first']['cpu']:.1f}", grown, f"{again:.1f}", f"{peak(large):.1f}", str(large["load"])]


def main(asked: list[str]) -> None:
    """Measures kinds (`pools`, or `pools=30` for so much), or all, each at a tenth and whole; writes what is known."""
    for each in asked or list(KINDS):
        kind, sign, count = each.partition("=")
        full = max(10, int(KINDS[kind][1] * SCALE))
        for much in [int(count)] if sign else [full // 10, full]:
            keep(kind, much)
    write()


def write() -> None:
    """The page, of all that is kept."""
    rows = [row(kind, measured) for kind, measured in kept().items()]
    text = f"{table(HEAD, rows)}\n\nMeasured on {machine().partition(';')[0]}."
    print(text)
    write_part("make bench-breadth", text)


def step(what: str, root: str, kind: str, count: int) -> None:
    """One step in this process; prints what it cost."""
    home = own_home(Path(root)) if what == "make" else Home.open(root)
    started = time.perf_counter()
    if what == "make":
        (home.root / "config.toml").write_text('shipped = false\ncompute = "local"\n', encoding="utf-8")
        (home.inbox / "lab").mkdir()
        KINDS[kind][0](home, count)
    else:
        with pytest.MonkeyPatch.context() as patch:
            without_report(patch)
            report = refit(home)
        assert report.exit_code == 0, report.failed
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = {"seconds": time.perf_counter() - started, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 2**20}
    print(json.dumps(cost))


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in ("make", "refit"):
        step(*sys.argv[1:4], int(sys.argv[4]))  # type: ignore[arg-type]
    elif sys.argv[1:] == ["page"]:
        write()
    else:
        main(sys.argv[1:])
