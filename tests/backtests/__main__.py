"""`make backtests`: replays the public runs beside the checkout and writes docs/backtests.md from what was measured."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import polars as pl

from pipeline.fitting.evidence.law_error_prior import FIXED, MisfitPrior
from tests.backtests.replay import Replay, declared, ingested, learnt_elsewhere, replayed, replays

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
OUT = ROOT / "docs" / "backtests.md"
HEAD = """# Backtests on public runs

Written by `make backtests` in one run. Runs of each source are replayed in order of compute; a law is fitted to the first 10,
20, 40, ... (of less than 20 runs the first half) and forecasts the runs up to twice as many, each with the 90 % interval of a
new run, by the code that keeps the ledger. A fit that its certificate refuses forecasts nothing. All laws of a source share the
origins and the held-out blocks of each; `combined` is their combination with the weights known there. *covered* counts intervals
with the law error in them, *without* those from parameters and residual spread alone. The baseline is a power law in compute,
fitted to the least losses known at each origin (the envelope), without a floor where the fitted one vanishes. CRPS is in the unit
of the metric; lower is better.
The `power_law` of the book sees data alone, so "inside" is inside the data range, not inside the compute of the runs.
The prior of the misfit term (`pipeline/fitting/evidence/law_error_prior.py`) that these forecasts stand on is the one of a study
that nothing has taught; it was set with these sources in sight, and without `data/runs/sealed`. What other sources teach is in
the last table.
"""
LEARNT = """
## A prior learnt from the other sources

The same replays; only the prior of the misfit term is another one, learnt from the scored forecasts of the other three sources as
an audit does ([how](fitting.md#what-the-intervals-mean)). Its numbers are location and spread of ln(s0 / spread of single runs),
then of the growth k; where nothing is learnt they are 0 ± 1 and 1.10 ± 0.80. The width is the median of ln high − ln low of the
90 % interval; the first of two columns is without learning.

"""


def horizon(distance: float | None) -> str:
    """How far beyond the data, as the ledger's views name it."""
    if distance is None or distance <= 0:
        return "inside"
    return "up to 3x" if distance <= 0.4771 else "up to 10x" if distance <= 1 else "beyond 10x"


def summary(scores: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Coverage, CRPS and median relative error by group, beside the baseline's."""
    return scores.group_by(*by, maintain_order=True).agg(
        forecasts=pl.len(),
        covered=pl.col("covered").mean(),
        without=pl.col("covered_alone").mean(),
        crps=pl.col("crps").mean(),
        median_error=pl.col("relative_error").abs().median(),
        baseline_error=pl.col("baseline_error").median(),
        baseline_crps=pl.col("baseline_crps").mean(),
    )


def table(rows: pl.DataFrame, *by: str) -> str:
    """A Markdown table."""
    names = [*by, "forecasts", "covered", "without", "CRPS", "median error", "baseline's median error", "baseline's CRPS"]
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for row in rows.iter_rows(named=True):
        shares = [f"{100 * row[name]:.0f} %" for name in ("covered", "without")]
        crps = "" if row["baseline_crps"] is None else f"{row['baseline_crps']:.4f}"
        numbers = [f"{row['crps']:.4f}", f"{100 * row['median_error']:.2f} %", f"{100 * row['baseline_error']:.2f} %", crps]
        lines.append("| " + " | ".join([*(str(row[name]) for name in by), str(row["forecasts"]), *shares, *numbers]) + " |")
    return "\n".join(lines)


def taught(made: dict[str, list[Replay]]) -> str:
    """A Markdown table: each law of each source by the prior of today and by the one that the other sources teach."""
    names = ("source", "law", "learnt prior", "forecasts", "covered", "learnt", "width", "learnt", "CRPS", "learnt")
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for source, replayed_there in made.items():
        for law, prior in learnt_elsewhere(made, source).items():
            own = [each for each in replayed_there if each.fit.law.name == law]
            cells = zip(*(_scores(own, each) for each in (FIXED, prior)), strict=True)
            count = sum(each.forecasts().height for each in own)
            lines.append(f"| {source} | {law} | {_numbers(prior)} | {count} | {' | '.join(x for pair in cells for x in pair)} |")
    return "\n".join(lines) + "\n"


def _numbers(prior: MisfitPrior) -> str:
    return f"{prior.location:.2f} ± {prior.spread:.2f}, {prior.growth:.2f} ± {prior.growth_spread:.2f}"


def _scores(made: list[Replay], prior: MisfitPrior) -> tuple[str, str, str]:
    """Covered, width and CRPS in words."""
    rows = pl.concat([each.with_prior(prior) for each in made])
    width = (rows["predicted_high"] / rows["predicted_low"]).log().median()
    return f"{100 * rows['covered'].mean():.0f} %", f"{width:.3f}", f"{rows['crps'].mean():.4f}"


def main() -> int:
    """Measures and writes the page."""
    if not DATA.is_dir():
        print(f"the public runs are not at {DATA}; nothing is measured")
        return 1
    text, made = [HEAD], {}
    with tempfile.TemporaryDirectory() as folder, ingested(DATA, Path(folder) / "home") as (connection, home):
        for study in declared(home):
            made[study.study] = replays(connection, home, study)
            scores = replayed(made[study.study]).with_columns(
                horizon=pl.col("distance").map_elements(horizon, return_dtype=pl.String, skip_nulls=False)
            )
            text.append(f"\n## {study.study}\n\n{table(summary(scores, 'law'), 'law')}\n\n")
            order = scores.sort("law", pl.col("distance").fill_null(0.0), maintain_order=True)
            text.append(f"By horizon:\n\n{table(summary(order, 'law', 'horizon'), 'law', 'horizon')}\n")
            print(f"{study.study}: {scores.height} forecasts", flush=True)
    OUT.write_text("".join([*text, LEARNT, taught(made)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
