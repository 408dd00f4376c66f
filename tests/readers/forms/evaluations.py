"""Results of evaluations, models of open_lm, and the native tables: what holds values of a whole run or a task."""

import io
import json
import math

import polars as pl

from tests.readers.forms.form import PARAMS, RATE, TOKENS, Curve, Files, Form, text
from tests.readers.test_open_lm import EVALUATION, MODEL, UUID

SEEN = 200 * TOKENS
SETTINGS = {"params": PARAMS, "peak_lr": RATE}
SCORES: Curve = ((100, 0.25), (200, 0.5))
ARC = ("accuracy", "test", "arc_easy")


def object_of(name: str, content: object) -> Files:
    return {name: (json.dumps(content, indent=1) + "\n").encode()}


def open_lm_model(_curve: Curve, ended: bool) -> Files:
    sizes = {"tokens": SEEN, "params": PARAMS, "lr": RATE}
    return object_of("model.json", {**MODEL, "hyperparameters": {**MODEL["hyperparameters"], **sizes}, "failed": not ended})


def open_lm_evaluation(curve: Curve, _ended: bool) -> Files:
    scores = {"perplexity": 3.5, "icl": {"arc_easy": curve[-1][1], "copa": 0.75}}
    return object_of("evaluation.json", {**EVALUATION, "eval_metrics": scores, "model_uuid": UUID})


def harness(curve: Curve, _ended: bool) -> Files:
    step, value = curve[-1]
    results = {"arc_easy": {"acc,none": value, "acc_stderr,none": 0.01}, "copa": {"acc,none": 0.75, "acc_stderr,none": 0.02}}
    config = {"model": "hf", "model_args": f"pretrained=out/r/checkpoint-{step},dtype=float32"}
    counts = {"arc_easy": {"original": 2376, "effective": 2376}}
    return object_of("results_2024-08-01T10-00-00.json", {"results": results, "n-samples": counts, "config": config})


def olmes(curve: Curve, _ended: bool) -> Files:
    step, value = curve[-1]
    scores = (("arc_easy", value, 2376), ("copa", 0.75, 100))
    model = {"model": f"out/r/step{step}-hf"}
    rows = [
        {"task_name": task, "metrics": {"acc_raw": accuracy}, "num_instances": items, "model_config": model}
        for task, accuracy, items in scores
    ]
    return text("metrics-all.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


def attempts(curve: Curve, _ended: bool) -> Files:
    return text("scores.csv", f"model,n_params,pass@1,pass@10\nr,{PARAMS},,{curve[-1][1]}\n")


def native_runs(curve: Curve, ended: bool) -> Files:
    (step, value), state = curve[-1], "finished" if ended else "running"
    cells = f"r,{state},{PARAMS},{RATE},{step * TOKENS},{value}\n"
    return text("a.runs.csv", "run_id,status,params,peak_lr,data_seen,metric:loss@train\n" + cells)


def native_rows(curve: Curve) -> list[dict[str, object]]:
    return [
        {"run_id": "r", "metric": "loss", "split": "train", "value": value, "step": step, "data_seen": step * TOKENS}
        for step, value in curve
    ]


def native_csv(curve: Curve, _ended: bool) -> Files:
    rows = native_rows(curve)
    return text("a.measurements.csv", "\n".join(",".join(map(str, row)) for row in (rows[0], *(r.values() for r in rows))) + "\n")


def native_lines(curve: Curve, _ended: bool) -> Files:
    spelled = ({**row, "value": "NaN"} if math.isnan(float(str(row["value"]))) else row for row in native_rows(curve))
    return text("a.measurements.jsonl", "".join(json.dumps(row) + "\n" for row in spelled))


def native_parquet(curve: Curve, _ended: bool) -> Files:
    out = io.BytesIO()
    pl.DataFrame(native_rows(curve)).write_parquet(out)
    return {"a.measurements.parquet": out.getvalue()}


FORMS = (
    Form(
        "table of pass@k",
        "table of pass@k",
        attempts,
        (1, 1, None),
        ("finished", None),
        {"params": PARAMS},
        ("pass_at_k", "test", ""),
        SCORES,
        "end",
        "again",
    ),
    Form("open_lm model", "open_lm model", open_lm_model, (1, 0, SEEN), ("finished", "failed"), SETTINGS, curve=()),
    Form(
        "open_lm evaluation",
        "open_lm evaluation",
        open_lm_evaluation,
        (4, 1, None),
        (None, "running"),
        {},
        ARC,
        SCORES,
        "end",
        "again",
    ),
    Form(
        "lm-evaluation-harness",
        "lm-evaluation-harness results",
        harness,
        (2, 1, None),
        (None, "running"),
        {},
        ARC,
        SCORES,
        "last",
        "again",
    ),
    Form(
        "OLMES",
        "olmes metrics",
        olmes,
        (2, 1, None),
        (None, "running"),
        {},
        ("acc_raw", "test", "arc_easy"),
        SCORES,
        "last",
        "again",
    ),
    Form(
        "native runs",
        "native runs",
        native_runs,
        (1, 1, SEEN),
        ("finished", "running"),
        SETTINGS,
        holds="end",
        restart="again",
        whole_run=True,
    ),
    Form("native measurements (CSV)", "native measurements", native_csv, (2, 2, SEEN), (None, "running"), restart="again"),
    Form(
        "native measurements (JSON Lines)", "native measurements", native_lines, (2, 2, SEEN), (None, "running"), restart="again"
    ),
    Form(
        "native measurements (Parquet)", "native measurements", native_parquet, (2, 2, SEEN), (None, "running"), restart="again"
    ),
)
