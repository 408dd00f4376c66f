"""The fifteen analyses of Porian et al. 2024: the exponent of the best model size by isoFLOP profiles and by parametric fit.

The published exponent is the authors' "basic" fit, with the 90 % interval that the bootstrap spread of their best size at each
budget gives it. "Theirs" is their own rule from the same points: the least point of an Akima curve through ln loss over ln N at
each budget, then a line. † marks a value outside the authors' interval, * an interval of ours without their exponent.

The parametric fit takes what the profiles take: points within a factor of ten of the least one of their budget. Where warm-up is
long and decay Kaplan's, small runs end inside their warm-up, and the law does not describe them: there its interval, which holds
noise and not such an error, need not hold the exponent. "After warm-up" is the same fit under the rule `after_warmup` of a study,
to points beyond Kaplan's warm-up of 3000 steps of 2^19 tokens. The published exponents are of all points.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from scipy.interpolate import Akima1DInterpolator

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


Published = tuple[float, float, float]
"""Exponent of the authors, and the ends of its 90 % interval."""
NORMAL_95 = 1.645


def analyses(data: Path) -> Iterator[tuple[dict[str, str], Published, pl.DataFrame]]:
    """(what the analysis is, its published exponent, its points) of each of the fifteen."""
    folder = data / "resolving_discrepancies"
    published = pl.read_csv(folder / "published_fits.csv").filter(fit="basic")
    optima = pl.read_csv(folder / "optimal_pairs.csv")
    for key, points in pl.read_csv(folder / "isoflop_points.csv").group_by(*ANALYSIS, maintain_order=True):
        named = {name: str(part) for name, part in zip(ANALYSIS, key, strict=True)}
        exponent = float(published.filter(**named)["n_exponent"].item())
        wide = NORMAL_95 * exponent_sd(optima.filter(**named))
        theirs = optima.filter(pl.col("n_star_std").is_finite(), **named)["flops"].to_list()
        columns = {"params": "N", "data_seen": "tokens", "flops": "flops", "value": "loss"}
        found = points.select(**columns, in_their_line=pl.col("flops").is_in(theirs))
        yield named, (exponent, exponent - wide, exponent + wide), found


def exponent_sd(optima: pl.DataFrame) -> float:
    """Spread of the slope of ln N_opt over ln C by the authors' bootstrap spread of each ln N_opt."""
    known = optima.filter(pl.col("n_star_std").is_finite())
    apart = (known["flops"].log() - known["flops"].log().mean()).to_numpy()
    return float(np.sqrt((apart**2 * known["n_star_std"].to_numpy() ** 2).sum()) / (apart**2).sum())


def interpolated(points: pl.DataFrame) -> float:
    """The authors' exponent by their rule: Akima interpolation of each budget, its least point, least squares over budgets."""
    budgets, best = [], []
    for _, profile in points.filter("in_their_line").sort("params").group_by("flops", maintain_order=True):
        one = profile.unique("params", keep="first", maintain_order=True)
        size, loss = (np.log(one[name].to_numpy()) for name in ("params", "value"))
        grid = np.linspace(size[0], size[-1], 20001)
        best.append(grid[Akima1DInterpolator(size, loss)(grid).argmin()])
        budgets.append(np.log(one["flops"][0]))
    return float(np.polyfit(budgets, best, 1)[0])


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


def _mark(sign: str, low: float, value: float, high: float) -> str:
    return "" if low <= value <= high else sign


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    rows = []
    for named, (exponent, least, most), points in analyses(data):
        said = "; ".join(
            f"{name} {value:.3f}{_mark('†', least, value, most)} ({low:.3f}–{high:.3f}){_mark('*', low, exponent, high)}"
            for name, (value, low, high, _) in estimates(points, named["warmup"] == "long").items()
        )
        given = f"a = {exponent:.3f} ({least:.3f}–{most:.3f}), theirs {interpolated(points):.3f}"
        what = ", ".join(named[k] for k in ("dataset", "hparams", "warmup", "decay", "param_count", "split"))
        rows.append({"data": "resolving_discrepancies", "what": what, "measured": said, "reference": given})
    return rows
