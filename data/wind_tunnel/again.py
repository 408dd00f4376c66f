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

from .design import Run, declared

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
    "strong decay": "decay-d32-t64k-u32k-wd1-s0",
    "scarce text": "scarce-d32-t256k-u8k-shuffle-h0.25-s0",
    "clean text": "flip-d16-t64k-u64k-noise-h1-s0",
    "largest rate": "lrbatch-d16-t512k-lr0.08-b512-s0",
}
PRINTED = 5e-5  # half of the last digit of a loss as the runner prints it
CHAOTIC = 5e-2  # without the kernels of the shipped runs: masks and the largest rate make much of a last bit


def shipped_curve(run: Run) -> np.ndarray:
    """The values that the run's shipped log holds, in the order of their logging."""
    [path] = SHIPPED.rglob(f"{run.group}.measurements.parquet")
    return pl.read_parquet(path).filter(run_id=run.run_id)["value"].to_numpy()


def new_curve(run: Run) -> np.ndarray:
    """The values of the same log, trained now, computed as the shipped runs were where the CPU allows it."""
    from .kernels import compute_as_shipped
    from .runner import perform

    compute_as_shipped()
    with tempfile.TemporaryDirectory() as folder:
        perform(run, Path(folder))
        return np.array([point["value"] for point in json.loads((Path(folder) / f"{run.run_id}.json").read_text())["points"]])


def tolerance(run: Run, as_shipped: bool) -> float:
    """How far the new curve may lie from the shipped one, nats."""
    chaotic = run.change.startswith("prune") or run.run_id == KINDS["largest rate"]
    return CHAOTIC if chaotic and not as_shipped else PRINTED


def main() -> int:
    """Prints a line a run; 1 where one is further from its log than it may be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=list(KINDS.values()), help="run ids")
    try:
        import torch

        from .kernels import compute_as_shipped
    except ImportError:
        print("skipped: training needs torch; python -m pip install '.[wind-tunnel]'")
        return 0
    as_shipped = compute_as_shipped()
    print(f"torch {torch.__version__}, {'the' if as_shipped else 'not the'} kernels of the shipped runs")
    far = False
    for run in map(declared, parser.parse_args().only):
        gap = float(np.abs(new_curve(run) - shipped_curve(run)).max())
        far |= gap > (bound := tolerance(run, as_shipped))
        print(f"{run.run_id}: largest difference {gap:.1e}, may be {bound:.0e}", flush=True)
    return int(far)


if __name__ == "__main__":
    sys.exit(main())
