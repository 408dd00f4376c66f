"""Which benchmarks may be forecast at all: the class of each one's trend over compute, with false discoveries held down.

A study whose `group_by` holds `task` has one cohort a benchmark. A U, an inverted U or a flat trend has no monotone law:
there the row has a sentence in the place of a forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import scipy

from pipeline.errors import FitError
from pipeline.planning.budgets import declared
from pipeline.planning.estimators.pass_rates import emergence
from pipeline.planning.estimators.predictability import STEPS, furthest_step
from pipeline.planning.estimators.trends import Trend, discoveries, trend
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Fitted, Plan, interval, join_notes, table
from pipeline.planning.setting import Setting
from pipeline.study.derived.noise import tagged

if TYPE_CHECKING:
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

RATE = 0.05
"""Share of the trends that are claimed and that may be none."""
BEYOND = 10.0
FEW = 4
MOST_ITEMS = 1e6


def answers(law: Law) -> bool:  # noqa: ARG001 - the signature of all plans
    """All of them: the trend is that of the runs."""
    return True


def gather(study: Study, fits: Sequence[Fitted]) -> pl.DataFrame:
    """plan_benchmarks: one row a benchmark; nothing where the study is not about several."""
    if "task" not in study.group_by:
        return pl.DataFrame()
    single = list({one.cohort: one for one in fits}.values())
    scores = [_score(study, one) for one in single]
    found = [_trend(each) for each in scores]
    rate = float((study.plan or {}).get("benchmarks", {}).get("rate", RATE))
    stands = discoveries([t.p_value if isinstance(t, Trend) else 1.0 for t in found], rate)
    told = [replace(t, kind="flat") if isinstance(t, Trend) and not keep else t for t, keep in zip(found, stands, strict=True)]
    agreement, furthest = rank_agreement(scores), furthest_of(single)
    return pl.concat(
        [_row(study, *each, agreement, furthest) for each in zip(single, scores, told, strict=True)], how="diagonal_relaxed"
    )


def _score(study: Study, one: Fitted) -> dict[str, Any]:
    """Compute, value turned so that more is better, size and worth in items, of one benchmark's runs from the smallest on."""
    used = one.rows.filter("used").with_columns(
        pl.coalesce("flops", TRAINING_FLOP * pl.col("params") * pl.col("data_seen"), "params").alias("scale")
    )
    rows = used.drop_nulls("scale").group_by("scale", maintain_order=True).agg(
        pl.col("value").mean(), pl.col("params").first(), pl.len().alias("runs")
    ).sort("scale")  # fmt: skip
    value = rows["value"].to_numpy()
    better = value if study.measured.sign < 0 else 1 - value if study.measured.range == "fraction" else -value
    return {
        "scale": rows["scale"].to_numpy(),
        "better": better,
        "params": rows["params"].to_numpy(),
        "items": _items(study, one, used),
    }


def _items(study: Study, one: Fitted, used: pl.DataFrame) -> float:
    """Items that the noise is worth: declared, logged as a tag, or those of a binomial as spread as the runs around the fit."""
    said = (study.plan or {}).get("benchmarks", {}).get("items")
    task = used["task"][0] if used.height else None
    said = said.get(task) if isinstance(said, dict) else said
    if said is None and (counted := tagged(used)) is not None:
        said = counted.drop_nulls()[0]
    if said is not None:
        return float(said)
    value = used["value"].to_numpy()
    spread = np.var(used["value"].to_numpy() - one.fit.value(used)) if len(value) > len(one.fit.estimate) else np.nan
    middle = float(np.mean(np.clip(value, 0.01, 0.99) * (1 - np.clip(value, 0.01, 0.99))))
    return float(np.clip(middle / spread, 1.0, MOST_ITEMS)) if spread > 0 else MOST_ITEMS


def _trend(score: dict[str, Any]) -> Trend | str:
    """The trend, or why none can be told."""
    if len(score["scale"]) < FEW:
        return f"it was measured at {len(score['scale'])} sizes, and a trend needs {FEW}"
    better = score["better"]
    spread = better if better.min() >= 0 and better.max() <= 1 else (better - better.min()) / max(np.ptp(better), 1e-300)
    return trend(np.log10(score["scale"]), spread, int(max(score["items"], 1)))


