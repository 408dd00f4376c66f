"""What Levanter's JSON logger writes: lines whose end is an object with `tracker`, `event` and what the event logs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.readers.formats.textlogs import has_line, text_lines
from pipeline.readers.histories import flattened, history_records
from pipeline.readers.names import frame, run_columns
from pipeline.readers.reader import Reader, Tables
from pipeline.readers.restarts import standing

EVENT = re.compile(r'\{"tracker": "json_logger", "event": "(?:log|hparams|summary|finish)".*\}\s*$')
DAMAGED = "the event is no JSON; copy the log again"


def _events(path: Path, refused: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in text_lines(path):
        if found := EVENT.search(line):
            try:
                yield number, dict(json.loads(found[0]))
            except ValueError:
                refused.append({"row_number": number, "reason": "unreadable", "detail": DAMAGED, "raw": found[0]})


def _read(path: Path, run: str) -> Tables:
    """A row a logging event; its summary, which has no step, only says that the run has come to its end."""
    refused: list[dict[str, Any]] = []
    config: dict[str, Any] = {}
    rows, status = [], "running"
    for number, event in _events(path, refused):
        if event["event"] == "hparams":
            config |= flattened(event.get("hparams") or {})
        elif event["event"] == "log" and isinstance(event.get("metrics"), dict):
            rows.append((number, {"_step": event.get("step"), **event["metrics"]}))
        status = "finished" if event["event"] == "finish" else "running" if event["event"] == "log" else status
    found, replaced = standing({"run_id": run, **record} for record in history_records(rows))
    return Tables(
        runs=frame([{"run_id": run, "status": status, **run_columns(config)}]),
        measurements=frame(found),
        replaced=frame(replaced),
        quarantined=frame(refused),
    )


ASKED = 170
READERS = (
    Reader("levanter json log", has_line(EVENT), _read, says='lines {"tracker": "json_logger", "event": "log", "step": N, ...}'),
)
