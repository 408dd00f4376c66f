"""Text logs: OpenCLIP's training lines and evaluation JSON Lines, llm.c and nanoGPT lines. Other lines are noise.

What stands before a known line (a time stamp, a rank, a level, colours of a terminal) is noise too.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.readers.ends import is_open
from pipeline.readers.json_lines import json_lines
from pipeline.readers.names import frame, metric_column
from pipeline.readers.reader import Reader, Tables
from pipeline.readers.restarts import standing
from pipeline.readers.shape import is_binary

NUMBER = r"([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|(?i:nan|inf)))"
START = r"(?:^|[\s\]):|>])"
OPENCLIP = re.compile(r"Train Epoch: (?P<epoch>\d+) \[\s*(?P<within>\d+)/(?P<budget>\d+)[^]]*\](?P<rest>.*)")
OPENCLIP_LOSS = re.compile(rf"(?:^|\s)(\w*[Ll]oss): {NUMBER}")
OPENCLIP_PARTS = {
    "rate": re.compile(r"([\d.]+)/s\b"),
    "lr": re.compile(rf"LR: {NUMBER}"),
    "logit_scale": re.compile(rf"[Ll]ogit[ _][Ss]cale:? {NUMBER}"),
}
OPENCLIP_SETTING = re.compile(r"(?:^|\s)(epochs|dataset_resampled): (\w+)\s*$")
LLMC = re.compile(rf"{START}s:(\d+) ((?:(?:trl|tel|hel|eval|lr|norm):{NUMBER}\s*)+)")
LLMC_VALUE = re.compile(rf"(trl|tel|hel|eval|lr|norm):{NUMBER}")
NANOGPT_STEP = re.compile(rf"{START}step\s+(\d+): train loss {NUMBER}, val loss {NUMBER}")
NANOGPT_ITER = re.compile(rf"{START}iter\s+(\d+): loss {NUMBER}")
NANOGPT_SAID = {
    "end": re.compile(r"\bmax_iters\s*=\s*(\d+)"),
    "batch": re.compile(r"tokens per iteration will be:\s*([\d,]+)"),
    "params": re.compile(r"number of parameters:\s*([\d.]+)M\b"),
}
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LONGEST = 10_000
TABLES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".gz", ".yaml", ".yml", ".toml", ".py", ".md", ".html")


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text log with their numbers, from 1; a longer line comes in pieces, so that no line fills the memory.

    A last line that may be half written waits until it has its end. Colours of a terminal are left out, and NUL bytes: a log that
    was rotated while it was written has a hole.
    """
    waits = is_open(path)
    with path.open(encoding="utf-8", errors="replace") as file:
        number = 0
        while line := file.readline(LONGEST):
            number += 1
            if waits and len(line) < LONGEST and not line.endswith("\n"):
                return
            yield number, COLOURS.sub("", line.replace("\0", ""))


def _text(path: Path) -> bool:
    return path.suffix.lower() not in TABLES


def plain_lines(path: Path, head: bytes) -> list[str]:
    """The lines of the head of a text log, colours left out; none of a table or of binary data."""
    lines = head.replace(b"\0", b"").decode("utf-8", errors="replace").splitlines() if _text(path) and not is_binary(head) else []
    return [COLOURS.sub("", line[:LONGEST]) for line in lines]


def has_line(pattern: re.Pattern[str]) -> Callable[[Path, bytes], bool]:
    """Whether a line of a text log, colours left out, holds the expression."""
    return lambda path, head: any(pattern.search(line) for line in plain_lines(path, head))


def _read_openclip(path: Path, run: str) -> Tables:
    """Samples seen = finished epochs * the budget of an epoch + samples in this one; the last line of an epoch says 100 %.

    The budget is the number of different samples only where the log says that the data are not drawn anew.
    """
    records: list[dict[str, Any]] = []
    said: dict[str, str] = {}
    info: dict[str, Any] = {"run_id": run, "data_unit": "sample", "architecture": "CLIP", "status": "running"}
    for number, line in text_lines(path):
        if found := OPENCLIP.search(line):
            epoch, within, budget = (int(found[name]) for name in ("epoch", "within", "budget"))
            parts = {name: part[1] for name, pattern in OPENCLIP_PARTS.items() if (part := pattern.search(found["rest"]))}
            seen = epoch * budget + within
            values = {"lr": parts.get("lr"), "metric:logit_scale@train/": parts.get("logit_scale"), **_losses(found["rest"])}
            records.append({"row_number": number, "run_id": run, "data_seen": seen, **values})
            info |= {"data_seen": seen, "data_per_second": parts.get("rate", info.get("data_per_second"))}
            if said.get("dataset_resampled") == "False":
                info["data_unique"] = budget
            if said.get("epochs") == str(epoch + 1) and within == budget:
                info["status"] = "finished"
        elif setting := OPENCLIP_SETTING.search(line):
            said[setting[1]] = setting[2]
        elif "Run summary:" in line:  # W&B prints it when the process has ended by itself
            info["status"] = "finished"
    found_records, replaced = standing(records, place="data_seen")
    return Tables(runs=frame([info]), measurements=frame(found_records), replaced=frame(replaced))


