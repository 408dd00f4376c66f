"""The exports and files of Weights & Biases."""

import io
import json
import math

import polars as pl

from tests.readers.forms.form import PARAMS, RATE, TOKENS, Curve, Files, Form, text
from tests.readers.test_wandb_file import ended as exit_record
from tests.readers.test_wandb_file import framed, history, run

VALIDATION = ("loss", "validation", "")
SETTINGS = {"params": PARAMS, "peak_lr": RATE}


def _number(value: float) -> str:
    return "NaN" if math.isnan(value) else str(value)


def table(curve: Curve, ended: bool) -> Files:
    state = "finished" if ended else "running"
    header = "Name,ID,State,Created,Runtime,n_params,lr,learning_rate,tokens_seen,val/loss\n"
    cells = f"base,r,{state},2024-05-01T10:00:00Z,7,{PARAMS},0.0,{RATE},{curve[-1][0] * TOKENS},{_number(curve[-1][1])}\n"
    return text("export.csv", header + cells)


def project(curve: Curve, ended: bool) -> Files:
    config = {"n_params": PARAMS, "learning_rate": RATE, "_wandb": {}}
    summary = {"val/loss": curve[-1][1], "tokens_seen": curve[-1][0] * TOKENS, "_step": curve[-1][0]}
    state = "finished" if ended else "running"
    return text("project.csv", f',summary,config,name,state,id\n0,"{summary}","{config}",base,{state},r\n')


def chart(curve: Curve, _ended: bool) -> Files:
    rows = "".join(f'"{step}",' + ",".join([f'"{_number(value)}"'] * 3) + "\n" for step, value in curve)
    return text("chart.csv", f'"Step","r - val/loss","r - val/loss__MIN","r - val/loss__MAX"\n{rows}')


def history_rows(curve: Curve) -> list[dict[str, float | None]]:
    """W&B's own step counts calls of its log: it goes on where the trainer's goes back."""
    return [
        {"_step": n, "_timestamp": n / 2, "trainer/global_step": step, "val/loss": value, "tokens_seen": step * TOKENS}
        for n, (step, value) in enumerate(curve)
    ]


def history_lines(curve: Curve, _ended: bool) -> Files:
    return text("r.jsonl", "".join(json.dumps(row) + "\n" for row in history_rows(curve)))


def history_parquet(curve: Curve, _ended: bool) -> Files:
    out = io.BytesIO()
    pl.DataFrame(history_rows(curve)).write_parquet(out)
    return {"r.parquet": out.getvalue()}


def history_csv(curve: Curve, _ended: bool) -> Files:
    rows = ({name: _number(value or 0) for name, value in row.items()} for row in history_rows(curve))
    return text("r.csv", ",".join(history_rows(curve)[0]) + "\n" + "".join(",".join(row.values()) + "\n" for row in rows))


def folder(curve: Curve, _ended: bool) -> Files:
    summary = {"val/loss": curve[-1][1], "tokens_seen": curve[-1][0] * TOKENS, "_step": curve[-1][0]}
    config = f"n_params:\n  value: {PARAMS}\nlr:\n  value: {RATE}\n"
    place = "run-20240501_100000-r/files"
    return {f"{place}/wandb-summary.json": json.dumps(summary).encode(), f"{place}/config.yaml": config.encode()}


def run_file(curve: Curve, ended: bool) -> Files:
    records = [history(step, val__loss=value, tokens_seen=step * TOKENS) for step, value in curve]
    whole = framed([run(n_params=PARAMS, lr=RATE), *records, *([exit_record()] if ended else [])])
    return {"offline-run-20240501_100000-abc/run-abc.wandb": whole}


SEEN = 200 * TOKENS
FORMS = (
    Form(
        "W&B runs table",
        "wandb runs table",
        table,
        (1, 1, SEEN),
        ("finished", "running"),
        SETTINGS,
        VALIDATION,
        holds="end",
        restart="again",
    ),
    Form(
        "W&B project table",
        "wandb project table",
        project,
        (1, 1, SEEN),
        ("finished", "running"),
        SETTINGS,
        VALIDATION,
        holds="end",
        restart="again",
    ),
    Form(
        "W&B run folder",
        "wandb run folder",
        folder,
        (1, 1, SEEN),
        ("finished", None),
        SETTINGS,
        VALIDATION,
        holds="end",
        restart="again",
    ),
    Form("W&B chart", "wandb chart", chart, (2, 2, None), (None, "running"), {}, VALIDATION, restart="again"),
    Form("W&B history (JSON Lines)", "wandb history", history_lines, (2, 2, SEEN), (None, "running"), {}, VALIDATION),
    Form("W&B history (Parquet)", "wandb history", history_parquet, (2, 2, SEEN), (None, "running"), {}, VALIDATION),
    Form("W&B history (CSV)", "wandb history", history_csv, (2, 2, SEEN), (None, "running"), {}, VALIDATION),
    Form("W&B run file", "wandb run file", run_file, (3, 2, SEEN), ("finished", "running"), SETTINGS, VALIDATION),
)
