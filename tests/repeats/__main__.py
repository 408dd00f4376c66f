"""Rivals of repetition on the 182 runs of datablations, held out beyond 100 epochs, above 2.5e9 parameters and by unique data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import Fit, common_design, fit
from pipeline.fitting.effort import REPLAY
from pipeline.fitting.evidence.stack import Stack, stack
from pipeline.laws import laws
from tests.repeats import pictures

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT.parent / "shared" / "data" / "datablations" / "final_losses.csv"
PAGE = ROOT / "docs" / "mixtures.md"
NAMES = ("chinchilla", "decayed_data", "logarithmic_data", "overfitting_penalty", "capacity_repetition", "skaling_penalty")
EPOCHS, LARGE, LEAST = 100.5, 2.5e9, 4
"""Epochs and parameters beyond which runs are forecast; runs that an amount of unique data needs to be left out."""
DRAWS = 200
START, END = "<!-- written by: python -m tests.repeats -->\n", "<!-- until here -->"
Division = tuple[pl.DataFrame, pl.DataFrame]


def runs() -> pl.DataFrame:
    """The runs of the published fit. Source: ../shared/data/datablations."""
    every = pl.read_csv(RUNS, infer_schema_length=None).filter(pl.col("in_paper_fit") == 1)
    return every.select(
        run_key="run", params="N", data_seen="D_total", data_unique="unique_tokens", value="val_loss_in_paper_fit"
    )


def designs(frame: pl.DataFrame) -> Iterator[tuple[str, list[Division]]]:
    """Each design by its name, with its divisions into known and forecast runs."""
    few, small = pl.col("data_seen") <= EPOCHS * pl.col("data_unique"), pl.col("params") < LARGE
    yield "beyond 100 epochs", [(frame.filter(few), frame.filter(~few))]
    yield "above 2.5 B parameters", [(frame.filter(small), frame.filter(~small))]
    level = pl.col("data_unique").round_sig_figs(2)
    often = frame.group_by(level).len().filter(pl.col("len") >= LEAST)["data_unique"].sort()
    yield "unique data left out", [(frame.filter(level != u), frame.filter(level == u)) for u in often]


def scored(found: Fit | Stack, asked: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """|ln error| of each forecast run, and whether its 90 % interval holds it."""
    predicted, value = found.predict(asked, new_run=True), asked["value"].to_numpy()
    inside = (predicted["predicted_low"].to_numpy() <= value) & (value <= predicted["predicted_high"].to_numpy())
    return np.abs(np.log(found.value(asked) / value)), inside


def beyond(found: Fit, asked: pl.DataFrame) -> float:
    """Decades from the largest known run to the middle of those that are asked: the horizon at which a plan weighs its laws."""
    return float(np.median(np.maximum(found.distance(asked), 0.0)))


def table(frame: pl.DataFrame) -> str:
    """The table of errors and coverage: a row a law and one for the combination, a column a design."""
    cells: dict[str, list[str]] = {name: [] for name in (*NAMES, "combination")}
    heads = []
    for title, divisions in designs(frame):
        scores: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {name: [] for name in cells}
        for known, asked in divisions:
            blocks = common_design([laws[name] for name in NAMES], known)
            fits = [fit(laws[name], known, draws=DRAWS, effort=REPLAY, design=blocks) for name in NAMES]
            for name, found in zip(cells, [*fits, stack(fits, beyond(fits[0], asked))], strict=True):
                scores[name].append(scored(found, asked))
        heads.append(f"{title}: {sum(asked.height for _, asked in divisions)} runs")
        for name, parts in scores.items():
            error, inside = (np.concatenate(side) for side in zip(*parts, strict=True))
            cells[name].append(f"{np.median(error):.3f}, {np.sqrt(np.mean(error**2)):.3f}, {100 * inside.mean():.0f} %")
            print(title, name, cells[name][-1], flush=True)
    lines = ["| law | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    return "\n".join([*lines, *(f"| {name} | " + " | ".join(row) + " |" for name, row in cells.items())]) + "\n"


def main() -> None:
    """Writes the table into the page, and the pictures."""
    pictures.repeats(runs(), NAMES[1:])
    pictures.signs()
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(START)
    after = rest.split(END, 1)[1]
    PAGE.write_text(before + START + table(runs()) + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
