"""Forecasts of declared runs, made from the shipped runs before the first of them is trained, and never changed afterwards.

`python -m data.wind_tunnel.forecast scale` writes `forecasts/scale.csv`; it refuses where the file is there, or where one of the
runs has been begun. A row is one run under one law: the forecast of its final clean validation loss, nats a token, with the 90 %
interval of a new run. `equal_weights` mixes the draws of all laws that have an interval, `stack` those of the laws that are not
refused, with weights from their held-out errors.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import Fit, common_design, fit, stack

from .design import WORK, Run, load
from .rounds import ROUNDS, Rival, Round, declared_frame, shipped_frame

FOLDER = Path(__file__).with_name("forecasts")
DRAWS, TAIL = 1000, 0.05
COLUMNS = ("as_of", "run_id", "law", "grade", "predicted", "low", "high")


def fitted(rival: Rival, seen: pl.DataFrame, wanted: Round) -> Fit | str:
    """The law fitted to what has been run, or why it cannot be."""
    options = {"fix": rival.fix or None, "prior": rival.prior or None, "pools": wanted.pools if rival.law.pooled else None}
    blocks = common_design([each.law for each in wanted.rivals], seen, wanted.pools)
    try:
        return fit(rival.law, seen, draws=DRAWS, design=blocks, **options)
    except Exception as error:  # whatever goes wrong is the result of this rival, and stands in its place
        return f"{type(error).__name__}: {error}"


def rows(name: str, grade: str, draws: np.ndarray, centre: np.ndarray, held: pl.DataFrame) -> list[dict]:
    """One row a run from a law's draws (draws, runs) and its central forecast."""
    kept = draws[np.isfinite(draws).all(axis=1)]
    low, high = np.quantile(kept, [TAIL, 1 - TAIL], axis=0) if len(kept) > 1 else (np.full(held.height, np.nan),) * 2
    found = zip(held["run_id"], centre, low, high, strict=True)
    return [
        {"run_id": run, "law": name, "grade": grade, "predicted": middle, "low": under, "high": over}
        for run, middle, under, over in found
    ]


def combined(fits: list[Fit], held: pl.DataFrame, horizon: float) -> list[dict]:
    """The mixtures of the laws: equally, and, where one is not refused, by what was held out."""
    made, centres = [], []
    for one in fits:
        drawn = one.predict_draws(held, new_run=True)
        if np.isfinite(drawn).all(axis=1).sum() > 1:
            made.append(drawn[np.isfinite(drawn).all(axis=1)])
            centres.append(one.value(held))
    count = min(map(len, made))
    equal = np.concatenate([drawn[:count] for drawn in made])
    found = rows("equal_weights", "", equal, np.mean(centres, axis=0), held)
    if all(one.grade == "refused" for one in fits):
        return found
    stacked = stack(fits, horizon)
    return found + rows("stack", "", stacked.predict_draws(held, new_run=True), stacked.value(held), held)


def forecasts(wanted: Round, runs: list[Run]) -> tuple[pl.DataFrame, list[str]]:
    """Every law's forecasts of the round's runs, the combinations', and a line on each fit."""
    design = load()
    seen, held = shipped_frame(wanted), declared_frame(runs, design)
    made: list[dict] = []
    fits, notes = [], []
    for rival in wanted.rivals:
        found = fitted(rival, seen, wanted)
        if isinstance(found, str):
            notes.append(f"{rival.law.name}: no fit, {found}")
            continue
        fits.append(found)
        notes.append(f"{rival.law.name}: {found.grade}, {found.n_runs} runs; {'; '.join(found.certificate.reasons)}")
        made += rows(rival.law.name, found.grade, found.predict_draws(held, new_run=True), found.value(held), held)
    as_of = datetime.now(UTC).isoformat(timespec="seconds")
    return pl.DataFrame(made + combined(fits, held, wanted.horizon)).with_columns(as_of=pl.lit(as_of)).select(COLUMNS), notes


def trained(runs: list[Run]) -> list[str]:
    """Those of the runs that have begun."""
    folder = WORK / "runs"
    return [
        run.run_id for run in runs if any((folder / f"{run.run_id}.{end}").exists() for end in ("json", "checkpoint", "claim"))
    ]


def main() -> int:
    """Forecasts one round and writes its file, once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("round", choices=ROUNDS)
    name = parser.parse_args().round
    wanted, path = ROUNDS[name], FOLDER / f"{name}.csv"
    runs = wanted.runs()
    if path.exists() or (begun := trained(runs)):
        print(f"{path} is there; a forecast is never made again" if path.exists() else f"already begun: {', '.join(begun)}")
        return 1
    table, notes = forecasts(wanted, runs)
    table.write_csv(path, float_precision=5)
    print("\n".join(notes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
