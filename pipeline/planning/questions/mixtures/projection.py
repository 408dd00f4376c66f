"""Which mixture of sources scores best at a large size, from fits to runs at two small ones (projektor, Kang et al. 2023).

The cohorts are the two small sizes: a study with group_by = ["data_seen"]. At each a mixture law with a transport distance is
fitted; between and beyond them the score is linear in the logarithm of the size:
L(N) = [ln(N/N0)·L(N1) − ln(N/N1)·L(N0)] / ln(N1/N0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from pipeline.errors import PlanError
from pipeline.planning.budgets import budgets
from pipeline.planning.plan import Array, Plan, estimated, join_notes, table
from pipeline.planning.pools.ratios import between, unlogged
from pipeline.planning.ranking import chances, known_ranks
from pipeline.planning.setting import Members, Setting
from pipeline.schema.metrics import Metric

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

DISTANCE = "transport_distance"
WITHIN = {"fraction": "0 to 1", "positive": "the positive numbers", "any": "the numbers"}
BETWEEN = "No run has this ratio: its distance is that on the line between its neighbours'."
AMPLIFIED = 2.0
"""From this factor on a row says how much the errors of the small scores are multiplied."""


class Side(NamedTuple):
    """One small size: its fit, its size, and the transport distance of each mixture there (n,)."""

    setting: Setting
    size: float
    distance: Array


def answers(law: Law) -> bool:
    """Mixture laws that read a transport distance."""
    return law.pooled and DISTANCE in law.columns


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG001 - a plan's signature
    """Nothing: one size alone says nothing about another. See `compare`."""
    return pl.DataFrame()


def compare(
    fit: Fit, other_fit: Fit, study: Study, frame: pl.DataFrame, other_frame: pl.DataFrame, other_cohort: str
) -> pl.DataFrame:
    """plan_projection: one row a mixture and size: those of all runs, planned ones too, and the best ratio of two sources."""
    settings = Setting(fit, study, frame), Setting(other_fit, study, other_frame)
    if settings[0].pools != settings[1].pools:
        raise PlanError(
            f"the two sizes know different sources, {settings[0].pools} and {settings[1].pools}", fix="log both with all"
        )
    share, distances = mixtures(settings[0].pools, (frame, other_frame))
    sides = [Side(s, size_of(s), d) for s, d in zip(settings, distances, strict=True)]
    small, large = sorted(sides, key=lambda side: side.size)
    if small.size == large.size:
        raise PlanError(
            f"both cohorts have runs of {small.size:g} only", fix="declare group_by = ['data_seen'] and log two sizes"
        )
    asked = budgets(large.setting, "data_seen")
    return pl.concat([_rows(*_with_best_ratio(small, large, share, float(n)), len(share), float(n), other_cohort) for n in asked])


def _with_best_ratio(small: Side, large: Side, share: Array, n: float) -> tuple[Side, Side, Array]:
    """The mixtures and, of two sources, the best ratio between them, whose distance lies on the line between its neighbours'."""
    ratios, neighbours = between(share)
    if not len(ratios):
        return small, large, share
    there = [side._replace(distance=neighbours @ side.distance) for side in (small, large)]
    scores = [_scores(side, side.setting.estimate, ratios)[0] for side in there]
    value = np.dot(weights(n, small.size, large.size), scores) * small.setting.measured.sign
    if not np.isfinite(value).any() or not unlogged(ratios[at := int(np.nanargmin(value))][0], share):
        return small, large, share
    sides = [
        side._replace(distance=np.append(side.distance, new.distance[at]))
        for side, new in zip((small, large), there, strict=True)
    ]
    return sides[0], sides[1], np.vstack([share, ratios[at]])


def size_of(setting: Setting) -> float:
    """The one size of a cohort's runs."""
    sizes = np.unique(setting.logged("data_seen"))
    if len(sizes) != 1:
        raise PlanError(f"runs of one cohort have {len(sizes)} values of data_seen", fix="declare group_by = ['data_seen']")
    return float(sizes[0])


