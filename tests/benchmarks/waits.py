"""What people wait for, each as a process of its own, so that any checkout of the code can be measured: `python waits.py WAIT`.

The code that is measured is the one on PYTHONPATH; this file uses what both the code before and the code of today offer. A wait
prints its seconds as JSON; with `--stages` also the processor seconds of each stage, from a profile of the same work.
"""

from __future__ import annotations

import cProfile
import csv
import json
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import numpy as np

PUBLIC = Path(__file__).resolve().parents[3] / "shared" / "data"
DOMAINS, MIXTURES, CURVES, POINTS = 7, 224, 16, 13
MANY, RUNS_A_STUDY = 200, 50
MEASUREMENTS = int(float(os.environ.get("LAWBOOK_BENCH_SCALE", "1")) * 10_000_000)
Wait = Callable[[Path], Callable[[], Any]]
"""Prepares in a folder, and returns the work that is waited for."""
STAGES = {
    "read files": ("ingest",),
    "search": ("searched",),
    "draws": ("resample",),
    "calibration": ("simulated_refits",),
    "held-out fits": ("held_out",),
    "certificate": ("certificate",),
    "rules and suspects": ("suspects", "sensitivity_to_rules"),
    "backtests": ("backtest_study",),
    "plans": ("plan_study", "build"),
    "publish": ("publish",),
    "page": ("write", "write_pictures"),
}
"""Functions whose cumulative time is a stage; one inside another counts in both (the searches of backtests)."""
STUDY = """study = "{name}"
runs = "dataset = '{name}'"
metric = "loss"
split = "validation"
laws = [{laws}]
draws = {draws}
[plan]
{plan}
"""


def _home(root: Path) -> Any:
    """A home of one's own whose work stays in one process, so that processor seconds are all there is."""
    from pipeline.home import Home

    home = Home.open(root)
    for folder in (home.inbox, home.studies):
        folder.mkdir(parents=True, exist_ok=True)
    (root / "config.toml").write_text('compute = "local"\nshipped = false\n', encoding="utf-8")
    return Home.open(root)


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)


def columns(_: Path) -> Callable[[], Any]:
    """Sixteen curves of one column, 13 points each, under the law of nine parameters that bends twice; 1000 draws."""
    import polars as pl

    from pipeline.fitting import fit
    from pipeline.laws import laws

    law, x = laws["broken_power_law_two"], np.geomspace(1e17, 1e21, POINTS)
    frames = []
    for seed in range(CURVES):
        loss = (1.7 + 400 * x**-0.15) * np.exp(np.random.default_rng(seed).normal(0, 0.01, POINTS))
        frames.append(pl.DataFrame({"run_key": [f"r{i}" for i in range(POINTS)], "flops": x, "value": loss}))
    fit(law, frames[0], draws=0)
    return lambda: [fit(law, frame) for frame in frames]


def clip(folder: Path) -> Callable[[], Any]:
    """Four laws over pools on the 11 CLIP curves of 217 points, 1000 draws, from the log to the page with plans and ledger."""
    from pipeline.refit.refit import refit

    home = _home(folder / "home")
    log = PUBLIC / "clip_pools_buckets" / "pool_learning_curves.csv"
    (home.inbox / "clip").mkdir()
    (home.inbox / "clip" / log.name).write_bytes(log.read_bytes())
    laws = '"repeated_utility", "pooled_effective_data", "annealed_effective_data", "effective_data"'
    (home.studies / "clip.toml").write_text(
        'study = "clip"\nruns = "dataset = \'datacomp-medium\'"\nmetric = "error"\nsplit = "test"\ntask = "imagenet"\n'
        f'points = "all"\nlaws = [{laws}]\n[objective]\nspace = "linear"\nloss = "l2"\n'
        "[plan]\ndata_seen = [32e6, 64e6, 128e6, 640e6]\n"
    )
    return lambda: refit(home)


