"""Trains what the design declares and is not finished yet; stop it at any time and start it again.

`python -m data.wind_tunnel.runner --waves 1 --workers 2`; `--only ID` trains one run again. A run that was stopped goes on from
its checkpoint. All lies in `work/`, or in the folder that LAWBOOK_WIND_TUNNEL names.
"""

from __future__ import annotations

import argparse
import functools
import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from .checkpoints import Checkpoint
from .corpus import WINDOW, Corpus, build
from .design import WORK, Run, declared, expand, load
from .kernels import compute_as_shipped
from .pools import atomic_pools, compose
from .probes import Probes
from .pruning import keep_windows
from .streams import stream, unique_tokens
from .trackers import write_trackers
from .train import train


@functools.cache
def materials() -> tuple[dict, Corpus, dict[str, np.ndarray], Probes]:
    """Design, corpus, atomic pools and probes: the same in every worker."""
    design = load()
    corpus = build(design["corpus"], WORK / "corpus")
    levels, pools = design["pools"]["levels"], design["pools"]
    atoms = atomic_pools(levels, pools["tokens"], corpus, design["corpus"]["seed"])
    return design, corpus, atoms, Probes(corpus.validation, 512, design["corpus"]["seed"])


def training_data(run: Run) -> np.ndarray:
    """The windows of a run: a pool, a pruned set, a stream, or the first unique tokens of the train region in a seed's order."""
    design, corpus, atoms, _ = materials()
    if run.pool:
        return compose(design["pools"]["unions"].get(run.pool, {run.pool: 1.0}), atoms, design["corpus"]["seed"])
    if run.keep:
        return keep_windows(run, design["pruning"], corpus, WORK)
    if run.generic:
        return stream(run, design, corpus)
    order = np.random.default_rng([run.seed, 7]).permutation(len(corpus.train))
    if run.unique > len(order) * WINDOW:
        raise ValueError(f"{run.run_id}: {run.unique} unique tokens asked, the corpus has {len(order) * WINDOW}")
    return corpus.train[np.sort(order[: run.unique // WINDOW])]


def claim(run: Run, folder: Path) -> bool:
    """True for the one worker that may train this run now; a claim of a dead process is void."""
    if (folder / f"{run.run_id}.json").exists():
        return False
    path = folder / f"{run.run_id}.claim"
    if path.exists() and not Path(f"/proc/{path.read_text()}").exists():
        path.unlink(missing_ok=True)
    try:
        with path.open("x") as file:
            file.write(str(os.getpid()))
    except FileExistsError:
        return False
    return True


def perform(run: Run, folder: Path) -> None:
    """Trains a run and stores it whole, or not at all."""
    _, corpus, _, probes = materials()
    points: list[dict] = []
    started, data = datetime.now(UTC), training_data(run)
    checkpoint = Checkpoint(folder / f"{run.run_id}.checkpoint")
    summary = train(run, data, corpus.validation, probes, points.append, checkpoint)
    del summary["model"]
    summary |= {"started_at": started.isoformat(), "finished_at": datetime.now(UTC).isoformat()}
    unique = unique_tokens(run) if run.generic else len(data) * WINDOW
    summary |= {"unique": unique, "torch": torch.__version__}
    write_trackers(run.run_id, points, folder)
    partial = folder / f"{run.run_id}.partial"
    partial.write_text(json.dumps({"run_id": run.run_id, "summary": summary, "points": points}))
    partial.rename(folder / f"{run.run_id}.json")
    checkpoint.clear()


def pending(runs: list[Run], folder: Path) -> Iterator[Run]:
    """Runs that this worker could claim, in the design's order."""
    return (run for run in runs if claim(run, folder))


def work(worker: int, runs: list[Run], folder: Path, deadline: float) -> None:
    """One worker: one thread, so that results do not depend on how many workers there are."""
    compute_as_shipped()
    for run in pending(runs, folder):
        try:
            perform(run, folder)
        finally:
            (folder / f"{run.run_id}.claim").unlink(missing_ok=True)
        loss = json.loads((folder / f"{run.run_id}.json").read_text())
        last = [p["value"] for p in loss["points"] if p["split"] == "validation" and p["metric"] == "loss"][-1]
        print(f"{worker} {run.run_id} {last:.4f} {loss['summary']['seconds']:.1f} s", flush=True)
        if time.time() > deadline:
            return


def chosen(only: list[str] | None, waves: list[int]) -> list[Run]:
    """The runs with these ids in their order, or those of the waves in the design's order."""
    return [declared(run_id) for run_id in only] if only else [run for run in expand(load()) if run.wave in waves]


def main() -> None:
    """Parses the command line and starts the workers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waves", type=int, nargs="+", default=[1])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="+", help="run ids, whatever their wave, in this order")
    parser.add_argument("--minutes", type=float, default=600.0, help="start no run after this many minutes")
    parser.add_argument("--folder", type=Path, default=WORK / "runs")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    runs = chosen(options.only, options.waves)
    materials()
    deadline = time.time() + 60 * options.minutes
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=work, args=(i, runs, options.folder, deadline)) for i in range(options.workers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main()
