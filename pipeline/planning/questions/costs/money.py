"""What a planned run costs in hours, days and money, whether it fits on the devices, and whether it makes the deadline.

One row a training budget of the study; one more for what the deadline allows and one for what a sum of money buys, where [plan]
names them. Each budget is spent on the law's compute-optimal run; where a law has none, the sizes and data that the study plans
are priced at the fitted runs' FLOPs a parameter and sample, and a law without a model size keeps their cost of a sample.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.planning.budgets import budgets, declared
from pipeline.planning.costs.job import DEFAULT_COUNT, Job, job_of
from pipeline.planning.costs.memory import memory_plan
from pipeline.planning.costs.prices import accelerators_for_deadline, bill, flops_by_deadline, flops_for_price
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Plan, estimated, join_notes, table
from pipeline.planning.pools.candidates import has_size, pool_budgets, size_of_best_set
from pipeline.planning.questions.pools import filtering
from pipeline.planning.questions.sizes import compute_optimal
from pipeline.planning.setting import Setting

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

TIGHT = "Does not fit even fully sharded (ZeRO-3): take more devices, or split the model itself."
SCHEMA = {
    "message": pl.String,
    "goal": pl.String,
    "zero_stage": pl.Int64,
    "fits": pl.Boolean,
    "makes_deadline": pl.Boolean,
}
ASSUMED = "No run logged its throughput on this device: 40 % of the peak is assumed; log data_per_second or set [plan] mfu."
SAMPLES = (
    "FLOP were not logged: 6 N D is counted with a sample as one token, so that samples of more tokens or patches cost as many "
    "times as much; log flops."
)


@dataclass(frozen=True)
class Purchase:
    """What is bought: `goal` is budget, deadline or money; FLOPs, model size and data of each row (n,)."""

    goal: list[str]
    flops: Array
    params: Array
    data_seen: Array


def answers(law: Law) -> bool:
    """Laws with a compute-optimal run, and laws of data whose runs' cost a sample is known."""
    return compute_optimal.answers(law) or "data_seen" in law.columns


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_money: one row a budget, and one for the deadline and for the sum of money that the study's [plan] names."""
    setting = Setting(fit, study, frame)
    job = job_of(setting)
    bought = purchases(setting, job)
    distance = setting.distance("flops", bought.flops)
    job = replace(job, overheads=join_notes(job.overheads, _counted(setting, job)))
    bills = [_row(job, *each) for each in zip(bought.flops, bought.params, strict=True)]
    columns: dict[str, Any] = {name: [row[name] for row in bills] for name in (bills[0] if bills else {})}
    return table(
        {
            "distance": distance,
            "goal": bought.goal,
            "budget": np.where(np.array(bought.goal) == "budget", bought.flops, np.nan),
            "flops": bought.flops,
            "params": bought.params,
            "data_seen": bought.data_seen,
            **_loss(setting, bought),
            **columns,
        },
        SCHEMA,
    )


def _counted(setting: Setting, job: Job) -> str | None:
    """What is taken for the FLOPs of a sample that is no token, where runs logged neither these nor how fast they were."""
    if job.source == "logged" or not {"flops_source", "data_unit"} <= set(setting.runs.columns):
        return None
    of_samples = setting.runs.filter(data_unit="sample", flops_source="derived 6ND")
    return SAMPLES if of_samples.height else None


def purchases(setting: Setting, job: Job) -> Purchase:
    """The budgets of the study, then what the deadline and the money allow."""
    optimal = compute_optimal.answers(setting.law)
    if not optimal and has_size(setting) and declared(setting, "flops") is None and (each := cost_of_a_sample(setting, "params")):
        return _of_sizes(setting, job, each)
    per_sample = None if optimal else cost_of_a_sample(setting)
    of_sets = filtering.answers(setting.law) and has_size(setting) and declared(setting, "flops") is not None
    if not (optimal or of_sets) and per_sample is None:
        return Purchase([], np.zeros(0), np.zeros(0), np.zeros(0))
    if per_sample is None or declared(setting, "flops") is not None:
        amounts = budgets(setting, "flops")
    else:
        amounts = budgets(setting, "data_seen") * per_sample
    goals, limits = ["budget"] * len(amounts), _limits(job)
    amounts = np.concatenate([amounts, [flops for _, flops in limits]])
    goals += [goal for goal, _ in limits]
    if optimal:
        params = compute_optimal.optimum(setting, setting.estimate, amounts)[0][0]
        if limits and job.sequence_length is not None:  # a limit holds attention's FLOPs too
            amounts[-len(limits) :] /= [job.attention(n) for n in params[-len(limits) :]]
            params = compute_optimal.optimum(setting, setting.estimate, amounts)[0][0]
        return Purchase(goals, amounts, params, amounts / (TRAINING_FLOP * params))
    if of_sets:
        params = size_of_best_set(setting, amounts)
        return Purchase(goals, amounts, params, amounts / (TRAINING_FLOP * params))
    size = setting.typical("params") if "params" in setting.runs.columns and setting.largest("params") else np.nan
    return Purchase(goals, amounts, np.full(len(amounts), size), amounts / (per_sample or np.nan))


