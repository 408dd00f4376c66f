"""Observational laws (Ruan et al. 2024): benchmarks of public base models from what other benchmarks of the same models share.

Capability is the first principal component of MMLU, ARC-C, HellaSwag, Winograd and TruthfulQA of the fitted models, without the
target where it is one of them. `observational` takes it to a score; next to it the same logistic in ln compute, and the mean of
the fitted models. Two splits: fitted up to the compute of Llama-2 7B (8.4e22 FLOP) and asked for more compute; and whole
families left out in five parts. Mean of absolute errors in points of a hundred; in brackets how many scores lie
in the 90 % interval of a new model. `capability_compute` is one family's line; its largest model is forecast from the others.

Between families the law covers what it misses, and is nearer than compute on three of six. Beyond the cutoff compute is nearer
on all six: where the weak models all score nothing, their capability does not say where the rise is. What the paper does and the
book does not: several components (the book has one), missing scores imputed (here the model is left out), chance levels.
Traps: FLOP are in units of 1e21 and empty is not 0 (models of unknown compute are left out); the models are those of the sloth
files, whose section splits by its own rule: a model that is left out here is in the fit there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import fit
from pipeline.laws import laws
from pipeline.study.derived.sizes import first_component

SHARED = ("MMLU", "ARC-C", "HellaSwag", "Winograd", "TruthfulQA")
TARGETS = ("GSM8K", "HumanEval", "MMLU", "word_unscrambling_2_exact_match", "arithmetic_3ds_2_acc", "parsinlu_qa_2_acc")
CUTOFF, PARTS, DRAWS, FAMILY = 8.4e22, 5, 200, 4
HELD = {"ceiling": 0.999}
"""Left free, the ceiling is not identified in most fits (no score is near it), and then there is no interval."""


@dataclass(frozen=True)
class Held:
    """Absolute errors of held-out scores by method, whether each is in the interval of `observational`, and grades."""

    errors: dict[str, np.ndarray]
    inside: np.ndarray
    grades: tuple[str, ...]


@cache
def models(data: Path) -> pl.DataFrame:
    """Base models with all five shared benchmarks: run_key, family, flops, the benchmarks and the emergent tasks."""
    folder = data / "obs_scaling"
    base = pl.read_csv(folder / "base_llm_benchmark_eval.csv")
    tasks = pl.read_csv(folder / "base_llm_emergent_capability_eval.csv").unique("Model", keep="first", maintain_order=True)
    joined = base.join(tasks, on="Model", how="left", maintain_order="left").drop_nulls(SHARED)
    named = joined.with_columns(run_key="Model", family="Model Family", flops=pl.col("FLOPs (1E21)") * 1e21)
    return named.drop_nulls("flops")


def with_capability(rest: pl.DataFrame, held: pl.DataFrame, target: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both with `capability` (deviations of the fitted models) from the shared benchmarks but the target."""
    used = [name for name in SHARED if name != target]
    both = pl.concat([rest, held], how="vertical_relaxed")
    fitted = pl.Series([True] * rest.height + [False] * held.height)
    found = both.with_columns(first_component([both[name] for name in used], fitted, "capability"))
    return found[: rest.height], found[rest.height :]


def in_compute(frame: pl.DataFrame) -> pl.DataFrame:
    """ln compute in the place of capability, about standardised."""
    return frame.with_columns(capability=((pl.col("flops") / 1e22).log() / 2))


def forecast(rest: pl.DataFrame, held: pl.DataFrame, target: str) -> Held:
    """The held-out scores by every method."""
    rest, held = (frame.with_columns(value=target).drop_nulls("value") for frame in (rest, held))
    rest, held = with_capability(rest, held, target)
    seen = held["value"].to_numpy()
    found = fit(laws["observational"], rest, draws=DRAWS, fix=HELD)
    made = found.predict(held, new_run=True)
    inside = made["value"].is_between(made["predicted_low"], made["predicted_high"]).fill_null(False).to_numpy()
    alone = fit(laws["observational"], in_compute(rest), draws=4, fix=HELD).value(in_compute(held))
    mean = np.full(len(seen), rest["value"].mean())
    forecasts = {"observational": made["predicted"].to_numpy(), "logistic in ln compute": alone, "mean": mean}
    return Held({name: np.abs(value - seen) for name, value in forecasts.items()}, inside, (str(found.grade),))


