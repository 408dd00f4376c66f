"""Shapes carried over: code from C4 by runs of one epoch, and each CLIP architecture from the others."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.fitting.shapes import carried
from pipeline.fitting.transfer import fit_with
from pipeline.laws import laws
from tests.judgement.scores import Score, scored
from tests.judgement.splits import Case, cases
from tests.judgement.sweeps import Runs

DRAWS = 160
KNOWN_PERCENT = 50
CARRIED, ALONE = "carried over", "alone"


def code(data: Path, c4: Runs) -> list[Score]:
    """Python loss of one model on rising amounts of Python in C4: up to half is known, more is forecast.

    Size term and exponents are those of the C4 runs; floor and data coefficient are the corpus's own.
    """
    table = pl.read_csv(data / "datablations" / "c4_python_mix_loss_curves.csv").filter(metric="python_val_loss")
    ends = table.sort("tokens").group_by("python_percent", maintain_order=True).last().sort("python_percent")
    frame = ends.select(
        run_key=pl.format("python {}", "python_percent"),
        params="N",
        data_seen=pl.col("D_total") * pl.col("python_percent") / 100,
        value="value",
        percent="python_percent",
    )
    known, asked = frame.filter(pl.col("percent") <= KNOWN_PERCENT), frame.filter(pl.col("percent") > KNOWN_PERCENT)
    case = Case("code from C4", "up to half Python", "", (), known, asked)
    law = laws["chinchilla"]
    source = fit(law, c4.frame, draws=DRAWS)
    together = fit_with(law, known, carried([source], ["A", "alpha", "beta"]), draws=DRAWS)
    return [_score(case, CARRIED, together), _score(case, ALONE, fit(laws["power_law"], known, draws=DRAWS))]


def architectures(clip: Runs) -> list[Score]:
    """Each CLIP architecture's longest runs from its shorter ones, with the exponent of the others or its own."""
    law, found = laws["logarithmic_repetition"], list(cases(clip))
    fits = {case.part: fit(law, case.known, draws=DRAWS) for case in found}
    rows = []
    for case in found:
        others = [one for part, one in fits.items() if part != case.part]
        own = Case("architectures of CLIP", "shorter runs", case.part, (), case.known, case.asked)
        together = fit_with(law, case.known, carried(others, ["b"]), draws=DRAWS)
        rows += [_score(own, CARRIED, together), _score(own, ALONE, fits[case.part])]
    return rows


def _score(case: Case, name: str, found: Fit) -> Score:
    return scored(case, name, found.grade, found.predict(case.asked, new_run=True), "; ".join(found.certificate.reasons))
