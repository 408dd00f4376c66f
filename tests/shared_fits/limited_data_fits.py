"""Are the constants of limited data identified? 344 final losses and 24 curves of Muennighoff et al. 2023 on C4.

They are not. With E, A, B, alpha, beta fixed at the published values the 182 runs of the published fit have five minima
within 0.2 % of each other. With all seven parameters free, more runs move R*_D and do not bound it: which value comes out
depends on which small or much repeated models are in the fit, so the form is at fault and not the number of runs (it cannot
show a loss that rises with epochs). Only from below is R*_D known, 7 or more. Points in the middle of a curve confound
repetition with annealing: they say 5.7, and nothing of R*_N, and the fit is refused. What the plan is worth until then, at
1e22 FLOP and 25 billion unique tokens: the constants name best runs of 9.5 to 20 epochs, but the loss is so flat there that
the best run of any of the four minima costs at most .026 nats (1.1 %) under any other set of constants, and a run of 15
epochs at most .0061.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.fitting.published import constants_named, published_fit
from pipeline.laws import laws
from pipeline.laws.catalogue.repetition.data_constrained import C4
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.planning.questions.sizes.data_constrained import optimum
from pipeline.planning.setting import Setting

LAW = laws["data_constrained"]
FLOPS, UNIQUE = 1e22, 25e9
FROZEN = {name: value for name, value in C4.items() if name not in ("Rd", "Rn")}
MINIMA = {"best": (95.37, 1.706), "second": (46.99, 2.330), "third": (160.7, 1.449), "published": (15.387756, 5.309743)}
"""(R*_D, R*_N) of the minima of the 182 runs with the other constants fixed, in order of the objective."""
DRAWS = 200
BINS = 20
MIDDLE = FLOPS / (6 * 15 * UNIQUE)
"""Parameters of a run of 15 epochs, between the best runs of all constants."""


def finals(data: Path) -> pl.DataFrame:
    """Final losses of the unfiltered C4 runs whose unique tokens are known."""
    runs = pl.read_csv(data / "datablations" / "final_losses.csv", infer_schema_length=None)
    kept = runs.filter(pl.col("unique_tokens").is_not_null(), corpus="c4", variant="plain")
    return _canonical(kept, seen="D_total", value="val_loss").filter(pl.col("value") > 0)


def released(data: Path) -> pl.DataFrame:
    """The 182 runs of the published fit, with the values that it used."""
    return finals(data).filter(in_paper_fit=1).with_columns(value=pl.col("val_loss_in_paper_fit").cast(pl.Float64))


def late_curves(data: Path) -> pl.DataFrame:
    """The second half of each of the 24 curves, a point for each twentieth of the run."""
    points = pl.read_csv(data / "datablations" / "repetition_val_loss_curves.csv").filter(metric="val_loss")
    part = pl.col("tokens") / pl.col("D_total")
    binned = points.filter(part >= 0.5).with_columns(bin=(BINS * part).floor()).sort("run", "tokens")
    return _canonical(binned.group_by("run", "bin", maintain_order=True).last(), seen="tokens", value="value")


def _canonical(frame: pl.DataFrame, seen: str, value: str) -> pl.DataFrame:
    numbers = {"params": "N", "data_seen": seen, "data_unique": "unique_tokens", "value": value}
    return frame.with_columns(
        run_key=pl.col("run"), used=pl.lit(True), **{name: pl.col(column).cast(pl.Float64) for name, column in numbers.items()}
    )


def cases(data: Path) -> dict[str, tuple[pl.DataFrame, dict[str, float]]]:
    """For each way to fit: the rows, and what is fixed."""
    every = finals(data)
    large = every.filter(pl.col("params") >= 1e8)
    return {
        "182 finals of the published fit, E A B α β fixed": (released(data), FROZEN),
        "295 finals": (every, {}),
        "243 of them, 100 M parameters and more": (large, {}),
        "196 of them, and 400 M unique tokens and more": (large.filter(pl.col("data_unique") >= 4e8), {}),
        "248 points, second halves of 24 curves": (late_curves(data), {}),
    }


@cache
def fitted(data: Path, case: str) -> Fit:
    """The fit of one case."""
    rows, fixed = cases(data)[case]
    return fit(LAW, rows, draws=DRAWS, seed=0, fix=fixed or None)


def constants(rd: float, rn: float) -> np.ndarray:
    """The published constants with another pair (R*_D, R*_N)."""
    values = FROZEN | {"Rd": rd, "Rn": rn}
    return np.array([[values[parameter.name] for parameter in LAW.parameters]])


def best_run(theta: np.ndarray) -> np.ndarray:
    """Parameters of the best run (batch,) at 1e22 FLOP and 25 billion unique tokens."""
    held = replace(published_fit(*constants_named("data_constrained/C4")), estimate=theta[0])
    setting = Setting(held, None, pl.DataFrame())  # type: ignore[arg-type]
    return optimum(setting, theta, np.array([FLOPS]), np.array([UNIQUE]))[0][:, 0]


def loss(theta: np.ndarray, params: float) -> float:
    """What constants expect of a run of that size at the budget."""
    columns = {"params": np.array([params]), "data_seen": np.array([FLOPS / (6 * params)]), "data_unique": np.array([UNIQUE])}
    return float(compiled(LAW).value(theta, Rows(columns))[0, 0])


def regret(theta: np.ndarray, params: float) -> float:
    """Loss that a run of that size gives away, if these constants are true."""
    return loss(theta, params) - loss(theta, float(best_run(theta)[0]))


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    return [row for case in cases(data) for row in _rows(data, case)] + [_minima()]


def _rows(data: Path, case: str) -> list[dict[str, str]]:
    found = fitted(data, case)
    theta = np.asarray(found.estimate)[None, :]
    grade = f"graded {found.certificate.grade}"
    if found.certificate.grade == "refused":
        return [{"data": case, "what": "R*_D, R*_N", "measured": f"{_pair(found)}; {grade}, no plan", "reference": ""}]
    epochs = [FLOPS / (6 * n * UNIQUE) for n in (best_run(theta)[0], *np.nanpercentile(best_run(found.draws), [95, 5]))]
    worst = max(regret(theta, float(best_run(constants(*pair))[0])) for pair in MINIMA.values())
    told = {
        "R*_D, R*_N": (f"{_pair(found)}; {grade}", "15.4, 5.3"),
        "best epochs at 1e22 FLOP, 25 billion unique": ("{:.1f} ({:.1f}–{:.1f})".format(*epochs), "9.5"),
        "cost of a run of 15 epochs, nats": (f"{regret(theta, MIDDLE):.4f}", ""),
        "cost of the worst best run of the four minima, nats": (f"{worst:.4f}", ""),
    }
    return [{"data": case, "what": what, "measured": m, "reference": r} for what, (m, r) in told.items()]


def _pair(found: Fit) -> str:
    low, high = (dict(zip(found.names, bound, strict=True)) for bound in (found.low, found.high))
    return ", ".join(f"{found.parameters[name]:.3g} ({low[name]:.3g}–{high[name]:.3g})" for name in ("Rd", "Rn"))


def _minima() -> dict[str, str]:
    runs = {name: float(best_run(constants(*pair))[0]) for name, pair in MINIMA.items()}
    worst = max(regret(constants(*pair), n) for pair in MINIMA.values() for n in runs.values())
    middle = max(regret(constants(*pair), MIDDLE) for pair in MINIMA.values())
    epochs = ", ".join(f"{FLOPS / (6 * n * UNIQUE):.1f}" for n in runs.values())
    what = "best epochs of its four minima; worst cost of one's run under another, and of 15 epochs, nats"
    return {"data": "the first case", "what": what, "measured": f"{epochs}; {worst:.4f}, {middle:.4f}", "reference": ""}