def _losses(text: str) -> dict[str, str]:
    """The losses of a line: old lines call the contrastive loss `Loss`, newer ones the sum of all, which adds nothing."""
    named = {name.lower(): value for name, value in OPENCLIP_LOSS.findall(text)}
    total = named.pop("loss", None)
    if total is not None and not named:
        named["contrastive_loss"] = total
    return {f"metric:{name}@train/": value for name, value in named.items()}


def _is_openclip_results(path: Path, head: bytes) -> bool:
    return path.suffix.lower() == ".jsonl" and b"-top1" in head.split(b"\n", 1)[0] and b'"epoch"' in head.split(b"\n", 1)[0]


def _read_openclip_results(path: Path, run: str) -> Tables:
    """results.jsonl: one line an epoch; NAME-zeroshot-val-top1 is the accuracy on NAME."""
    records: list[dict[str, Any]] = []
    for number, row in enumerate(json_lines(path), 1):
        values = {f"metric:accuracy@test/{key.split('-')[0]}": value for key, value in row.items() if key.endswith("-top1")}
        records.append({"row_number": number, "run_id": run, "step": row.get("epoch"), **values})
    stands, replaced = standing(records)
    return Tables(measurements=frame(stands), replaced=frame(replaced))


LLMC_NAMES = {
    "trl": "metric:loss@train/",
    "tel": "metric:loss@validation/",
    "eval": "metric:accuracy@test/hellaswag",
    "hel": "metric:accuracy@test/hellaswag",
    "norm": "metric:grad_norm@train/",
    "lr": "lr",
}


def _read_llmc(path: Path, run: str) -> Tables:
    """`s:STEP trl:LOSS lr:RATE norm:NORM` is training, `tel:` validation loss."""
    lines = ((number, found) for number, line in text_lines(path) if (found := LLMC.search(line)))
    records = ({"row_number": number, "run_id": run, "step": int(found[1]), **_llmc_values(found[2])} for number, found in lines)
    stands, replaced = standing(records)
    return Tables(measurements=frame(stands), replaced=frame(replaced))


def _llmc_values(text: str) -> dict[str, float]:
    return {LLMC_NAMES[name]: float(value) for name, value in LLMC_VALUE.findall(text)}


def _read_nanogpt(path: Path, run: str) -> Tables:
    """`step N: train loss X, val loss Y` at each evaluation, `iter N: loss X` between.

    `max_iters = N` says how long it is, "tokens per iteration will be: N" what a step sees (step N comes before the N-th batch).
    """
    records: list[dict[str, Any]] = []
    said: dict[str, float] = {}
    for number, line in text_lines(path):
        place = {"row_number": number, "run_id": run}
        if found := NANOGPT_STEP.search(line):
            values = {metric_column("train/loss_mean"): float(found[2]), metric_column("val/loss"): float(found[3])}
        elif found := NANOGPT_ITER.search(line):
            values = {metric_column("train/loss"): float(found[2])}
        else:
            told: dict[str, str] = {name: match[1] for name, pattern in NANOGPT_SAID.items() if (match := pattern.search(line))}
            said |= {name: float(text.replace(",", "")) for name, text in told.items()}
            continue
        seen = {"data_seen": int(found[1]) * said["batch"], "data_unit": "token"} if said.get("batch") and int(found[1]) else {}
        records.append({**place, "step": int(found[1]), **seen, **values})
    stands, replaced = standing(records)
    return Tables(runs=frame(_nanogpt_run(run, records, said)), measurements=frame(stands), replaced=frame(replaced))


def _nanogpt_run(run: str, records: list[dict[str, Any]], said: dict[str, float]) -> list[dict[str, Any]]:
    """The run's row, where the log says something of it; its parameters are printed without those of positions."""
    last = records[-1] if records else {}
    done = said.get("end") is not None and last.get("step", -1) >= said["end"]
    told: dict[str, Any] = {"params": said["params"] * 1e6} if "params" in said else {}
    if last.get("data_seen"):
        told |= {"data_seen": last["data_seen"], "data_unit": "token"}
    return [{"run_id": run, "status": "finished" if done else "running", **told}] if done or told else []


ASKED = 140
READERS = (
    Reader(
        "openclip log",
        has_line(OPENCLIP),
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
        has_line(LLMC),
        _read_llmc,
        says="lines 's:STEP trl:LOSS' (train) and 'tel:' (validation)",
        same_in_all="main.log",
    ),
    Reader(
        "nanogpt log",
        has_line(re.compile(f"{NANOGPT_STEP.pattern}|{NANOGPT_ITER.pattern}")),
        _read_nanogpt,
        says="lines 'step N: train loss ...'",
    ),
)
