"""OLMo's ladder: size and data to task loss (chinchilla on finished runs), task loss to score (ladder_score), on two targets.

Step two takes the ladder's last 8 checkpoints a run, or all after the first tenth, without or with the ideal point (score 1 at a
task loss of 0); the ladder ends at 1.3 B, as the authors' does, or at the 3 B that are released beside it. The variants up to
1.3 B were tried with the targets in sight. "chosen" looks at no target: for each task the variant with the least error on the 3 B
runs of 5 and 10 times Chinchilla, held out of a ladder that ends at 1.3 B, is fitted again with the 3 B runs in it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.laws import laws

TASKS = {
    "hellaswag": "hellaswag_val",
    "arc_easy": "arc_easy_test",
    "arc_challenge": "arc_challenge_test",
    "piqa": "piqa_val",
    "csqa": "csqa_val",
    "socialiqa": "socialiqa_val",
    "openbookqa": "openbookqa_test",
}
LARGEST = "3B"
MULTIPLES = (1, 2, 5, 10)
CHINCHILLA = 20.0
"""Tokens a parameter of multiple 1: gives the size of the 3 B model, which the map lacks, from the tokens of its longest run."""
HELD = 5
VARIANTS: dict[str, dict[str, Any]] = {
    "last 8 checkpoints": {"last": 8, "ideal": False},
    "all": {"last": None, "ideal": False},
    "all and ideal": {"last": None, "ideal": True},
}


@cache
def runs(data: Path) -> list[tuple[str, str, float, float, Path]]:
    """(label, target or ladder, params, multiple, file) of every run."""
    folder, found = data / "olmo_ladder", []
    for label, run in json.loads((folder / "run_map.json").read_text()).items():
        for path in run["paths"]:
            name = Path(path).name
            multiple = float(name.partition("-")[2].removesuffix("xC.csv")) if run["mode"] == "train" else 0.0
            found.append((label, "ladder" if run["mode"] == "train" else "target", float(run["n"]), multiple, folder / name))
    longest = _checkpoints(folder / f"{LARGEST}-{MULTIPLES[-1]}xC.csv", TASKS["hellaswag"])["data_seen"][-1]
    size = longest / (CHINCHILLA * MULTIPLES[-1])
    return [*found, *((LARGEST, "ladder", size, float(m), folder / f"{LARGEST}-{m}xC.csv") for m in MULTIPLES)]


@cache
def points(data: Path, task: str) -> pl.DataFrame:
    """Checkpoints of all runs: params, multiple, data_seen, task_loss (bits a byte), score, place from the end, role."""
    found = []
    for label, role, params, multiple, path in runs(data):
        log = _checkpoints(path, TASKS[task])
        place = {"back": np.arange(log.height)[::-1], "part": np.arange(log.height) / log.height}
        same = {"label": label, "role": role, "run_key": path.stem, "params": params, "multiple": multiple}
        found.append(log.with_columns(**{n: pl.lit(v) for n, v in same.items()}, **{n: pl.Series(v) for n, v in place.items()}))
    return pl.concat(found)


def _checkpoints(path: Path, stem: str) -> pl.DataFrame:
    log = pl.read_csv(path, infer_schema_length=None)
    loss, score, seen = (
        f"eval/downstream_bpb/{stem}_rc_5shot_bpb",
        f"eval/downstream/{stem}_rc_5shot_len_norm",
        "throughput/total_tokens",
    )
    logged = seen in log.columns and log[seen].null_count() < log.height
    tokens = pl.col(seen).cast(float) if logged else pl.col("_step").cast(float) * pl.col("batch_size_in_tokens").cast(float)
    return log.select(data_seen=tokens, task_loss=loss, score=score).drop_nulls().sort("data_seen")


def ladder(data: Path, task: str, largest: bool) -> pl.DataFrame:
    """The ladder's checkpoints, with or without the 3 B runs."""
    rows = points(data, task).filter(role="ladder")
    return rows if largest else rows.filter(pl.col("label") != LARGEST)


