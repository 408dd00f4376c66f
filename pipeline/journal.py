"""What happened, one JSON line an event in logs/lawbook.jsonl of the home; and the hook that is told of a failed refit.

A line has `at` (UTC), `event`, and what belongs to it. Neither file nor hook ever holds a value of the environment.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from pipeline.clock import now
from pipeline.home import Home
from pipeline.redaction import redacted

LARGEST = 4 * 2**20
"""Bytes after which the journal starts anew; the one before is kept beside it."""
PATIENCE = 30.0
"""Seconds that the hook may take."""


def record(home: Home, event: str, **facts: Any) -> None:
    """Appends one event. A journal that cannot be written stops nothing."""
    happened = {"at": now().isoformat(timespec="milliseconds"), "event": event, **facts}
    line = redacted(json.dumps(happened, default=str, ensure_ascii=False))
    path = journal(home)
    try:
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.stat().st_size > LARGEST:
            path.replace(path.with_suffix(".old.jsonl"))
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError:
        return


def journal(home: Home) -> Path:
    """Where the events are."""
    return home.root / "logs" / "lawbook.jsonl"


def failed(home: Home, study: str, reason: str) -> None:
    """Records a study's new failure and tells the hook of config.toml: `on_failure`, a program and its arguments.

    The hook gets {"study", "reason", "home"} as JSON on its standard input, no shell and nothing of a log in its arguments. What
    goes wrong in it is recorded and stops nothing.
    """
    record(home, "study failed", study=study, reason=reason)
    if not home.config.on_failure:
        return
    said = json.dumps({"study": study, "reason": reason, "home": str(home.root)}, ensure_ascii=False)
    try:
        done = subprocess.run(home.config.on_failure, input=said, text=True, capture_output=True, timeout=PATIENCE, check=False)
        if done.returncode:
            record(home, "hook failed", hook=home.config.on_failure[0], code=done.returncode)
    except (OSError, subprocess.TimeoutExpired) as error:
        record(home, "hook failed", hook=home.config.on_failure[0], reason=type(error).__name__)
