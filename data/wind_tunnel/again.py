"""Trains shipped runs again, from their seeds, and says how far the new curves lie from the shipped ones.

`python -m data.wind_tunnel.again` takes one run of each kind, `--only ID` others. It needs torch, and fetches the corpus.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from .design import Run, expand, load

SHIPPED = Path(__file__).parents[1] / "runs"
KINDS = {
    "base": "grid-d48-t165k-s0",
    "pool": "pools-d32-t192k-clean-s0",
    "mixture": "pools-d32-t192k-mix-a-s0",
    "sealed mixture": "sealed-mixtures-d32-t576k-clean-typos-s0",
    "repetition": "repetition-d32-t256k-u128k-s0",
    "schedule": "schedule-d32-t1024k-wsd20-s0",
    "batch": "lrbatch-d16-t512k-lr0.01-b512-s0",
    "recipe": "recipe-d64-t190k-relu2-lion-s0",
    "growth": "growth-d48-t1024k-stack-s0",
    "sparse": "growth-d48-t1024k-prune50-s0",
    "pruned data": "pruning-d32-t256k-hard50-s0",
}
PRINTED = 5e-5  # half of the last digit of a loss as the runner prints it
SPARSE = 2e-2  # a mask drops an entry or keeps it: two curves that differ in the last bit drop other entries


def declared(run_id: str) -> Run:
    """The run of the design with this id."""
    return next(run for run in expand(load()) if run.run_id == run_id)


def shipped_curve(run: Run) -> np.ndarray:
    """The values that the run's shipped log holds, in the order of their logging."""
    [path] = SHIPPED.rglob(f"{run.group}.measurements.parquet")
    return pl.read_parquet(path).filter(run_id=run.run_id)["value"].to_numpy()


def new_curve(run: Run) -> np.ndarray:
    """The values of the same log, trained now. One thread and no denormal numbers, as in the runner."""
    import torch

    from .runner import perform

    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    with tempfile.TemporaryDirectory() as folder:
        perform(run, Path(folder))
        return np.array([point["value"] for point in json.loads((Path(folder) / f"{run.run_id}.json").read_text())["points"]])


def tolerance(run: Run) -> float:
    """How far a curve of another kind of CPU may lie from the shipped one, nats."""
    return SPARSE if run.change.startswith("prune") else PRINTED


def main() -> int:
    """Prints a line a run; 1 where one is further from its log than it may be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=list(KINDS.values()), help="run ids")
    try:
        import torch
    except ImportError:
        print("skipped: training needs torch; python -m pip install '.[wind-tunnel]'")
        return 0
    print(f"torch {torch.__version__}, vector instructions {torch.backends.cpu.get_cpu_capability()}")
    far = False
    for run in map(declared, parser.parse_args().only):
        gap = float(np.abs(new_curve(run) - shipped_curve(run)).max())
        far |= gap > tolerance(run)
        print(f"{run.run_id}: largest difference {gap:.1e}, may be {tolerance(run):.0e}", flush=True)
    return int(far)


if __name__ == "__main__":
    sys.exit(main())