def _of_sizes(setting: Setting, job: Job, each: float) -> Purchase:
    """Every size and amount of data that the study plans, at so many FLOPs a parameter and sample; limits at the usual size."""
    planned, limits, usual = pool_budgets(setting), _limits(job), setting.typical("params")
    params = np.array([*(float(budget.params or usual) for budget in planned), *(usual for _ in limits)])
    seen = np.array([*(float(budget.data_seen or np.nan) for budget in planned), *(f / (each * usual) for _, f in limits)])
    return Purchase(["budget"] * len(planned) + [goal for goal, _ in limits], each * params * seen, params, seen)


def cost_of_a_sample(setting: Setting, *beside: str) -> float | None:
    """Median FLOPs a sample of the fitted runs, and a unit of other columns of theirs; None where they did not log these."""
    if not {"flops", "data_seen", *beside} <= set(setting.runs.columns):
        return None
    each = pl.col("flops")
    for name in ("data_seen", *beside):
        each = each / pl.col(name)
    middle: Any = setting.runs.select(each.median()).item()
    return float(middle) if middle else None


def _limits(job: Job) -> list[tuple[str, float]]:
    """What the deadline and the money allow, in FLOPs."""
    device, share = job.accelerator, job.share
    found = []
    if job.deadline_days is not None and job.count is not None:
        found.append(("deadline", flops_by_deadline(job.deadline_days, device, job.count, mfu=share.at(job.count))))
    if job.money is not None:
        mfu = share.at(job.count or DEFAULT_COUNT)
        found.append(("money", flops_for_price(job.money, device, mfu=mfu, price=job.price)))
    return found


def _loss(setting: Setting, bought: Purchase) -> dict[str, Any]:
    if not compute_optimal.answers(setting.law):
        return {"loss": np.full(len(bought.flops), np.nan)}

    def loss(theta: Array) -> Array:
        return setting.value(theta, params=bought.params, data_seen=bought.data_seen)

    draws = None if setting.draws is None else loss(setting.draws)
    error = setting.law_error(params=bought.params, data_seen=bought.data_seen)
    return estimated("loss", loss(setting.estimate)[0], setting.with_law_error(draws, error))


def _row(job: Job, flops: float, params: float) -> dict[str, Any]:
    """Hours, days, price and memory of one run, at the median and at the slow and fast ends of the logged shares of the peak."""
    device, count, given = job.accelerator, job.count, job.deadline_days
    flops *= job.attention(params)
    if count is None:
        alone = accelerators_for_deadline(flops, given, device, mfu=job.share.median) if given and np.isfinite(flops) else 0
        count = alone or DEFAULT_COUNT
    share = job.share.at(count)
    paid = bill(flops, device, count, mfu=share, price=job.price)
    row = {
        "accelerator": device.name,
        "accelerator_count": count,
        "mfu": share,
        "mfu_source": job.source,
        "accelerator_hours": paid.accelerator_hours,
        "days": paid.days,
        "price": paid.price,
        **_ends(job, share, paid.accelerator_hours, paid.days, paid.price),
        "currency": job.currency,
        "price_date": device.price_date,
        "deadline_days": given,
        "makes_deadline": None if given is None else paid.days <= given * (1 + 1e-9),
    }
    return row | _memory(params, device.memory_bytes, count, job)


def _ends(job: Job, share: float, hours: float, days: float, price: float) -> dict[str, float | None]:
    """5th and 95th percentile of hours, days and price over the logged shares, and the days to promise (10th)."""
    if job.share.runs < 2:
        names = [f"{n}_{end}" for n in ("mfu", "accelerator_hours", "days", "price") for end in ("low", "high")]
        return {**dict.fromkeys(names), "days_promised": None}
    slow, fast, promised = (x / job.share.median for x in (job.share.p05, job.share.p95, job.share.p10))
    ends: dict[str, float | None] = {"mfu_low": share * slow, "mfu_high": share * fast}
    for name, value in (("accelerator_hours", hours), ("days", days), ("price", price)):
        ends |= {f"{name}_low": value / fast, f"{name}_high": value / slow}
    return {**ends, "days_promised": days / promised}


def _memory(params: float, available: float, count: int, job: Job) -> dict[str, Any]:
    note = join_notes(ASSUMED if job.source == "assumed" else None, job.overheads)
    if not np.isfinite(params):
        return {"zero_stage": None, "memory_needed": None, "memory_available": available, "fits": None, "message": note}
    plan = memory_plan(params, available, count, held=job.held)
    return {
        "zero_stage": plan.stage,
        "memory_needed": plan.bytes_needed,
        "memory_available": plan.bytes_available,
        "fits": plan.fits,
        "message": join_notes(None if plan.fits else TIGHT, note),
    }


PLAN = Plan("plan_money", answers, build, "How many hours, days and how much money does a run take, and does it fit?")
