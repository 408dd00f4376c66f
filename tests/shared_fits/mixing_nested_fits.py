"""Mixing law nested in laws of size and steps (Ye et al. 2024): 70M to 410M for 30 thousand steps forecast 1B at 100 thousand.

As the paper does, with the book's laws: `chinchilla` on the sizes and steps of each of 20 mixtures, then `exponential_mixing` on
its forecasts for 1B and 100 thousand steps; the two runs there are of other mixtures. One mixture does not identify the exponents
of `chinchilla`, so they are those of the mean over the mixtures (the authors tie them too). The interval (90 %) takes the mixing
fit's and, common to all mixtures, that of the mean's extrapolation. "Authors" are the predictions of the authors' own file.
Checkpoints stand in the middle of their schedule, which no law here knows of; the step law alone shows what that costs.

Each of the twelve losses lies in its interval; eight are nearer than the authors' forecast, one is as near, three are further.
But nothing here ranks the two mixtures: one exponential for the whole loss gives both its floor, and the sum of five groups puts
the default first, which was second by .035 (the authors said .082).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.laws import laws
from tests.shared_fits.mixing_frames import (
    FITTED,
    GROUPS,
    PARAMS,
    STEP_TOKENS,
    TARGET,
    as_mixtures,
    as_runs,
    authors,
    by_group,
    overall,
    weights,
)

LARGE, FIRST, LAST = "1B", 10_000, int(FITTED)
NAMES = {"0.66796875": "default mixture", "0.125": "the authors' best"}
DRAWS = 400


@dataclass(frozen=True)
class Forecast:
    """Loss of a mixture at 1B: forecast with its 90 % interval, and observed."""

    value: float
    low: float
    high: float
    observed: float

    @property
    def miss(self) -> float:
        return self.value - self.observed

    @property
    def inside(self) -> bool:
        return self.low <= self.observed <= self.high

    def __str__(self) -> str:
        if np.isnan(self.low):
            return f"{self.value:.3f}, {self.miss:+.3f}; no interval: one run"
        place = "inside" if self.inside else "outside"
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f}), {self.miss:+.3f}, {place}"


def runs(data: Path, domain: str) -> pl.DataFrame:
    """RedPajama runs of one group of domains, or of all."""
    return (overall(data, "RedPajama") if domain == "full" else by_group(data, "RedPajama")).filter(domain=domain)


def small(data: Path, domain: str) -> pl.DataFrame:
    """The runs that the laws are fitted to: 20 mixtures, four sizes, 10 to 30 thousand steps."""
    mixtures = authors(data, domain, FITTED)["mixture"].to_list()
    return runs(data, domain).filter(
        pl.col("mixture").is_in(mixtures), pl.col("size") != LARGE, pl.col("step").is_between(FIRST, LAST)
    )


@cache
def common(data: Path, domain: str) -> Fit:
    """Size and steps to the mean loss of the 20 mixtures."""
    mean = small(data, domain).group_by("size", "step", maintain_order=True).agg(pl.col("loss").mean())
    return fit(laws["chinchilla"], as_runs(mean), draws=DRAWS)


@cache
def by_mixture(data: Path, domain: str) -> dict[str, Fit]:
    """Size and steps to loss, for each mixture, with the exponents of the mean."""
    held = {name: common(data, domain).parameters[name] for name in ("alpha", "beta")}
    rows = small(data, domain)
    parts = rows.partition_by("mixture", as_dict=True, maintain_order=True)
    return {str(key[0]): fit(laws["chinchilla"], as_runs(part), draws=4, fix=held) for key, part in parts.items()}


def at(size: str, step: int) -> pl.DataFrame:
    """One row of the columns that `chinchilla` reads."""
    return pl.DataFrame({"params": [float(PARAMS[size])], "data_seen": [step * STEP_TOKENS]})


def nested(data: Path, domain: str, step: int = int(TARGET)) -> dict[str, Forecast]:
    """Forecasts at 1B of mixtures that no law was fitted to, by mixture."""
    point, fits = at(LARGE, step), by_mixture(data, domain)
    made = pl.DataFrame({"mixture": [*fits], "loss": [float(found.value(point)[0]) for found in fits.values()]})
    frame, names = as_mixtures(made)
    found = fit(laws["exponential_mixing"], frame, draws=DRAWS, pools=names)
    seen = runs(data, domain).filter(~pl.col("mixture").is_in([*fits]), size=LARGE, step=step)
    target, _ = as_mixtures(seen)
    mean = common(data, domain)
    spread = mean.predict_draws(point)[:, 0] / mean.value(point)[0]
    draws = found.predict_draws(target, new_run=True) * spread[:, None]
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    rows = zip(target["run_key"], found.value(target), low, high, target["value"], strict=True)
    return {key: Forecast(*map(float, numbers)) for key, *numbers in rows}


def longer(data: Path, size: str) -> Forecast:
    """The step law alone: 10 to 30 thousand steps of the default mixture at one size forecast its 100 thousand."""
    rows = runs(data, "full").filter(pl.col("mixture").str.starts_with("0.66796875"), size=size)
    early, late = rows.filter(pl.col("step").is_between(FIRST, LAST)), rows.filter(step=int(TARGET))
    found = fit(laws["power_law"], as_runs(early).with_columns(run_key=pl.lit(size)), draws=DRAWS)
    made = found.predict(as_runs(late), new_run=True).row(0, named=True)
    interval = (made[name] if made[name] is not None else float("nan") for name in ("predicted_low", "predicted_high"))
    return Forecast(made["predicted"], *interval, made["value"])


def larger(data: Path) -> dict[str, tuple[float, float]]:
    """Size and steps alone: the fitted mixtures that were trained at 1B for 20 thousand steps, forecast and observed."""
    seen = runs(data, "full").filter(size=LARGE, step=20_000)
    fits = by_mixture(data, "full")
    pairs = {row["mixture"]: row["loss"] for row in seen.iter_rows(named=True) if row["mixture"] in fits}
    return {mixture: (float(fits[mixture].value(at(LARGE, 20_000))[0]), loss) for mixture, loss in pairs.items()}


def named(mixture: str) -> str:
    """What the authors call a mixture of 1B."""
    return NAMES[mixture.partition("-")[0]]


def explicit(data: Path, found: dict[str, dict[str, Forecast]]) -> dict[str, tuple[float, float]]:
    """Forecast and observed loss over all domains as the weighted sum of the groups', by mixture."""
    part = weights(data, "full")
    return {
        mixture: (
            sum(part[group] * found[group][mixture].value for group in GROUPS),
            sum(part[group] * found[group][mixture].observed for group in GROUPS),
        )
        for mixture in found["full"]
    }


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    found = {domain: nested(data, domain) for domain in ("full", *GROUPS)}
    rows = []
    for domain, forecasts in found.items():
        stated = dict(authors(data, domain, TARGET).select("mixture", "stated").iter_rows())
        for mixture, made in forecasts.items():
            said = f"observed {made.observed:.3f}; authors {stated[mixture]:.3f}, {stated[mixture] - made.observed:+.3f}"
            grade = common(data, domain).grade
            rows.append((f"{domain}, {named(mixture)}: 1B at 100 thousand steps", f"{made}; size and step law {grade}", said))
    for mixture, (value, seen) in explicit(data, found).items():
        what = f"full as the sum of five groups, {named(mixture)}"
        rows.append((what, f"{value:.3f}, {value - seen:+.3f}", f"observed {seen:.3f}"))
    for size in ("70M", "160M", LARGE):
        made = longer(data, size)
        what = f"step law alone (power_law), default mixture, {size}: 100 thousand steps from 30"
        rows.append((what, str(made), f"observed {made.observed:.3f}"))
    for mixture, (value, seen) in larger(data).items():
        what = f"size and steps alone (chinchilla), {mixture}: 1B at 20 thousand steps"
        rows.append((what, f"{value:.3f}, {value - seen:+.3f}", f"observed {seen:.3f}"))
    return [{"data": "mixing_laws, RedPajama", "what": w, "measured": m, "reference": r} for w, m, r in rows]
