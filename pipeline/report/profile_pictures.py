"""isoFLOP profiles as they were measured: the runs of one compute budget, the parabola through their valley, and its minimum."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt
import numpy as np
import polars as pl

from pipeline.planning.sizes.approaches import fresh
from pipeline.report.picture import Datasets, Picture, hover, known, layered, legend, linear_y, log_x
from pipeline.report.published import Published
from pipeline.study.derived.isoflop import Profile, flaw, least_size, profiles, valley

READ = 5000
"""Observations among which profiles are sought; a study with more gives a sample, always the same."""
MOST_PROFILES = 8
LEAST_PROFILES = 2
STEPS = 30
DEGREE = 2


@dataclass(frozen=True)
class Drawn:
    """One profile: its points, the parabola, and the minimum with what is wrong about it."""

    points: list[dict[str, object]]
    curve: list[dict[str, object]]
    least: list[dict[str, object]]


def isoflop_picture(published: Published, study: str) -> Picture | None:
    """Loss against model size at each budget that was tried with at least four sizes; None where fewer than two were."""
    observed = known(published.points(study, "residuals", READ), "params", "flops", "observed")
    if observed.is_empty() or observed["pool"].n_unique() > 1:
        return None
    observed = fresh(observed)
    flops, params, value = (observed[c].cast(pl.Float64).to_numpy() for c in ("flops", "params", "observed"))
    found = profiles(flops, params, value, least=DEGREE + 2)
    if len(found) < LEAST_PROFILES:
        return None
    chosen = [found[k] for k in np.unique(np.linspace(0, len(found) - 1, MOST_PROFILES).round().astype(int))]
    data, drawn = Datasets(), [_drawn(profile) for profile in chosen]
    points, curve, least = (
        pl.DataFrame([row for one in drawn for row in getattr(one, kind)]) for kind in ("points", "curve", "least")
    )
    metric = str(published.studies().filter(study=study)["metric"][0] or "value")
    x = log_x("params", "parameters", points["params"])
    colour = alt.Color("budget:N", sort=None, legend=legend("budget, FLOP"))
    dots = alt.Chart(data.rows(points)).mark_point(filled=True, size=40, opacity=0.8)
    layers = [
        dots.encode(x=x, y=linear_y("observed", metric), color=colour, tooltip=hover("budget:N", "params:Q", "observed:Q")),
        alt.Chart(data.rows(curve)).mark_line(strokeWidth=1.5).encode(x=x, y=alt.Y("fitted:Q"), color=colour),
    ]
    if least.height:
        marks = alt.Chart(data.rows(least)).mark_point(shape="diamond", size=130, strokeWidth=2)
        tips = hover("budget:N", "best_size:Q", "least:Q", "flaw:N")
        layers.append(marks.encode(x=alt.X("best_size:Q"), y=alt.Y("least:Q"), color=colour, tooltip=tips))
    caption = (
        f"Runs of equal compute; each curve is a parabola through its valley, a diamond its minimum. {_flaws(drawn)}"
        "A line through the minima is approach 2 of the compute-optimal size."
    )
    table = points.join(least.select("budget", "best_size", "least", "flaw"), on="budget", how="left") if least.height else points
    return Picture("isoflop", "isoFLOP profiles", caption, layered(*layers), data, table)


def _drawn(profile: Profile) -> Drawn:
    near, budget = valley(profile, DEGREE), f"{profile.flops:.2g}".replace("e+", "e")
    at, value = (float(x[0]) for x in least_size(near, DEGREE, np.ones((1, len(near.size)))))
    points = [
        {"budget": budget, "params": float(np.exp(n)), "observed": float(y)}
        for n, y in zip(profile.size, profile.loss, strict=True)
    ]
    size = np.linspace(near.size.min(), near.size.max(), STEPS)
    fitted = np.polynomial.Polynomial.fit(near.size, near.loss, DEGREE)(size)
    curve = [{"budget": budget, "params": float(np.exp(n)), "fitted": float(y)} for n, y in zip(size, fitted, strict=True)]
    wrong = flaw(near, at)
    shown = wrong in (None, "off-centre")
    least = [{"budget": budget, "best_size": float(np.exp(at)), "least": value, "flaw": wrong or "none"}] if shown else []
    return Drawn(points, curve, least)


def _flaws(drawn: list[Drawn]) -> str:
    """How many profiles have no minimum, or one at the side of the sizes that were tried."""
    none = sum(not one.least for one in drawn)
    aside = sum(row["flaw"] != "none" for one in drawn for row in one.least)
    parts = [f"{none} of {len(drawn)} have no minimum inside the sizes tried" if none else ""]
    parts.append(f"{aside} of {len(drawn)} minima lie in the outer quarter of the sizes tried" if aside else "")
    return "".join(f"{part}. " for part in parts if part)
