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

The form can: fitted to the four schedules themselves (`annealing_fading.py`, a look at the answers) it has .032, .107, .053, .048
(25M) and .047, .088, .041, .041 (100M), and then says .72 % too much at the end of cosine_24000. One strength of annealing does
not serve 24 and 72 thousand steps: what a fall of the rate brings fades as training goes on. A strength that falls as S1^-fading,
with the fading of least objective on the two training curves (.4 at 25M, .2 at 100M), has .041, .130, .131, .115 and .091, .096,
.055, .053: the mean is .104 and .074, against .143 and .140, but on two and on three of the four it is below annealing, not on
all; .2 would be at 25M. It is no law of the book: two curves of 24k steps hardly tell one fading from the next. Holding beta and
gamma below 1 (72 fits: Huber, squares or absolute errors, and as above) leaves at most three of four.

Law and observations are the authors': their released procedure (`multi_power_procedure.py`) gives here, at 100M with wsdcon_9,
their published constants to 1 %. It is a descent that is stopped early, and where it stops is chance: at 25M with wsdcon_9 it
gives them when every fall of the rate is summed by itself and others when old falls are joined, as here; and summed so, the two
curves give .047, .198, .085, .075 (25M: below annealing on all four) and .119, .116, .165, .171 (100M: on one). Two runs of one
schedule differ by .07 to .08 % (the constant ones; wsd before its decay), no less than the bounds on wsd and wsdld.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.study.derived.schedules import annealing_columns, constant, cosine, drop_members, two_stage, wsd
from tests.shared_fits import multi_power_procedure

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


def published(size: str) -> np.ndarray:
    """The published multi-power constants, which the authors fitted to both curves and wsdcon_9."""
    law = laws["multi_power_law"]
    values = next(p.values for p in law.published if p.setting.startswith(size + ","))
    return np.array([values[p.name] for p in law.parameters], dtype=float)


def by_procedure(data: Path, size: str, curves: tuple[str, ...]) -> np.ndarray:
    """The multi-power constants that the authors' released procedure gives on the curves."""
    frames = [observations(data, size, c, "multi_power_law") for c in curves]
    rates = [history(c)[f["step"].to_numpy() - 1] for c, f in zip(curves, frames, strict=True)]
    frame = pl.concat(frames).with_columns(lr=np.concatenate(rates))
    return multi_power_procedure.fitted(frame, GROUPS, PEAK)


def errors_at(data: Path, size: str, theta: np.ndarray) -> dict[str, float]:
    """Errors of multi-power constants on the curves that are held out."""
    law = laws["multi_power_law"]
    frames = {curve: observations(data, size, curve, law.name) for curve in HELD_OUT}
    value = compiled(law).value
    return {c: error(value(theta[None], rows_from_frame(law, f, GROUPS))[0], f["value"]) for c, f in frames.items()}


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    rows = []
    for size, bounds in REFERENCE.items():
        found = compared(data, size)
        four = [curve for curve in HELD_OUT if curve in bounds]
        for what, curves in {**{curve: [curve] for curve in HELD_OUT}, "mean of the first four": four}.items():
            measured = "; ".join(f"{name} {np.mean([row[c] for c in curves]):.4f}" for name, row in found.items())
            bound = f"{np.mean([bounds[c] for c in curves]):.3f} (Tissue)" if set(curves) <= set(bounds) else ""
            what = f"{size} {what}: mean absolute relative error, %"
            rows.append({"data": "multi_power_law", "what": what, "measured": measured, "reference": bound})
    return rows


def compared(data: Path, size: str) -> dict[str, dict[str, float]]:
    """Errors on the curves that are held out, by law, fit and training curves."""
    found = {}
    for name, curves in {"2 curves": TRAINED, "with wsdcon_9": (*TRAINED, "wsdcon_9")}.items():
        for law in ("annealing", "multi_power_law"):
            found[f"{law}, {name}"] = errors(data, size, fitted(data, size, law, curves), HELD_OUT)
        found[f"released procedure, {name}"] = errors_at(data, size, by_procedure(data, size, curves))
    return {**found, "published constants": errors_at(data, size, published(size))}
