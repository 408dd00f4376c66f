"""Text logs: OpenCLIP's training lines and evaluation JSON Lines, llm.c and nanoGPT lines. Other lines are noise."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import ReaderError
from pipeline.readers.names import frame, metric_column
from pipeline.readers.reader import Reader, Tables

NUMBER = r"(-?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf))"
OPENCLIP = re.compile(
    rf"Train Epoch: (\d+) \[\s*(\d+)/(\d+) .*?([\d.]+)/s, .*?LR: {NUMBER} Logit Scale: {NUMBER} Contrastive_loss: {NUMBER}"
)
LLMC = re.compile(rf"^s:(\d+) (trl|tel|hel|eval):{NUMBER}")
NANOGPT_STEP = re.compile(rf"^step (\d+): train loss {NUMBER}, val loss {NUMBER}")
NANOGPT_ITER = re.compile(rf"^iter (\d+): loss {NUMBER}")
LONGEST = 10_000
TEXT = (".log", ".txt", ".out", ".err", "")


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text log with their numbers, from 1; a longer line comes in pieces, so that no line fills the memory."""
    with path.open(encoding="utf-8", errors="replace") as file:
        number = 0
        while line := file.readline(LONGEST):
            number += 1
            yield number, line


def _text(path: Path) -> bool:
    return path.suffix.lower() in TEXT


def _has(pattern: re.Pattern[str]) -> Callable[[Path, bytes], bool]:
    def recognise(path: Path, head: bytes) -> bool:
        return _text(path) and any(pattern.search(line[:LONGEST]) for line in head.decode("utf-8", errors="replace").splitlines())

    return recognise


def _read_openclip(path: Path, run: str) -> Tables:
    """Samples seen = finished epochs * samples an epoch + samples in this one; the last line of an epoch says 100 %."""
    records, unique, rate, status = [], 0, None, "running"
    for number, line in text_lines(path):
        if found := OPENCLIP.search(line):
            epoch, within, unique = int(found[1]), int(found[2]), int(found[3])
            rate, seen = float(found[4]), epoch * unique + within
            values = {"metric:contrastive_loss@train/": float(found[7]), "metric:logit_scale@train/": float(found[6])}
            records.append({"row_number": number, "run_id": run, "data_seen": seen, "lr": float(found[5]), **values})
        elif "Run summary:" in line:  # W&B prints it when the process has ended by itself
            status = "finished"
    info = {"run_id": run, "data_unit": "sample", "data_unique": unique or None, "data_per_second": rate, "architecture": "CLIP"}
    last = {"data_seen": records[-1]["data_seen"]} if records else {}
    return Tables(runs=frame([info | last | {"status": status}]), measurements=frame(records))


def _is_openclip_results(path: Path, head: bytes) -> bool:
    return path.suffix.lower() == ".jsonl" and b"-top1" in head.split(b"\n", 1)[0] and b'"epoch"' in head.split(b"\n", 1)[0]


def _read_openclip_results(path: Path, run: str) -> Tables:
    """results.jsonl: one line an epoch; NAME-zeroshot-val-top1 is the accuracy on NAME."""
    records: list[dict[str, Any]] = []
    for number, line in text_lines(path):
        try:
            row = dict(json.loads(line))
        except (ValueError, TypeError) as error:
            raise ReaderError(f"{path}: line {number} is no JSON object: {error}") from error
        values = {f"metric:accuracy@test/{key.split('-')[0]}": value for key, value in row.items() if key.endswith("-top1")}
        records.append({"row_number": number, "run_id": run, "step": row.get("epoch"), **values})
    return Tables(measurements=frame(records))


def _read_llmc(path: Path, run: str) -> Tables:
    """`s:STEP trl:LOSS` is training, `tel:` validation loss."""
    names = {
        "trl": "metric:loss@train/",
        "tel": "metric:loss@validation/",
        "eval": "metric:accuracy@test/hellaswag",
        "hel": "metric:accuracy@test/hellaswag",
    }
    found = ((number, LLMC.match(line)) for number, line in text_lines(path))
    return Tables(
        measurements=frame([{"row_number": n, "run_id": run, "step": int(f[1]), names[f[2]]: float(f[3])} for n, f in found if f])
    )


def _read_nanogpt(path: Path, run: str) -> Tables:
    """`step N: train loss X, val loss Y` at each evaluation, `iter N: loss X` between."""
    records = []
    for number, line in text_lines(path):
        place = {"row_number": number, "run_id": run}
        if found := NANOGPT_STEP.match(line):
            values = {metric_column("train/loss_mean"): float(found[2]), metric_column("val/loss"): float(found[3])}
            records.append({**place, "step": int(found[1]), **values})
        elif found := NANOGPT_ITER.match(line):
            records.append({**place, "step": int(found[1]), metric_column("train/loss"): float(found[2])})
    return Tables(measurements=frame(records))


TEXT_LOGS = (
    Reader(
        "openclip log",
        _has(OPENCLIP),
        _read_openclip,
        says="lines 'Train Epoch: ...': contrastive loss, rate, samples seen",
        same_in_all="out.log",
    ),
    Reader(
        "openclip results",
        _is_openclip_results,
        _read_openclip_results,
        says="one line an epoch: accuracy a data set",
        same_in_all="*",
        inside="checkpoints",
    ),
    Reader(
        "llm.c log",
        _has(LLMC),
        _read_llmc,
        says="lines 's:STEP trl:LOSS' (train) and 'tel:' (validation)",
        same_in_all="main.log",
    ),
    Reader(
        "nanogpt log",
        _has(re.compile(f"{NANOGPT_STEP.pattern}|{NANOGPT_ITER.pattern}")),
        _read_nanogpt,
        says="lines 'step N: train loss ...'",
    ),
)