@cache
def steps(data: Path, task: str, largest: bool, last: int | None, ideal: bool) -> tuple[Fit, Fit]:
    """Step one, from size and data to task loss, and step two, from task loss to score."""
    rows = ladder(data, task, largest)
    perfect = pl.DataFrame({"run_key": ["ideal"], "task_loss": [0.0], "score": [1.0]})
    seen = rows.filter(pl.col("part") >= 0.1 if last is None else pl.col("back") < last).select(perfect.columns)
    return _first(data, task, largest), fit(laws["ladder_score"], pl.concat([seen, perfect]) if ideal else seen, draws=4)


@cache
def _first(data: Path, task: str, largest: bool) -> Fit:
    return fit(laws["chinchilla"], ladder(data, task, largest).filter(back=0).with_columns(value="task_loss"), draws=4)


def forecast(data: Path, task: str, largest: bool, last: int | None, ideal: bool, held: bool = False) -> pl.DataFrame:
    """Predicted and observed task loss and score of the last checkpoint of the targets, or of the held-out 3 B runs."""
    rows = points(data, task).filter(back=0)
    chosen = (pl.col("label") == LARGEST) & (pl.col("multiple") >= HELD) if held else pl.col("role") == "target"
    target = rows.filter(chosen)
    first, second = steps(data, task, largest, last, ideal)
    loss = first.value(target)
    score = second.value(target.with_columns(task_loss=pl.Series(loss)))
    return target.select("label", "task_loss", "score").with_columns(
        predicted_loss=pl.Series(loss), predicted_score=pl.Series(score)
    )


def miss(found: pl.DataFrame) -> float:
    """Mean absolute relative error of the scores, in percent."""
    return float(100 * (found["predicted_score"] / found["score"] - 1).abs().mean())  # type: ignore[operator,arg-type]


def chosen(data: Path, task: str) -> tuple[str, float]:
    """The variant of least error on the held-out 3 B runs, and that error."""
    errors = {name: miss(forecast(data, task, False, **variant, held=True)) for name, variant in VARIANTS.items()}
    best = min(errors, key=lambda name: errors[name])
    return best, errors[best]


def blind(data: Path, task: str) -> pl.DataFrame:
    """The targets by the chosen variant, fitted to the ladder with its 3 B runs."""
    return forecast(data, task, True, **VARIANTS[chosen(data, task)[0]])


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table: every variant's score and its error, and the blind choice."""
    rows, missed = [], {"to 1.3 B, all": [], "blind, with 3 B": []}  # type: ignore[var-annotated]
    for task in TASKS:
        small = {name: forecast(data, task, False, **variant) for name, variant in VARIANTS.items()}
        name, error = chosen(data, task)
        far = blind(data, task)
        for i, r in enumerate(small["all"].iter_rows(named=True)):
            scores = {f"to 1.3 B, {n}": frame["predicted_score"][i] for n, frame in small.items()}
            scores |= {f"chosen (with 3 B, {name}; {error:.1f} % on held-out 3 B)": far["predicted_score"][i]}
            parts = [f"{n} {score:.3f} ({100 * (score / r['score'] - 1):+.1f} %)" for n, score in scores.items()]
            losses = f"task loss {r['predicted_loss']:.3f}, with 3 B {far['predicted_loss'][i]:.3f}"
            reference = f"observed {r['score']:.3f}; {r['task_loss']:.3f}"
            rows.append(
                {
                    "data": "olmo_ladder",
                    "what": f"{task}, {r['label']}",
                    "measured": f"{'; '.join(parts)}; {losses}",
                    "reference": reference,
                }
            )
        missed["to 1.3 B, all"].append(miss(small["all"]))
        missed["blind, with 3 B"].append(miss(far))
    said = "; ".join(f"{name} {np.mean(errors):.1f} %" for name, errors in missed.items())
    return [*rows, {"data": "olmo_ladder", "what": "mean error of the fourteen scores", "measured": said, "reference": ""}]
