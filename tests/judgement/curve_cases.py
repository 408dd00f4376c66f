"""Cases that no study reads: learning curves that end where the sizes begin that are asked for, and schedules left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting.effort import Effort
from pipeline.laws import laws
from tests.judgement.peers import PEERS
from tests.judgement.scores import Score, scored
from tests.judgement.splits import Case
from tests.judgement.sweeps import RIVALS
from tests.shared_fits import annealing_fits

SCHEDULES = (*annealing_fits.TRAINED, *annealing_fits.HELD_OUT)
EVERY = 16
"""Of a long curve every sixteenth point is fitted: neighbours say the same."""
QUICK = Effort(starts=12, audit=4, longest=60, tile=64, minima=1, sweeps=24, spare=0, hopeless=False)
"""Of a law that sums over sixty falls of the rate a draw costs a hundred times what it does elsewhere; curves are many."""


def single_curves(data: Path) -> Iterator[Case]:
    """One case a curve of the extrapolation benchmark: its training part, and the rest of it. The sweep is its domain."""
    table = pl.read_csv(data / "extrapolation_curves" / "curves.csv")
    rivals = tuple(name for name in RIVALS["one column"] if name in laws)
    for (domain, task, model), own in table.group_by("Domain", "Task", "Model", maintain_order=True):
        seen = pl.col("Seen Examples").cast(pl.Float64)
        frame = own.sort("Seen Examples").select(
            data_seen=seen, axis=seen, flops=seen, value="Loss", run_key=pl.lit(f"{task} {model}"), known=pl.col("Training") == 1
        )
        known, asked = frame.filter("known").drop("known"), frame.filter(~pl.col("known")).drop("known")
        yield Case(f"extrapolation_curves {domain}", "larger sizes", f"{task} {model}", rivals, known, asked, (), QUICK)


def peers(case: Case) -> list[Score]:
    """How the published estimators do on a single curve; they have no interval."""
    x, y = (case.known[name].to_numpy() for name in ("data_seen", "value"))
    at, none = case.asked["data_seen"].to_numpy(), pl.lit(None, pl.Float64)
    return [
        scored(
            case,
            name,
            "peer",
            case.asked.select("value", predicted=pl.Series(peer(x, y)(at)), predicted_low=none, predicted_high=none),
        )
        for name, peer in PEERS.items()
    ]


def schedules(data: Path) -> Iterator[Case]:
    """Each schedule of one model size left out in turn and forecast from the other eight."""
    for size in annealing_fits.REFERENCE:
        curves = {name: _schedule(data, size, name) for name in SCHEDULES}
        for name in SCHEDULES:
            known = pl.concat([frame for other, frame in curves.items() if other != name])
            rivals = tuple(law for law in ("annealing", "multi_power_law", "multi_power_fading") if law in laws)
            yield Case(f"multi_power_law {size}", "one schedule left out", name, rivals, known, curves[name],
                       annealing_fits.GROUPS, QUICK)  # fmt: skip


def _schedule(data: Path, size: str, name: str) -> pl.DataFrame:
    drops, areas = (annealing_fits.observations(data, size, name, law) for law in ("multi_power_law", "annealing"))
    frame = drops.with_columns(areas["s2"])
    return frame.gather(np.arange(0, frame.height, EVERY))
