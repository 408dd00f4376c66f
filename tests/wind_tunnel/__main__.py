"""`make wind-tunnel-scores`: fits every study of the shipped runs, forecasts its sealed runs, writes docs/wind_tunnel.md."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import numpy as np

from pipeline.home import Home
from tests.generated import written
from tests.wind_tunnel.study_scores import ROOT, Score, declared, study_scores
from tests.wind_tunnel.unserved import DESIGN, LACKING

OUT = ROOT / "docs" / "wind_tunnel.md"
FEW = 4
HEAD = """# The law book on the wind tunnel's runs

Written by `make wind-tunnel-scores` in one run. Each study of the shipped runs is fitted without the sealed runs, and forecasts
those that it selects, with the 90 % interval of a new run. The error is the mean absolute one, in the unit of the response; its
sign is that of the mean of predicted − observed. Few runs are sealed: three of four inside is no proof against 90 %. The
intervals' prior was not set with these runs in sight.

The studies are in `data/studies/` and in `data/studies/wind_tunnel/`, which `lawbook refit` does not read (copy one to
`.lawbook/studies/` to use it). Where an observation is made of several runs (steps to a loss at each batch, the minimum of an
isoFLOP profile, the frontier of a budget), `reach` or `reduce` of the study says so.
Three studies forecast runs that are not sealed but held out (`held_out`): the warmup-stable-decay curves, the grown and pruned
runs, the larger budgets of the pools.
"""


MEASURED = """
## Forecast first, then run

<!-- made by: forecast first -->
<!-- end -->

## Scarce, mixed and repeated data

<!-- made by: measured on data -->
<!-- end -->
"""
"""Filled, here and by `make docs`, with what became of the forecasts, and with what the runs say without a law."""


def verdict(score: Score) -> str:
    """What became of a law here, in words."""
    if score.fit is None:
        return f"no fit: {score.reason}"
    if score.fit.grade == "refused":
        return f"fails here, refused: {score.reason}"
    if not score.held:
        return "no run left out to score" + (f"; {score.reason}" if score.reason else "")
    share = score.covered / score.held
    word = "holds" if share >= 0.8 else "fails: too sure of itself" if share < 0.5 else "holds poorly"
    return word + (f"; {score.reason}" if score.reason else "")


def parameters(score: Score) -> str:
    """The first few parameters with their 90 % intervals."""
    if score.fit is None:
        return ""
    found = zip(score.fit.names, score.fit.estimate, score.fit.low, score.fit.high, strict=True)
    words = [f"{name} {value:.3g} ({_range(low, high)})" for name, value, low, high in list(found)[:FEW]]
    return ", ".join(words) + (" ..." if len(score.fit.names) > FEW else "")


def _short(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:.3g}"


def tally(scores: list[Score]) -> str:
    """Which laws hold, which fail, and which nothing was kept from, a line each."""
    words = [re.split("; |(?<=refused): |(?<=no fit): ", verdict(score))[0] for score in scores]
    lines = []
    for word in sorted(set(words)):
        names = [score.law for score, own in zip(scores, words, strict=True) if own == word]
        lines.append(f"* **{word}** ({len(names)} fits): {', '.join(dict.fromkeys(names))}")
    return "\n## What became of them\n\n" + "\n".join(lines) + "\n"


def without() -> str:
    """The laws that these runs cannot serve."""
    rows = [f"| {name} | {lack} | {why} |" for name, (lack, why) in LACKING.items()]
    rows += [f"| {name} |  | {why} |" for name, why in DESIGN.items()]
    return "\n## Laws without a study\n\n| law | lacking | why |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _range(low: float, high: float) -> str:
    return f"{low:.3g} to {high:.3g}" if np.isfinite([low, high]).all() else "no interval"


def row(score: Score) -> str:
    """One row of the table."""
    runs = "" if score.fit is None else str(score.fit.n_runs)
    grade = "" if score.fit is None else score.fit.grade
    usable = score.fit is not None and score.fit.grade != "refused" and score.held
    error = f"{_short(np.abs(score.errors).mean())} ({'+' if score.errors.mean() > 0 else '−'})" if usable else ""
    covered = f"{score.covered} of {score.held}" if usable else ""
    where = f"{score.law}{f' [{score.cohort}]' if score.cohort else ''}"
    cells = (where, runs, grade, parameters(score), error, covered, verdict(score).replace("|", "/"))
    return "| " + " | ".join(cells) + " |"


def page(scores: list[Score]) -> str:
    """The whole page, a section a study."""
    text = [HEAD, tally(scores), MEASURED]
    for name in dict.fromkeys(score.study for score in scores):
        own = [score for score in scores if score.study == name]
        text.append(f"\n## {name}\n\n| law | runs | grade | parameters (90 %) | left out: error | inside | verdict |\n")
        text.append("|---|---|---|---|---|---|---|\n" + "\n".join(map(row, own)) + "\n")
    return "".join([*text, without()])


def main() -> int:
    """Measures and writes the page."""
    with tempfile.TemporaryDirectory() as folder:
        scores = list(study_scores(Home.demo(Path(folder) / "home"), declared()))
    OUT.write_text(written(page(scores)))
    print(f"{len(scores)} fits, {sum(score.seconds for score in scores):.0f} s of CPU")
    return 0


if __name__ == "__main__":
    sys.exit(main())
