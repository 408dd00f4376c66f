"""The fifteen analyses of Porian et al. 2024: the exponent of the best model size by isoFLOP profiles and by parametric fit.

The published exponent is the authors' "basic" fit, with the 90 % interval that the bootstrap spread of their best size at each
budget gives it. "Theirs" is their own rule from the same points: the least point of an Akima curve through ln loss over ln N at
each budget, then a line. † marks a value outside the authors' interval, * an interval of ours without their exponent.

The parametric fit takes what the profiles take: points within a factor of ten of the least one of their budget. "After
warm-up" is the same fit of all fifteen under one rule of a study, `after_warmup = true`, through map, ingest and the study's
rows. The map says the warm-up as the authors' released code has it: long is 3000 steps of 2^19 tokens, short as many tokens
as parameters.

That long is this amount of data in the tuned recipe too, whose batch grows 32-fold with size, shows in the losses: those of
every size lie .7 to 2.2 % above the same model's with a short warm-up just after it (1 to 1.35 times), and at most .4 %
beyond 2.2 times.

No rule has to give the published exponents of long warm-ups. They are of all points, and the warm-up made them: with the
short one .701 is .604. Just after it the rest of the excess still moves the best size, as in the profiles; at twice the
warm-up the excess is gone, and three of four exponents with it (.641, .637, .648 for .701, .716, .700). With the warm-up in
the authors' own count of parameters, where an analysis counts attention too, the rule keeps three more points, and one more
exponent is outside (.535).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from scipy.interpolate import Akima1DInterpolator

from pipeline.fitting import fit
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.laws import laws
from pipeline.planning.sizes.approaches import lines
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Points, Study
from pipeline.study.derived.isoflop import WIDTH
from pipeline.study.observations import observations

ANALYSIS = ("file", "dataset", "hparams", "warmup", "decay", "param_count", "split")
DRAWS = 400
WARMUP = 3000 * 2**19
"""Tokens of the long warm-up (Kaplan et al. 2020, section 2.2; the same in the authors' released figure of it)."""
STUDIES = [
    Study(
        study=f"recipes-{split}",
        runs=f"namespace = 'resolving_discrepancies' and recipe like '%/{ending}'",
        metric="loss",
        split=split,
        laws=("chinchilla",),
        group_by=("recipe",),
        points=Points(after_warmup=True),
    )
    for split, ending in (("train", "train"), ("validation", "val"))
]
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


def estimates(points: pl.DataFrame, later: pl.DataFrame) -> dict[str, Estimate]:
    """Each approach's exponent on the points of one analysis, and the parametric one on those that a rule lets count."""
    found = {line.approach: _estimate(line.slope, line.slopes, line.note.split(": ", 1)[1].rstrip(".")) for line in lines(points)}
    return found | {"parametric": parametric(points), "after warm-up": parametric(later)}


def after_warmup(data: Path) -> dict[str, pl.DataFrame]:
    """The points of each recipe that the study's rule lets count, by the recipe's name."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "config.toml").write_text(f'shipped = false\n[watch]\nsource = "{data / "resolving_discrepancies"}"\n')
        home = Home.open(Path(folder))
        with Warehouse(home) as warehouse:
            ingest(home, sources=[data / "resolving_discrepancies" / "isoflop_points.csv"], warehouse=warehouse)
            rows = [observations(warehouse.connection, study).filter("used") for study in STUDIES]
    columns = pl.concat([part.select("recipe", "params", "data_seen", "flops", "value") for part in rows])
    return {str(name): part for (name,), part in columns.group_by("recipe", maintain_order=True)}


def excess(data: Path) -> pl.DataFrame:
    """How far the tuned recipe's losses with a long warm-up lie above those with a short one, of the same models and data.

    `warmups` is data seen as multiples of the long warm-up, `excess` the difference of ln loss. The analyses count parameters in
    two ways, so models are matched by rank, and losses of the short one are read off a line in ln loss over ln data.
    """
    tuned = (
        pl.read_csv(data / "resolving_discrepancies" / "isoflop_points.csv").drop_nulls().filter(hparams="tuned", split="train")
    )
    long, short = (tuned.filter(warmup=length).sort("N", "tokens") for length in ("long", "short"))
    sizes = zip(long["N"].unique().sort(), short["N"].unique().sort()[-long["N"].n_unique() :], strict=True)
    rows = []
    for size, same in sizes:
        one, other = long.filter(N=size), short.filter(N=same).select(pl.col("tokens", "loss").log())
        usual = np.interp(one["tokens"].log(), other["tokens"], other["loss"], left=np.nan, right=np.nan)
        rows.append(one.select(params="N", warmups=pl.col("tokens") / WARMUP, excess=pl.col("loss").log() - usual))
    return pl.concat(rows).filter(pl.col("excess").is_finite())


def recipe(named: dict[str, str]) -> str:
    """The name that the map gives to the runs of an analysis."""
    return "/".join(named[part] for part in ANALYSIS[1:])


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
    rows, later = [], after_warmup(data)
    for named, (exponent, least, most), points in analyses(data):
        said = "; ".join(
            f"{name} {value:.3f}{_mark('†', least, value, most)} ({low:.3f}–{high:.3f}){_mark('*', low, exponent, high)}"
            for name, (value, low, high, _) in estimates(points, later[recipe(named)]).items()
        )
        given = f"a = {exponent:.3f} ({least:.3f}–{most:.3f}), theirs {interpolated(points):.3f}"
        what = ", ".join(named[k] for k in ("dataset", "hparams", "warmup", "decay", "param_count", "split"))
        rows.append({"data": "resolving_discrepancies", "what": what, "measured": said, "reference": given})
    return rows