def domains(folder: Path) -> Callable[[], Any]:
    """One of seven validation domains: 224 mixtures of seven domains, two mixture laws, 300 draws, with plans and ledger."""
    from pipeline.refit.refit import refit

    home, rng = _home(folder / "home"), np.random.default_rng(0)
    shares, pull = rng.dirichlet(np.full(DOMAINS, 0.6), MIXTURES), rng.normal(0.2, 0.5, DOMAINS)
    loss = (1.5 + np.exp(shares @ pull)) * np.exp(rng.normal(0, 0.003, MIXTURES))
    names = [f"domain-{k}" for k in range(DOMAINS)]
    about = {"status": "finished", "dataset": "mixtures", "data_unit": "token", "data_seen": 1e9}
    runs = [{"run_id": f"m{i}", **about, "pool": f"mix-{i}", "metric:loss@validation": loss[i]} for i in range(MIXTURES)]
    pools = [{"pool": name, "dataset": "mixtures", "data_unique": 1e10} for name in names]
    pools += [{"pool": f"mix-{i}", "dataset": "mixtures", "data_unique": 1e10} for i in range(MIXTURES)]
    members = [
        {"pool": f"mix-{i}", "member": name, "share": share, "data_unique": share * 1e10}
        for i in range(MIXTURES)
        for name, share in zip(names, shares[i], strict=True)
    ]
    for name, rows in (("all.runs", runs), ("all.pools", pools), ("all.pool_members", members)):
        _write(home.inbox / "lab" / f"{name}.csv", rows)
    laws = '"exponential_mixing", "effective_mixing"'
    text = STUDY.format(name="mixtures", laws=laws, draws=300, plan="data_seen = [1e9]")
    (home.studies / "mixtures.toml").write_text(text)
    return lambda: refit(home)


def pools(_: Path) -> Callable[[], Any]:
    """All 4095 sets of 12 pools at 50 budgets with 1000 draws."""
    made, runs, study = _twelve_pools()
    from pipeline.planning import PLANS

    return lambda: PLANS["plan_filtering"].build(made, study, runs)


def repeats(_: Path) -> Callable[[], Any]:
    """What a repeat of each of 12 pools is worth, with 1000 draws."""
    made, runs, study = _twelve_pools()
    from pipeline.planning import PLANS

    return lambda: PLANS["plan_repetition"].build(made, study, runs)


def _twelve_pools() -> tuple[Any, Any, Any]:
    """A fit of repeated utility to 12 pools of unequal sizes, its runs, 50 budgets: the case of the planning tests."""
    sys.path[:0] = [str(Path(os.environ["PYTHONPATH"].split(os.pathsep)[0]) / "tests" / part) for part in ("", "planning")]
    from planning_cases import study_of
    from test_champions import MISFIT, case

    made, runs, *_rest = case("repeated_utility", "unequal", draws=1000, misfit=MISFIT)
    return made, runs, study_of("error", data_seen=np.geomspace(1e7, 3e9, 50).tolist())


def _sweep(name: str, count: int, first: int = 0) -> list[dict[str, Any]]:
    """Runs of one study over sizes and tokens, no two alike."""
    found = []
    for i in range(first, first + count):
        params, data_seen = 1e7 * 10 ** (2 * (i % 7) / 6), 1e8 * 10 ** (2 * (i % 8) / 7) * (1 + i / 1000)
        value = (1.8 + 400 / params**0.34 + 2000 / data_seen**0.37) * (1 + 0.004 * ((i * 7919) % 13 - 6) / 6)
        row = {"run_id": f"{name}-{i}", "status": "finished", "dataset": name, "data_unit": "token", "params": params}
        found.append({**row, "data_seen": data_seen, "metric:loss@validation": value})
    return found


