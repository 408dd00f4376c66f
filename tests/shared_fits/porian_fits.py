"""The fifteen analyses of Porian et al. 2024: the exponent of the best model size by isoFLOP profiles and by parametric fit.

The parametric fit takes what the profiles take: points within a factor of ten of the least one of their budget. The published
exponent is the authors' "basic" fit. Where warm-up is long and decay Kaplan's, small runs end inside their warm-up, and the law
does not describe them: there its interval, which holds noise and not such an error, need not hold the exponent. "After warm-up"
is the same fit under the rule `after_warmup` of a study, to points beyond Kaplan's warm-up of 3000 steps of 2^19 tokens: with it
three of four such exponents are held; one that was held (a constant rate) no longer is. The published ones are of all points.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import fit
from pipeline.laws import laws
from pipeline.planning.approaches import lines
from pipeline.planning.isoflop import WIDTH

ANALYSIS = ("file", "dataset", "hparams", "warmup", "decay", "param_count", "split")
DRAWS = 400
WARMUP = 3000 * 2**19
"""Tokens of the long warm-up (Kaplan et al. 2020, section 2.2)."""
Estimate = tuple[float, float, float, str]
"""Exponent, the ends of its 90 % interval, and a note."""


def analyses(data: Path) -> Iterator[tuple[dict[str, str], float, pl.DataFrame]]:
    """(what the analysis is, its published exponent, its points) of each of the fifteen."""
    folder = data / "resolving_discrepancies"
    published = pl.read_csv(folder / "published_fits.csv").filter(fit="basic")
    for key, points in pl.read_csv(folder / "isoflop_points.csv").group_by(*ANALYSIS, maintain_order=True):
        named = {name: str(part) for name, part in zip(ANALYSIS, key, strict=True)}
        exponent = published.filter(**named)["n_exponent"].item()
        yield named, float(exponent), points.select(params="N", data_seen="tokens", flops="flops", value="loss")


def estimates(points: pl.DataFrame, long: bool = False) -> dict[str, Estimate]:
    """Each approach's exponent on the points of one analysis; long: also without those inside the long warm-up."""
    found = {line.approach: _estimate(line.slope, line.slopes, line.note.split(": ", 1)[1].rstrip(".")) for line in lines(points)}
    found["parametric"] = parametric(points)
    return found | ({"after warm-up": parametric(after_warmup(points))} if long else {})


def after_warmup(points: pl.DataFrame) -> pl.DataFrame:
    """The points that are not inside the long warm-up."""
    return points.filter(pl.col("data_seen") >= WARMUP)


def parametric(points: pl.DataFrame) -> Estimate:
    """a = beta / (alpha + beta) of a fit to the points in the valleys."""
    least = points.sort("value").group_by("flops", maintain_order=True).first().select("flops", best="params")
    near = points.join(least, on="flops").filter((pl.col("params") / pl.col("best")).log().abs() <= WIDTH)
    done = fit(laws["chinchilla"], near.drop("best"), draws=DRAWS, seed=0)
    at = [name for name, _ in done.index]
    alpha, beta = (np.append(done.estimate[at.index(n)], done.draws[:, at.index(n)]) for n in ("alpha", "beta"))
    exponent = beta / (alpha + beta)
    return _estimate(float(exponent[0]), exponent[1:], f"{near.height} points, {done.grade}")


def _estimate(value: float, draws: np.ndarray | None, note: str) -> Estimate:
    low, high = (np.nan, np.nan) if draws is None else np.percentile(draws, [5, 95])
    return value, float(low), float(high), note


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    rows = []
    for named, exponent, points in analyses(data):
        said = "; ".join(
            f"{name} {value:.3f} ({low:.3f}–{high:.3f}){'' if low <= exponent <= high else ' outside'}"
            for name, (value, low, high, _) in estimates(points, named["warmup"] == "long").items()
        )
        what = ", ".join(named[k] for k in ("dataset", "hparams", "warmup", "decay", "param_count", "split"))
        rows.append({"data": "resolving_discrepancies", "what": what, "measured": said, "reference": f"a = {exponent:.3f}"})
    return rows