def mixtures(pools: tuple[str, ...], frames: tuple[pl.DataFrame, pl.DataFrame]) -> tuple[Array, list[Array]]:
    """Shares (n, K) of every mixture that has a distance, and its distance in each frame (the other's where it has none)."""
    known: list[dict[tuple[float, ...], float]] = []
    for frame in frames:
        rows = frame.select("members", DISTANCE).drop_nulls().iter_rows()
        known.append({_shares(pools, members): float(distance) for members, distance in rows})
    every = sorted(set().union(*known), reverse=True)
    if not every:
        raise PlanError(f"no run has pools and a {DISTANCE}", fix="log both")
    found = [np.array([own.get(key, other.get(key)) for key in every]) for own, other in (known, known[::-1])]
    return np.array(every), found


def _shares(pools: tuple[str, ...], members: list[dict[str, Any]]) -> tuple[float, ...]:
    held = {part["pool"]: part["share"] for part in members}
    return tuple(round(held.get(pool, 0.0), 9) for pool in pools)


def weights(n: float, small: float, large: float) -> tuple[float, float]:
    """What the scores at the two sizes count at size n: (of the small one, of the large one)."""
    step = np.log(large / small)
    return float(-np.log(n / large) / step), float(np.log(n / small) / step)


def _scores(side: Side, theta: Array, share: Array) -> Array:
    return side.setting.value(theta, Members(share, share, share), **{DISTANCE: side.distance})


def _draws(sides: tuple[Side, Side], share: Array) -> list[Array] | None:
    """Scores of both sizes in every draw, each widened by its own law's error by pool: the two fits are independent."""
    drawn = [draws for side in sides if (draws := side.setting.draws) is not None]
    if len(drawn) < 2:
        return None
    count = min(len(drawn[0]), len(drawn[1]))
    found = []
    for place, (side, theta) in enumerate(zip(sides, drawn, strict=True)):
        spread = side.setting.law_error(**{DISTANCE: side.distance})
        normal = np.random.default_rng(place).standard_normal((count, share.shape[1]))
        scores = _scores(side, theta[:count], share)
        found.append(side.setting.fit.erring(scores, spread * (normal @ np.sqrt(share).T)))
    return found


def _rows(small: Side, large: Side, share: Array, logged: int, n: float, other_cohort: str) -> pl.DataFrame:
    counts, sides = weights(n, small.size, large.size), (small, large)
    scores = [_scores(side, side.setting.estimate, share)[0] for side in sides]
    drawn = _draws(sides, share)
    value = counts[0] * scores[0] + counts[1] * scores[1]
    spread = None if drawn is None else counts[0] * drawn[0] + counts[1] * drawn[1]
    pools, metric, many = small.setting.pools, small.setting.metric, len(share)
    used = [np.flatnonzero(row > 0) for row in share]
    return table(
        {
            "distance": large.setting.distance("data_seen", np.full(many, n)),
            "other_cohort": [other_cohort] * many,
            "data_seen": [n] * many,
            "pools": [[pools[k] for k in places] for places in used],
            "weights": [row[places].tolist() for row, places in zip(share, used, strict=True)],
            DISTANCE: large.distance,
            "size_small": [small.size] * many,
            "size_large": [large.size] * many,
            "metric": [metric] * many,
            **estimated("score_small", scores[0], None if drawn is None else drawn[0]),
            **estimated("score_large", scores[1], None if drawn is None else drawn[1]),
            **estimated("value", value, spread),
            "rank": known_ranks(value, small.setting.measured),
            "probability_best": None if spread is None else chances(spread, small.setting.measured, np.isfinite(value)),
            "message": [
                join_notes(BETWEEN if place >= logged else None, _doubt(small.setting.measured, v, counts))
                for place, v in enumerate(value)
            ],
        },
        {"message": pl.String, "rank": pl.Int64},
    )


def _doubt(metric: Metric, value: float, counts: tuple[float, float]) -> str | None:
    most = max(abs(part) for part in counts)
    outside = np.isfinite(value) and not metric.ends[0] <= value <= metric.ends[1]
    return join_notes(
        f"Errors of the small scores count up to {most:.1f} times." if most >= AMPLIFIED else None,
        f"The line in ln N has left {WITHIN[metric.range]}." if outside else None,
    )


PLAN = Plan("plan_projection", answers, build, "Which mixture of sources is best at a large size, from two small ones?", compare)