def one_more(folder: Path, studies: int = MANY) -> Callable[[], Any]:
    """One new run in the first of 200 studies of 50 runs each: read, refitted, forecast, planned, published and drawn."""
    from pipeline.refit.refit import refit

    home, names = _home(folder / "home"), [f"s{i:03d}" for i in range(studies)]
    _write(home.inbox / "lab" / "all.runs.csv", [row for name in names for row in _sweep(name, RUNS_A_STUDY)])
    for name in names:
        text = STUDY.format(name=name, laws='"chinchilla"', draws=100, plan="flops = [1e20]")
        (home.studies / f"{name}.toml").write_text(text)
    refit(home)
    _write(home.inbox / "lab" / "new-0.runs.csv", _sweep("s000", 1, RUNS_A_STUDY))
    refit(home)
    _write(home.inbox / "lab" / "new-1.runs.csv", _sweep("s000", 1, RUNS_A_STUDY + 1))
    return lambda: refit(home)


def _log(path: Path, rows: int, first: int = 0) -> None:
    import duckdb

    source = f"""SELECT 'run-' || ({first} + i // 20000) AS run_id, 'loss' AS metric, 'validation' AS split, 'c4' AS task,
        i % 20000 AS step, (i % 20000) * 1024.0 AS data_seen, 2 + 1 / sqrt(1 + i % 20000) + hash(i) / 2e21 AS value
        FROM range({rows}) AS t(i)"""
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.execute(f"COPY ({source}) TO '{path}' (FORMAT parquet)")


def plain(folder: Path) -> Callable[[], Any]:
    """The rival of `dropped`: ten million measurements from one Parquet file into a table of a DuckDB file, nothing else."""
    import duckdb

    _log(folder / "log.parquet", MEASUREMENTS)

    def load() -> None:
        with duckdb.connect(str(folder / "plain.duckdb")) as connection:
            connection.execute(f"CREATE TABLE plain AS SELECT * FROM read_parquet('{folder / 'log.parquet'}')")

    return load


def dropped(folder: Path) -> Callable[[], Any]:
    """Ten million measurements in one Parquet file: dropped, read, checked, published and on the page."""
    from pipeline.refit.refit import refit

    home = _home(folder / "home")
    _log(home.inbox / "lab" / "log.measurements.parquet", MEASUREMENTS)
    return lambda: refit(home)


def republish(folder: Path) -> Callable[[], Any]:
    """One new run of 20,000 measurements beside ten million: read and published."""
    from pipeline.refit.refit import refit

    home = _home(folder / "home")
    _log(home.inbox / "lab" / "log.measurements.parquet", MEASUREMENTS)
    refit(home)
    refit(home)
    _log(home.inbox / "lab" / "more.measurements.parquet", 20_000, MEASUREMENTS)
    return lambda: refit(home)


EACH: tuple[Wait, ...] = (columns, clip, domains, pools, repeats, one_more, plain, dropped, republish)
WAITS: dict[str, Wait] = {wait.__name__: wait for wait in EACH}


@contextmanager
def _profiled(wanted: bool) -> Iterator[dict[str, float]]:
    """The processor seconds of each stage that took any, once the block has ended."""
    found: dict[str, float] = {}
    if not wanted:
        yield found
        return
    profile = cProfile.Profile(time.process_time)
    with profile:
        yield found
    spent: dict[str, float] = {}
    for (file, _, name), (_, _, _, cumulative, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if f"{os.sep}pipeline{os.sep}" in file:
            spent[name] = max(spent.get(name, 0.0), cumulative)
    found |= {stage: round(sum(spent.get(name, 0.0) for name in names), 3) for stage, names in STAGES.items()}


def measured(name: str, stages: bool = False) -> dict[str, Any]:
    """Wall and processor seconds of a wait; with stages, what of them each took."""
    with tempfile.TemporaryDirectory(prefix="lawbook-wait-") as folder:
        work = WAITS[name](Path(folder))
        wall, processor = time.perf_counter(), time.process_time()
        with _profiled(stages) as parts:
            work()
        return {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor, "stages": parts}


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], "--stages" in sys.argv)))
