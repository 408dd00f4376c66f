"""Schedules of 25M and 100M models: the annealing and the multi-power law, trained on 24k-step curves, on other schedules.

wsdcon_9 is in the fit where the column says "with wsdcon_9", and was in the authors' for their published constants. On
cosine_72000 no multi-power fit of ours is better than annealing. Cosine and constant alone do not identify its relaxation: they
make it worse.

The search is not why: on the three training curves the sum of Huber losses at the published constants is 2.1 times (25M) and
12 times (100M) that of our fit, which is closer on each curve. The best fit of 24k steps is not the best forecast of 72k.

Other fits do not change that (`annealing_variants.py`, 96 of them a size: a prior on the relaxation around the constants
published for the other size, the warm-up's rise as drops or not, early points left out, Huber or squares, steps weighted
evenly or by 1/step). None is below annealing on all four of constant_72000, cosine_72000, wsd and wsdld; the best are on
three. The one of least error inside the training curves (fitted to 12 and 16 thousand steps, asked for the rest: no prior, no
warm-up drops, from step 4000) has .030, .358, .116, .094 (25M) and .084, .295, .112, .082 (100M) there. A prior of sd .1 has
.096, .315, .084, .072 and .105, .419, .059, .048. One relaxation for both sizes is not identified either (gamma runs to 24).
On the second half of cosine_72000 annealing and our fit of both sizes predict .3 to .7 % too little, while they meet the
second half of cosine_24000 to .03 %: two short curves do not show what is missing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.ingredients.schedules import annealing_columns, constant, cosine, drop_members, two_stage, wsd
from pipeline.laws import laws
from pipeline.laws.compile import compiled
from pipeline.laws.rows import rows_from_frame

PEAK, FINAL, WARMUP = 3e-4, 3e-5, 2160
TRAINED = ("cosine_24000", "constant_24000")
HELD_OUT = ("constant_72000", "cosine_72000", "wsd_20000_24000", "wsdld_20000_24000", "wsdcon_3", "wsdcon_9", "wsdcon_18")
REFERENCE = {  # mean absolute relative error of Tissue's form in percent, laws/training.md section 7
    "25M": {
        "cosine_24000": 0.060,
        "constant_72000": 0.143,
        "cosine_72000": 0.267,
        "wsd_20000_24000": 0.087,
        "wsdld_20000_24000": 0.075,
    },
    "100M": {
        "cosine_24000": 0.029,
        "constant_72000": 0.084,
        "cosine_72000": 0.338,
        "wsd_20000_24000": 0.080,
        "wsdld_20000_24000": 0.058,
    },
}
GROUPS = tuple(f"drop {k:03d}" for k in range(60))


def history(curve: str) -> np.ndarray:
    """The learning rate of every step of a released curve."""
    kind, *numbers = curve.split("_")
    if kind == "constant":
        return constant(PEAK, WARMUP, int(numbers[0]))
    if kind == "cosine":
        return cosine(PEAK, FINAL, WARMUP, int(numbers[0]))
    if kind == "wsdcon":
        return two_stage(PEAK, float(numbers[0]) * 1e-5, WARMUP, 8000, 16000)
    return wsd(PEAK, FINAL, WARMUP, 20000, 24000, "linear" if kind == "wsdld" else "exponential")


def observations(data: Path, size: str, curve: str, law: str) -> pl.DataFrame:
    """The curve's losses with the columns that the law reads."""
    log = pl.read_csv(data / "multi_power_law" / size / f"{curve}.csv")
    steps, lr = log["step"].to_numpy(), history(curve)
    columns = annealing_columns(lr, steps, warmup=WARMUP) if law == "annealing" else drop_members(lr, steps)
    return columns.with_columns(value=log["loss"], run_key=pl.lit(curve))


def fitted(data: Path, size: str, law: str, curves: tuple[str, ...] = TRAINED) -> Fit:
    """The law fitted to the curves by the project's own fit."""
    frame = pl.concat([observations(data, size, curve, law) for curve in curves])
    return fit(laws[law], frame, draws=20, pools=GROUPS if law == "multi_power_law" else None)


def error(predicted: np.ndarray, observed: pl.Series) -> float:
    """Mean absolute relative error in percent."""
    return float(100 * np.mean(np.abs(predicted / observed.to_numpy() - 1)))


def errors(data: Path, size: str, found: Fit, curves: tuple[str, ...]) -> dict[str, float]:
    """Errors of a fit on curves."""
    frames = {curve: observations(data, size, curve, found.law.name) for curve in curves}
    return {curve: error(found.value(frame), frame["value"]) for curve, frame in frames.items()}


def published_errors(data: Path, size: str) -> dict[str, float]:
    """Errors of the published multi-power constants, which the authors fitted to both curves and wsdcon_9."""
    law = laws["multi_power_law"]
    values = next(p.values for p in law.published if p.setting.startswith(size + ","))
    theta = np.array([[values[p.name] for p in law.parameters]], dtype=float)
    frames = {curve: observations(data, size, curve, law.name) for curve in HELD_OUT}
    return {c: error(compiled(law).value(theta, rows_from_frame(law, f, GROUPS))[0], f["value"]) for c, f in frames.items()}


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    rows = []
    for size in REFERENCE:
        three = (*TRAINED, "wsdcon_9")
        found = {
            "annealing, 2 curves": errors(data, size, fitted(data, size, "annealing"), HELD_OUT),
            "annealing, with wsdcon_9": errors(data, size, fitted(data, size, "annealing", three), HELD_OUT),
            "multi_power_law, 2 curves": errors(data, size, fitted(data, size, "multi_power_law"), HELD_OUT),
            "multi_power_law, with wsdcon_9": errors(data, size, fitted(data, size, "multi_power_law", three), HELD_OUT),
            "multi_power_law, published constants": published_errors(data, size),
        }
        for curve in HELD_OUT:
            bound = REFERENCE[size].get(curve)
            what = f"{size} {curve}: mean absolute relative error, %"
            measured = "; ".join(f"{name} {row[curve]:.4f}" for name, row in found.items())
            rows.append(
                {
                    "data": "multi_power_law",
                    "what": what,
                    "measured": measured,
                    "reference": "" if bound is None else f"{bound} (Tissue)",
                }
            )
    return rows
