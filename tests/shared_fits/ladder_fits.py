"""OLMo's ladder: size and data to task loss (chinchilla on finished runs), task loss to score (ladder_score), on two targets.

Step two takes the ladder's last 8 checkpoints a run, or all after the first tenth, without or with the ideal point (score 1 at a
task loss of 0). The variants were tried in this order with the targets in sight, so the last one's errors are no blind forecast.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.fitting import fit
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


def points(data: Path, task: str, last: int | None = None) -> pl.DataFrame:
    """Checkpoints of all mapped runs: params, data_seen, task_loss (bits a byte), score, whether final, whether a target."""
    folder, found = data / "olmo_ladder", []
    for label, run in json.loads((folder / "run_map.json").read_text()).items():
        for path in run["paths"]:
            log = _checkpoints(folder / Path(path).name, TASKS[task])
            ladder = log.slice(log.height // 10) if last is None else log.tail(last)
            keep = ladder if run["mode"] == "train" else log.tail(1)
            final = pl.Series("final", [i == keep.height - 1 for i in range(keep.height)])
            found.append(
                keep.with_columns(
                    final,
                    target=pl.lit(run["mode"] == "eval"),
                    params=pl.lit(float(run["n"])),
                    run_key=pl.lit(Path(path).stem),
                    label=pl.lit(label),
                )
            )
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


def forecast(data: Path, task: str, last: int | None = None, ideal: bool = True) -> pl.DataFrame:
    """Predicted and observed task loss and score of the targets."""
    rows = points(data, task, last)
    ladder, target = rows.filter(~pl.col("target")), rows.filter(pl.col("target"))
    first = fit(laws["chinchilla"], ladder.filter("final").with_columns(value="task_loss"), draws=4)
    perfect = pl.DataFrame({"run_key": ["ideal"], "task_loss": [0.0], "score": [1.0]})
    seen = ladder.select(perfect.columns)
    second = fit(laws["ladder_score"], pl.concat([seen, perfect]) if ideal else seen, draws=4)
    loss = first.value(target)
    score = second.value(target.with_columns(task_loss=pl.Series(loss)))
    return target.select("label", "task_loss", "score").with_columns(
        predicted_loss=pl.Series(loss), predicted_score=pl.Series(score)
    )


VARIANTS: dict[str, dict[str, Any]] = {
    "last 8 checkpoints": {"last": 8, "ideal": False},
    "all": {"ideal": False},
    "all and ideal": {"ideal": True},
}


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table: every variant's score and its error."""
    rows = []
    for task in TASKS:
        found = {name: forecast(data, task, **variant) for name, variant in VARIANTS.items()}
        for i, r in enumerate(found["all"].iter_rows(named=True)):
            scores = {name: frame["predicted_score"][i] for name, frame in found.items()}
            parts = [f"{name} {score:.3f} ({100 * (score / r['score'] - 1):+.1f} %)" for name, score in scores.items()]
            measured = f"{'; '.join(parts)}; task loss {r['predicted_loss']:.3f}"
            reference = f"observed {r['score']:.3f}; {r['task_loss']:.3f}"
            rows.append({"data": "olmo_ladder", "what": f"{task}, {r['label']}", "measured": measured, "reference": reference})
    return rows
