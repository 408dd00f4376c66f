"""Skills (Maia Polo et al. 2024): the largest model of each family forecast from its smaller ones and from other families.

Families of three sizes and more lose their largest model, all at once; families of one model are left out. `family_skill` has one
level a family and slopes shared by all; in brackets how many of the scores left out lie in the 90 % interval of a new model. Next
to it: `sloth_skill` with one level for all, the family's own line in ln compute (`capability_compute` on the score) and the score
of its next smaller model. Means of absolute errors in points of a hundred. A fit is refused where all models of a family are at
chance, so that its level has no lower end; forecasts of other families do not depend on it.

What the paper has and the book has not: loadings that several benchmarks share (its two or three skills), a link that is trained,
a floor that is. So only its own claim is tested here, that slopes are shared and levels are the family's. Traps: sizes are in
billions, tokens in trillions; of leaderboard v2 105 models have raw scores (two decimals) and 111 scores above chance, which no
chance level reconciles, so that the latter are left out; the models are those of obs_scaling, whose section has a split of its
own: a model that is left out here is in the fit there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import fit
from pipeline.laws import laws

CHANCE = {
    "v1": {"arc": 0.25, "hellaswag": 0.25, "mmlu": 0.25, "truthfulqa": 0.0, "winogrande": 0.5, "gsm8k": 0.0},
    "v2": {"ifeval": 0.0, "bbh": 0.25, "math": 0.0, "mmlu-pro": 0.1, "gpqa": 0.25, "musr": 0.25},
}
"""Score of a guess; truthfulqa (several right answers) is taken to have none, and that of bbh and musr is a rough mean."""
SIZES, DRAWS = 3, 1000
"""The ends of a 90 % interval are percentiles: of 100 draws they jitter enough to move two of 22 models across them."""
METHODS = ("family_skill", "sloth_skill, one level for all", "own line in ln compute", "next smaller model")


@dataclass(frozen=True)
class Missed:
    """Absolute errors of the held-out models by method, and of family_skill whether each is inside, and its grade."""

    errors: dict[str, np.ndarray]
    inside: np.ndarray
    grade: str


@cache
def models(data: Path, board: str) -> pl.DataFrame:
    """Models of families of two and more: canonical columns, members (the family), and which are `held` out."""
    table = pl.read_csv(data / "sloth" / f"df_full_{board}.csv")
    raw = (100 * pl.col("bbh") - (100 * pl.col("bbh")).round()).abs() < 1e-6 if board == "v2" else pl.lit(True)
    table = table.filter(raw).unique(["model", "family"], keep="none", maintain_order=True).filter(pl.len().over("family") > 1)
    sizes, largest = pl.col("size").n_unique().over("family"), pl.col("size") == pl.col("size").max().over("family")
    member = pl.struct(pool="family", share=pl.lit(1.0), unique=pl.lit(None, dtype=pl.Float64))
    return table.with_columns(
        run_key=pl.concat_str("model", "family", separator="/"),
        params=pl.col("size") * 1e9,
        data_seen=pl.col("tokens") * 1e12,
        flops=pl.col("flops") * 1e21,
        members=pl.concat_list(member),
        held=(sizes >= SIZES) & largest,
    )


def own_line(rest: pl.DataFrame, held: pl.DataFrame) -> np.ndarray:
    """Score of each held-out model on the line of its own family's smaller models in ln compute."""
    found = []
    for row in held.iter_rows(named=True):
        own = rest.filter(family=row["family"]).select("run_key", "flops", "value")
        line = np.polyfit(np.log(own["flops"]), own["value"], 1)
        found.append(float(np.polyval(line, np.log(row["flops"]))))
    return np.clip(found, 0.0, 1.0)


@cache
def missed(data: Path, board: str, benchmark: str) -> Missed:
    """Errors of every method on the held-out models of one benchmark."""
    table = models(data, board).with_columns(value=benchmark, chance=pl.lit(CHANCE[board][benchmark]))
    rest, held = table.filter(~pl.col("held")), table.filter("held")
    families = table["family"].unique().sort().to_list()
    found = fit(laws["family_skill"], rest, draws=DRAWS, pools=families)
    made = found.predict(held, new_run=True)
    smaller = rest.sort("size").group_by("family").agg(pl.col("value").last().alias("before"))
    before = held.join(smaller, on="family", maintain_order="left")["before"].to_numpy()
    alone = fit(laws["sloth_skill"], rest, draws=4).value(held)
    forecasts = (made["predicted"].to_numpy(), alone, own_line(rest, held), before)
    seen = held["value"].to_numpy()
    errors = {name: np.abs(forecast - seen) for name, forecast in zip(METHODS, forecasts, strict=True)}
    inside = made["value"].is_between(made["predicted_low"], made["predicted_high"]).fill_null(False).to_numpy()
    return Missed(errors, inside, str(found.grade))


def row(board: str, what: str, errors: dict[str, np.ndarray], inside: np.ndarray, more: str) -> dict[str, str]:
    """A row of the results table."""
    first, *others = METHODS
    rest = "; ".join(f"{name} {100 * errors[name].mean():.1f}" for name in others)
    return {
        "data": f"sloth, leaderboard {board}, {len(errors[first])} held out",
        "what": what,
        "measured": f"{first} **{100 * errors[first].mean():.1f}** ({int(inside.sum())} of {len(inside)} inside{more}); {rest}",
        "reference": "none stated",
    }


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    rows = []
    for board, benchmarks in CHANCE.items():
        found = {benchmark: missed(data, board, benchmark) for benchmark in benchmarks}
        rows += [row(board, name, one.errors, one.inside, f"; {one.grade}") for name, one in found.items()]
        errors = {name: np.concatenate([one.errors[name] for one in found.values()]) for name in METHODS}
        rows.append(row(board, "all six", errors, np.concatenate([one.inside for one in found.values()]), ""))
    return rows