def rank_agreement(scores: Sequence[dict[str, Any]]) -> float | None:
    """Spearman's correlation over benchmarks of the mean value in the smaller half of the sizes with that in the larger half."""
    halves = [(s["better"][: len(s["better"]) // 2].mean(), s["better"][-(len(s["better"]) // 2) :].mean()) for s in scores
              if len(s["better"]) >= FEW]  # fmt: skip
    if len(halves) < 3:
        return None
    small, large = zip(*halves, strict=True)
    return None if np.ptp(small) == 0 or np.ptp(large) == 0 else float(scipy.stats.spearmanr(small, large).statistic)


def furthest_of(fits: Sequence[Fitted]) -> str | None:
    """How far from log-probability to accuracy the benchmarks stay predictable, where their runs hold these steps as columns."""
    steps = [name for name in STEPS if all(name in one.rows.columns for one in fits)]
    if not steps:
        return None
    parts = [one.rows.filter("used").select("flops", *steps, item_id=pl.lit(one.cohort)) for one in fits]
    rows = pl.concat(parts, how="vertical_relaxed").drop_nulls()
    return furthest_step(rows, steps=steps) if rows["flops"].n_unique() >= FEW else None


def _row(
    study: Study, one: Fitted, score: dict[str, Any], told: Trend | str, agreement: float | None, furthest: str | None
) -> pl.DataFrame:
    setting = Setting(one.fit, study, one.rows)
    known = isinstance(told, Trend)
    extrapolates = isinstance(told, Trend) and told.extrapolates
    flops, value, drawn, distance = _forecast(setting) if extrapolates else (None, None, None, None)
    low, high = interval(drawn)
    monotone = len(score["scale"]) > 2 and np.ptp(score["better"]) > 0
    return table(
        {
            "fit_id": [one.fit.fit_id],
            "distance": [distance],
            "task": [one.rows["task"].drop_nulls().first()],
            "metric": [setting.metric],
            "trend": [told.kind if isinstance(told, Trend) else None],
            "extrapolates": [extrapolates],
            "p_value": [told.p_value if isinstance(told, Trend) else None],
            "turn": [float(score["scale"][told.turn]) if isinstance(told, Trend) and "U" in told.kind else None],
            "predictability": [float(scipy.stats.spearmanr(score["scale"], score["better"]).statistic) if monotone else None],
            "rank_agreement": [agreement],
            "emergence": [_emergence(score)],
            "furthest_step": [furthest],
            "items": [score["items"]],
            "flops": [flops],
            "value": [value],
            "value_low": [None if low is None else float(low[0])],
            "value_high": [None if high is None else float(high[0])],
            "message": [join_notes(None if known else f"No trend can be told: {told}.")],
        },
        {"message": pl.String, "trend": pl.String, "task": pl.String, "emergence": pl.String, "furthest_step": pl.String},
    )


def _forecast(setting: Setting) -> tuple[float | None, float | None, Array | None, float | None]:
    """The value at the largest budget of the plan, or ten times the largest run, where the law reads compute or size and data."""
    top = setting.largest("flops")
    reads = set(setting.law.columns)
    if top is None or not (reads <= {"flops"} or {"params", "data_seen"} <= reads):
        return None, None, None, None
    asked = declared(setting, "flops")
    flops = np.array([asked[-1] if asked is not None else BEYOND * top])
    grow = float(np.sqrt(flops[0] / top))
    given = {"flops": flops} if reads <= {"flops"} else {
        "params": grow * np.array([setting.largest("params")]), "data_seen": grow * np.array([setting.largest("data_seen")])
    }  # fmt: skip
    value = setting.value(setting.estimate, None, **given)[0]
    distance = setting.distance("flops", flops)
    drawn = None if setting.draws is None else setting.value(setting.draws, None, **given)
    return float(flops[0]), float(value[0]), setting.with_law_error(drawn, setting.law_error(**given)), float(distance[0])


def _emergence(score: dict[str, Any]) -> str | None:
    """The class by curvature of ln(-ln score) in ln params (Hu et al. 2024); None where it cannot be told."""
    inside = (score["better"] > 0) & (score["better"] < 1) & np.isfinite(np.asarray(score["params"], dtype=float))
    rate, params = score["better"][inside], np.asarray(score["params"], dtype=float)[inside]
    try:
        return emergence(params, rate, np.sqrt(rate * (1 - rate) / score["items"])).kind
    except (FitError, np.linalg.LinAlgError):
        return None


def build(*_given: object) -> pl.DataFrame:
    """Nothing: false discoveries are held down over all benchmarks together. See `gather`."""
    return pl.DataFrame()


PLAN = Plan("plan_benchmarks", answers, build, "Which benchmarks can be forecast at all?", gather=gather, judges=False)
