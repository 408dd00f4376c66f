"""What another learning-rate schedule or a longer one would reach: how long to anneal, and where to branch off a stable run.

From a law of the area under the rate and its falls, evaluated at the last step of every schedule. A longer decay gives up area
and gains annealing: the best share lies between. How far such a law is right about a schedule that it has not seen is measured:
each schedule of the fitted runs is left out in turn and forecast from the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.errors import LawbookError
from pipeline.fitting.effort import REPLAY
from pipeline.fitting.setup import searched, set_up
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.planning.plan import Array, Plan, estimated, join_notes, table
from pipeline.planning.ranking import chances, known_ranks
from pipeline.planning.setting import Setting
from pipeline.study.derived import DROP
from pipeline.study.derived.schedules import annealing_columns, constant, cosine, drop_members, wsd

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

SHARES = (0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)
"""Of the steps; the literature takes a tenth, and finds a fortieth too short (Hu et al. 2024)."""
SHAPES = ("linear", "exponential")
FINAL = 0.1
"""Of the peak, where neither the study nor the runs say at which rate a schedule ends."""
LENGTHS = (1.0, 3.0)
"""Times the longest run: the lengths that are planned where the study names none."""
MOST_LEFT_OUT = 8
FEWEST = 10


@dataclass(frozen=True)
class Schedule:
    """One schedule: its name, how it decays, and the rate of every step."""

    name: str
    shape: str | None
    share: float | None
    branch: int | None
    rates: Array


def answers(law: Law) -> bool:
    """Laws that read the area under the learning rate."""
    return "s1" in law.columns


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_schedule: one row a length and schedule, best first."""
    setting = Setting(fit, study, frame)
    wanted = (study.plan or {}).get("schedule", {})
    peak, final, warmup = _shape_of_runs(setting, wanted)
    longest = float(frame.filter("used")["step"].max() or 0)  # type: ignore[arg-type]  # steps are numbers
    lengths = np.atleast_1d(wanted.get("steps", np.array(LENGTHS) * longest)).astype(int)
    error, count = left_out_error(fit, frame)
    parts = [
        _of_length(setting, int(steps), peak, final, warmup, error, count, longest)
        for steps in lengths
        if steps > warmup + FEWEST
    ]
    return pl.concat(parts) if parts else pl.DataFrame()


def schedules(peak: float, final: float, warmup: int, total: int) -> list[Schedule]:
    """The schedules that are compared, of one length."""
    found = [
        Schedule("constant", None, None, None, constant(peak, warmup, total)),
        Schedule("cosine", None, None, warmup, cosine(peak, final, warmup, total)),
        Schedule("linear", None, None, warmup, wsd(peak, final, warmup, warmup, total)),
    ]
    for shape in SHAPES:
        for share in SHARES:
            steps = max(1, round(share * (total - warmup)))
            found.append(Schedule("wsd", shape, share, total - steps, wsd(peak, final, warmup, total - steps, total, shape)))
    return found


def _shape_of_runs(setting: Setting, wanted: dict[str, float]) -> tuple[float, float, int]:
    """Peak, end and warm-up of the planned runs: as [plan.schedule] says, else as the runs had them."""
    rows = setting.runs
    logged = rows["lr"].drop_nulls() if "lr" in rows.columns else pl.Series([], dtype=pl.Float64)
    declared = rows["peak_lr"].drop_nulls()
    peak = wanted.get("peak_lr") or (declared.median() if declared.len() else logged.max())
    if peak is None:
        raise LawbookError("no run says its learning rate", fix="log lr or peak_lr, or say peak_lr in [plan.schedule]")
    ends = rows["final_lr"].drop_nulls()
    ends = ends.filter(ends < 0.99 * float(peak))  # type: ignore[arg-type]  # a median of numbers
    final = wanted.get("final_lr") or (ends.median() if ends.len() else FINAL * float(peak))  # type: ignore[arg-type]  # a median of numbers
    each = setting.runs.select(pl.col("warmup") / pl.col("data_seen") * pl.col("step")).to_series().drop_nulls()
    warmup = wanted.get("warmup", each.median() if each.len() else 0)
    return float(peak), float(final), int(warmup or 0)  # type: ignore[arg-type]  # medians of numbers


def columns_at_end(law: Law, rates: Array, warmup: int) -> pl.DataFrame:
    """What the law reads of a history of rates at its last step."""
    at = np.array([len(rates)])
    return drop_members(rates, at) if set(DROP) & set(law.member_columns) else annealing_columns(rates, at, warmup=warmup)


