"""Step Law's released grid: the released procedure refitted, and whether the published law lands on each cell's plateau."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame

PLATEAU, SEQUENCE = 1.0025, 2048
RELEASED = {"step_law_rate": (77.69, -0.7662, 0.1970), "step_law_batch": (0.2085, 0.6125)}


def grid(data: Path) -> pl.DataFrame:
    """Every run of the grid with canonical columns, and the least loss of its cell of size and data."""
    log = pl.read_csv(data / "steplaw_dense" / "dense_lr_bs_loss.csv")
    return log.select(
        params_nonembedding=pl.col("N").cast(float),
        data_seen=pl.col("D").cast(float),
        peak_lr="lr",
        batch_tokens=pl.col("bs") * float(SEQUENCE),
        loss="smooth loss",
    ).with_columns(least=pl.col("loss").min().over("params_nonembedding", "data_seen"))


def refits(data: Path) -> dict[str, Fit]:
    """The released procedure: least squares of ln rate and ln batch on the runs within .25 % of their cell's least loss."""
    near = grid(data).filter(pl.col("loss") <= PLATEAU * pl.col("least"))
    return {name: fit(laws[name], near, draws=50) for name in RELEASED}


def losses_at(data: Path, constants: dict[str, dict[str, float]]) -> pl.DataFrame:
    """Per cell: the excess of the loss at the grid point nearest (in logs) to a law's optimum over the cell's least loss."""
    cells = grid(data)
    for name in RELEASED:
        law = laws[name]
        theta = np.array([[constants[name][p.name] for p in law.parameters]])
        cells = cells.with_columns(pl.Series(f"best_{name}", compiled(law).value(theta, rows_from_frame(law, cells))[0]))
    away = (pl.col("peak_lr") / pl.col("best_step_law_rate")).log() ** 2 + (
        pl.col("batch_tokens") / pl.col("best_step_law_batch")
    ).log() ** 2
    near = cells.with_columns(away=away).sort("away").group_by("params_nonembedding", "data_seen", maintain_order=True).first()
    return near.select("params_nonembedding", "data_seen", excess=pl.col("loss") / pl.col("least") - 1)


def published() -> dict[str, dict[str, float]]:
    """The paper's constants."""
    return {n: {k: float(v) for k, v in laws[n].published[0].values.items()} for n in RELEASED}  # type: ignore[arg-type]  # shared


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    found = refits(data)
    rows = []
    for name, expected in RELEASED.items():
        estimate = ", ".join(f"{p} {v:.5g}" for p, v in found[name].parameters.items())
        paper = ", ".join(f"{v:g}" for v in published()[name].values())
        reference = f"{', '.join(f'{v:g}' for v in expected)}; the paper: {paper}"
        rows.append(
            {"data": "steplaw_dense", "what": f"{name}, released procedure", "measured": estimate, "reference": reference}
        )
    for label, constants in (("published", published()), ("refitted", {n: f.parameters for n, f in found.items()})):
        excess = losses_at(data, constants)["excess"]
        measured = f"median {100 * excess.median():.3f} %, largest {100 * excess.max():.3f} %"
        what = f"{label} constants: loss at the nearest grid point over the cell's least, {len(excess)} cells"
        rows.append({"data": "steplaw_dense", "what": what, "measured": measured, "reference": "plateau .25 %"})
    return rows