def beyond(data: Path, target: str) -> Held:
    """Fitted up to CUTOFF, held out beyond."""
    small = pl.col("flops") <= CUTOFF
    return forecast(models(data).filter(small), models(data).filter(~small), target)


def families(data: Path, target: str) -> Held:
    """Families held out in parts."""
    every = models(data).drop_nulls(target)
    names = every["family"].unique().sort()
    parts = np.array_split(np.random.default_rng(0).permutation(len(names)), PARTS)
    found = [
        forecast(every.filter(~out), every.filter(out), target)
        for out in (pl.col("family").is_in(names[part].to_list()) for part in parts)
    ]
    errors = {name: np.concatenate([one.errors[name] for one in found]) for name in found[0].errors}
    return Held(errors, np.concatenate([one.inside for one in found]), tuple(one.grades[0] for one in found))


def line(own: pl.DataFrame) -> dict[str, float | bool | None]:
    """Slope and R² of a family's line, and its largest model forecast from the others, in deviations of all models."""
    seen = own["capability"].to_numpy()
    whole = fit(laws["capability_compute"], own, draws=4)
    made = fit(laws["capability_compute"], own[:-1], draws=DRAWS).predict(own[-1:], new_run=True).row(0, named=True)
    low, high = made["predicted_low"], made["predicted_high"]
    return {
        "slope": whole.parameters["efficiency"],
        "explained": float(1 - np.sum((whole.value(own) - seen) ** 2) / np.sum((seen - seen.mean()) ** 2)),
        "miss": abs(made["predicted"] - seen[-1]),
        "unchanged": abs(float(seen[-2] - seen[-1])),
        "inside": None if low is None else bool(low <= seen[-1] <= high),
    }


def lines(data: Path) -> pl.DataFrame:
    """`line` of each family of FAMILY and more models that differ in compute."""
    every, _ = with_capability(models(data), models(data), "")
    parts = [own.unique("flops", keep="first", maintain_order=True).sort("flops") for own in every.partition_by("family")]
    return pl.DataFrame([{"family": own["family"][0], **line(own)} for own in parts if own.height >= FAMILY])


def row(what: str, found: Held) -> dict[str, str]:
    """A row of the results table."""
    first, *others = (f"{name} {100 * errors.mean():.1f}" for name, errors in found.errors.items())
    refused = found.grades.count("refused")
    inside = f"{int(found.inside.sum())} of {len(found.inside)} inside; {refused} of {len(found.grades)} fits refused"
    return {
        "data": "obs_scaling",
        "what": what,
        "measured": "; ".join((f"{first} ({inside})", *others)),
        "reference": "none stated",
    }


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    scores = models(data).select(SHARED).to_numpy()
    explained = float(np.linalg.eigvalsh(np.corrcoef(scores.T))[-1] / len(SHARED))
    count, found = models(data).height, lines(data)
    slopes, r2 = found["slope"], found["explained"]
    ends = f"largest model missed by {found['miss'].mean():.2f}, {found['inside'].sum()} of {found['inside'].count()} inside"
    families_of = (
        f"slope {slopes.median():.2f} ({slopes.min():.2f} to {slopes.max():.2f}) a unit of ln compute; R² {r2.median():.2f}"
    )
    rows = [
        ("first component of five benchmarks", f"{100 * explained:.0f} % of the variance of {count} models"),
        (
            f"capability_compute, {found.height} families",
            f"{families_of} in the median; {ends}; no change {found['unchanged'].mean():.2f}",
        ),
    ]
    named = [{"data": "obs_scaling", "what": what, "measured": text, "reference": "none stated"} for what, text in rows]
    splits = {"beyond 8.4e22 FLOP": beyond, "families left out": families}
    return named + [row(f"{target}, {name}", split(data, target)) for name, split in splits.items() for target in TARGETS]
