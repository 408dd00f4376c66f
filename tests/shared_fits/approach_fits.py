"""How the best model size grows with compute, N ∝ C^a, by training-curve envelope, isoFLOP profiles and parametric fit.

90 % intervals in brackets; behind them the best size at a budget inside the runs. Epoch's figure and misfitting's cleaned
isoFLOP points (outliers of the source left out) have no curves, so no envelope; misfitting's checkpoints before the end of a
cosine schedule are not annealed, which biases an envelope, and its final checkpoints stand at every learning rate of a sweep.
Gemstone's learning rate is constant, so any checkpoint counts, and its profiles are read off the curves at eight budgets; its
sizes are without embeddings, and width and depth vary at one size, which no approach here knows of.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import fit
from pipeline.laws import laws
from pipeline.planning.sizes.approaches import Line, lines

TRAINING_FLOP = 6.0
BUDGETS = {"epoch_chinchilla": 1e21, "misfitting": 1e19, "misfitting finals": 1e19, "gemstone": 1e21}
BUDGETS_READ = np.geomspace(5e19, 2e21, 8)
REFERENCE = {
    "epoch_chinchilla": "a = .512 (Besiroglu et al.), .514 (this objective's minimum)",
    "misfitting": "none stated",
    "misfitting finals": "none stated; every learning rate of the sweep is in it",
    "gemstone": "none stated",
}
APPROACHES = ("envelope", "isoflop_parabola", "isoflop_cubic")
Estimate = tuple[float, tuple[float, float] | None, float, str]
"""Exponent, its 90 % interval, the best size at the budget, and a note."""


def epoch_chinchilla(data: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(runs for the parametric fit, points for the approaches without a law) of the digitised figure."""
    figure = pl.read_csv(data / "epoch_chinchilla" / "svg_extracted_data.csv").sort("loss", descending=True).slice(5)
    points = figure.select(params="Model Size", flops="Training FLOP", value="loss")
    cleaned = pl.read_csv(data / "epoch_chinchilla" / "open_athena_massivetext_isoflops.csv")
    return _seen(points), _isoflop(cleaned.filter(source="epochai_chinchilla"))


def misfitting(data: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cleaned isoFLOP points, for both."""
    points = _isoflop(pl.read_csv(data / "misfitting" / "open_athena_isoflops.csv"))
    return points, points


def misfitting_finals(data: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The least final loss of each size and length, and all checkpoints as curves."""
    columns = {"params": "N", "data_seen": "D", "flops": "C_6ND", "value": "C4 Eval Loss"}
    run = pl.concat_str("model", "peak_lr", "total_steps", "total_epochs", "sweep", separator="/")
    curves = pl.read_csv(data / "misfitting" / "scaling_results.csv", infer_schema_length=None).with_columns(run_key=run)
    last = pl.read_csv(data / "misfitting" / "scaling_results_last_ckpt_only.csv", infer_schema_length=None)
    best = last.sort("C4 Eval Loss").unique(("N", "D"), keep="first", maintain_order=True)
    return best.select(**columns), curves.select("run_key", **columns)


def gemstone(data: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Checkpoints at a constant learning rate: every one for the parametric fit, all of them as curves."""
    curves = pl.read_ndjson(data / "gemstone" / "wandb_df_for_fitting_hot_477.jsonl")
    points = curves.select(run_key="run_name", params="params_active_precise", data_seen="tokens", value="final_loss")
    points = points.with_columns(flops=TRAINING_FLOP * pl.col("params") * pl.col("data_seen"))
    return points, points


SOURCES = {
    "epoch_chinchilla": epoch_chinchilla,
    "misfitting": misfitting,
    "misfitting finals": misfitting_finals,
    "gemstone": gemstone,
}


def approaches(data: Path, source: str) -> dict[str, Estimate]:
    """Each approach's exponent and best size on one source."""
    runs, points = SOURCES[source](data)
    found = {line.approach: _of_line(line, BUDGETS[source]) for line in lines(points)}
    if source == "gemstone":
        found |= {line.approach: _of_line(line, BUDGETS[source]) for line in lines(_at_budgets(points))}
    return {**{name: found[name] for name in APPROACHES if name in found}, "parametric": _parametric(runs, BUDGETS[source])}


def _parametric(runs: pl.DataFrame, flops: float) -> Estimate:
    done = fit(laws["chinchilla"], runs, draws=1000)
    at = [name for name, _ in done.index]
    a, b, alpha, beta = (at.index(name) for name in ("A", "B", "alpha", "beta"))
    every = np.vstack([done.estimate, done.draws])
    exponent = every[:, beta] / (every[:, alpha] + every[:, beta])
    ratio = every[0, alpha] * every[0, a] / (every[0, beta] * every[0, b])
    size = ratio ** (1 / (every[0, alpha] + every[0, beta])) * (flops / TRAINING_FLOP) ** exponent[0]
    return float(exponent[0]), _ends(exponent[1:]), float(size), f"{done.n_runs} runs, {done.grade}"


def _of_line(line: Line, flops: float) -> Estimate:
    size = float(np.exp(line.intercept + line.slope * np.log(flops)))
    return line.slope, None if line.slopes is None else _ends(line.slopes), size, line.note.split(": ", 1)[1].rstrip(".")


def _at_budgets(curves: pl.DataFrame) -> pl.DataFrame:
    """Each curve's loss at eight common budgets that it reaches: linear in ln FLOP between its checkpoints."""
    rows = []
    for (_,), curve in curves.sort("flops").group_by("run_key", maintain_order=True):
        at = BUDGETS_READ[(curve["flops"][0] <= BUDGETS_READ) & (curve["flops"][-1] >= BUDGETS_READ)]
        loss = np.interp(np.log(at), np.log(curve["flops"]), curve["value"])
        size = curve["params"][0]
        rows += [
            {"params": size, "data_seen": c / (TRAINING_FLOP * size), "flops": c, "value": y}
            for c, y in zip(at, loss, strict=True)
        ]
    return pl.DataFrame(rows, orient="row", schema=["params", "data_seen", "flops", "value"])


def _ends(values: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(values, [5, 95])
    return float(low), float(high)


def _isoflop(points: pl.DataFrame) -> pl.DataFrame:
    return points.filter(~pl.col("outlier")).select("params", data_seen="tokens", flops="budget", value="loss")


def _seen(points: pl.DataFrame) -> pl.DataFrame:
    return points.with_columns(data_seen=pl.col("flops") / (TRAINING_FLOP * pl.col("params")))


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    rows = []
    for source in SOURCES:
        for name, (exponent, ends, size, note) in approaches(data, source).items():
            interval = "no interval" if ends is None else f"{ends[0]:.3f}–{ends[1]:.3f}"
            measured = f"a = {exponent:.3f} ({interval}); N = {size:.3g} at {BUDGETS[source]:.0e} FLOP; {note}"
            rows.append({"data": source, "what": name, "measured": measured, "reference": REFERENCE[source]})
    return rows
