"""A home with simulated logs of two sweeps, one of model sizes and one of data pools, refitted and published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from small_home import own_home

from pipeline.home import Home
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.refit.refit import refit

SCRIPT = "<script>document.title = 'owned'</script>"
POOLS = {"best": 1.0e7, "middle": 2.0e7, "rest": 4.0e7}
SIZE_STUDY = """study = "text-size"
question = "Which model size and how much text does a budget buy best?"
runs = "dataset = 'text'"
metric = "loss"
laws = ["chinchilla", "gadre"]
draws = 60
[plan]
flops = [1e20, 1e21, 1e22]
served_tokens = [1e12]
deadline_days = 30
accelerator_count = 64
"""
POOL_STUDY = """study = "pools"
question = "Which pools at which budget?"
runs = "dataset = 'images'"
metric = "error"
points = "all"
laws = ["repeated_utility"]
draws = 60
[fix]
a = 2.0
d = 0.1
[plan]
data_seen = [3e7, 1e8, 3e8, 1e9]
keep_fraction = [1, 0.5]
"""


def size_logs(folder: Path, planned: int) -> None:
    """Sixteen runs with logged throughput, the name of one a script; the last ones may be planned and have no loss yet."""
    rng = np.random.default_rng(0)
    params = 10 ** rng.uniform(7.5, 9, 16)
    data = params * 10 ** rng.uniform(0.7, 1.9, 16)
    loss = (1.82 + 478 / params**0.347 + 2143 / data**0.367) * np.exp(0.003 * rng.standard_normal(16))
    speed = rng.uniform(0.3, 0.45, 16) * 16 * 312e12 / (6 * params)
    frame = pl.DataFrame({"params": params, "data_seen": data, "metric:loss": loss, "data_per_second": speed}).with_columns(
        run_id=pl.Series([f"run{i}" for i in range(16)]),
        name=pl.Series([SCRIPT, *[f"size {i}" for i in range(1, 16)]]),
        status=pl.lit("finished"),
        dataset=pl.lit("text"),
        data_unit=pl.lit("token"),
        flops=6 * pl.col("params") * pl.col("data_seen"),
        accelerator=pl.lit("NVIDIA A100-SXM4-80GB"),
        accelerator_count=pl.lit(16.0),
    )
    waits = pl.int_range(pl.len()) >= pl.len() - planned
    frame = frame.with_columns(
        pl.when(waits).then(None).otherwise(pl.col("metric:loss")).alias("metric:loss"),
        pl.when(waits).then(pl.lit("planned")).otherwise("status").alias("status"),
    )
    frame.write_csv(folder / f"sizes{planned}.runs.csv")


def pool_logs(folder: Path) -> None:
    """Two seeds on each of three pools, with checkpoints."""
    law, rng = laws["repeated_utility"], np.random.default_rng(1)
    theta = np.array([[2.0, 0.1, -0.20, -0.18, -0.16, 3.0, 5.0, 8.0]])
    seen, runs, points = np.linspace(1.2e7, 1.2e8, 8), [], []
    for k, (pool, size) in enumerate(POOLS.items()):
        share = np.zeros((len(seen), len(POOLS)))
        share[:, k] = 1.0
        amounts = {"share": share, "unique": share * size, "size": share * size}
        error = compiled(law).value(theta, Rows({"data_seen": seen}, amounts, tuple(POOLS), len(seen)))[0]
        for seed in range(2):
            run = f"{pool}-{seed}"
            runs.append({"run_id": run, "pool": pool, "data_unique": size, "data_seen": seen[-1], "seed": seed})
            noisy = error + 0.001 * rng.standard_normal(len(seen))
            points += [{"run_id": run, "data_seen": d, "metric": "error", "value": e} for d, e in zip(seen, noisy, strict=True)]
    about = {"status": "finished", "dataset": "images", "data_unit": "sample", "params": 1.5e8}
    pl.DataFrame(runs).with_columns(**{k: pl.lit(v) for k, v in about.items()}).write_csv(folder / "pools.runs.csv")
    pl.DataFrame(points).write_csv(folder / "pools.measurements.csv")
    ranks = {"pool": list(POOLS), "data_unique": list(POOLS.values()), "quality_rank": [1, 2, 3]}
    pl.DataFrame(ranks).with_columns(dataset=pl.lit("images")).write_csv(folder / "pools.pools.csv")


def published_home(root: Path) -> Home:
    """The home, after a refit that forecasts two planned runs and one that scores them."""
    home = own_home(root)
    (home.inbox / "sim").mkdir()
    (home.studies / "text-size.toml").write_text(SIZE_STUDY)
    (home.studies / "pools.toml").write_text(POOL_STUDY)
    pool_logs(home.inbox / "sim")
    for planned in (2, 0):
        size_logs(home.inbox / "sim", planned)
        report = refit(home, ["text-size", "pools"])
        assert not report.errors, report.errors
        assert not report.failed, report.failed
    return home
