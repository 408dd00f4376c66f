"""Generated code of laws on disk, keyed by the law's version, so that a law is differentiated once on a machine."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pipeline.places import kept_on_machine


def load(key: str) -> str | None:
    """The source kept under `key`, or None."""
    try:
        return (kept_on_machine() / f"{key}.py").read_text(encoding="utf-8")
    except OSError:
        return None


def store(key: str, source: str) -> None:
    """Keep `source` under `key`, atomically. A cache that cannot be written costs time and nothing else."""
    try:
        kept_on_machine().mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=kept_on_machine(), suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(source)
        Path(name).replace(kept_on_machine() / f"{key}.py")
    except OSError:
        return