def _of_length(
    setting: Setting, total: int, peak: float, final: float, warmup: int, error: float | None, count: int, longest: float
) -> pl.DataFrame:
    each = schedules(peak, final, warmup, total)
    rows = pl.concat([columns_at_end(setting.law, one.rates, warmup) for one in each])
    others = [name for name in setting.law.columns if name not in rows.columns]
    rows = rows.with_columns(pl.lit(setting.typical(name)).alias(name) for name in others)
    value, drawn = setting.fit.value(rows), setting.fit.predict_draws(rows, misfit=False) if setting.draws is not None else None
    distance = np.full(len(each), np.log10(total / longest) if longest else np.nan)
    best = None if drawn is None or len(drawn) < 2 else chances(drawn, setting.measured, np.isfinite(value))
    note = None if error is not None else "No schedule could be left out: how far the law is right about a new one is not known."
    made = table(
        {
            "distance": distance,
            "steps": [total] * len(each),
            "schedule": [one.name for one in each],
            "shape": [one.shape for one in each],
            "decay_share": [one.share for one in each],
            "branch_step": [one.branch for one in each],
            "peak_lr": [peak] * len(each),
            "final_lr": [peak if one.name == "constant" else final for one in each],
            "metric": [setting.metric] * len(each),
            **estimated("value", value, _with_error(setting, drawn, law_error(setting, rows, each, total), error)),
            "rank": known_ranks(value, setting.measured),
            "probability_best": best,
            "left_out_error": [error] * len(each),
            "schedules_left_out": [count] * len(each),
            "message": [join_notes(note)] * len(each),
        },
        {"message": pl.String, "shape": pl.String, "branch_step": pl.Int64, "rank": pl.Int64, "decay_share": pl.Float64},
    )
    return made.sort("rank")


def law_error(setting: Setting, rows: pl.DataFrame, each: Sequence[Schedule], total: int) -> Array:
    """The sd (n,) of what the law may get wrong at the ends of these schedules: that of a forecast of such runs."""
    run = {"step": float(total)}
    if setting.logged("data_seen").size:
        run |= dict.fromkeys(("data_seen", "data_planned"), total / setting.steps_per_sample)
    run |= {name: setting.typical(name) for name in setting.fit.axis if name not in (*run, *rows.columns)}
    stated = rows.with_columns(pl.lit(value).alias(name) for name, value in run.items() if name not in rows.columns)
    return setting.fit.law_error(stated.with_columns(pl.Series("lr_schedule", [one.name for one in each])))


def _with_error(setting: Setting, drawn: Array | None, error: Array, left_out: float | None) -> Array | None:
    """Draws widened by the law error, which knows of schedules where these were held out from the fit; else by how wrong the law
    was on those left out here: one error a draw, as all are of one kind."""
    wide = setting.with_law_error(drawn, error)
    if wide is None or left_out is None or any(axis == "schedule" for axis, *_ in setting.fit.misfit.along):
        return wide
    return setting.fit.erring(wide, left_out * np.random.default_rng(2).standard_normal((len(wide), 1)))


def left_out_error(fit: Fit, frame: pl.DataFrame) -> tuple[float | None, int]:
    """Mean absolute relative error at the ends of runs of schedules left out in turn, and how many were left out.

    A schedule is an `lr_schedule` with its recipe; where all runs say the same, a run is one. None where fewer than two remain.
    """
    used = frame.filter("used")
    kind = pl.concat_str(pl.col("lr_schedule").fill_null(""), pl.col("recipe").fill_null(""), separator="|")
    kind = kind if used.select(kind.n_unique()).item() > 1 else pl.col("run_key")
    marked = used.with_columns(kind.alias("kind"))
    kinds = marked["kind"].unique(maintain_order=True).to_list()[:MOST_LEFT_OUT]
    errors = [_missed(fit, marked, one) for one in kinds] if marked["kind"].n_unique() > 1 else []
    known = [error for error in errors if error is not None]
    return (float(np.mean(known)), len(known)) if known else (None, 0)


def _missed(fit: Fit, rows: pl.DataFrame, kind: str) -> float | None:
    """Mean absolute relative error on one kind's points from half of its steps on, of a fit to the other kinds."""
    rest, out = rows.filter(pl.col("kind") != kind), rows.filter(pl.col("kind") == kind)
    late = out.filter(pl.col("step") >= 0.5 * pl.col("step").max())
    pools = _groups(rows)
    try:
        setup = set_up(fit.law, rest, fit.objective, None, pools or None)
        found = searched(setup, fit.seed, None if pools else fit, None, REPLAY)
    except LawbookError:
        return None
    theta = setup.problem.natural(found.best.w[None])
    with np.errstate(all="ignore"):
        predicted = compiled(fit.law).value(theta, rows_from_frame(fit.law, late, pools))[0]
        error = float(np.mean(np.abs(predicted / late["value"].to_numpy() - 1)))
    return error if np.isfinite(error) else None


def _groups(rows: pl.DataFrame) -> tuple[str, ...]:
    """Names of the falls of all runs, so that a run left out has none that the others lack."""
    if "members" not in rows.columns or rows.schema["members"] == pl.Null or not rows["members"].drop_nulls().len():
        return ()
    names: Sequence[str] = rows["members"].explode().struct.field("pool").drop_nulls().unique().sort().to_list()
    return tuple(names) if names and names[0].startswith("drop ") else ()


PLAN = Plan("plan_schedule", answers, build, "What would another learning-rate schedule, or a longer one, reach?")
