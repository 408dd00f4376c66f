"""Generated code of laws on disk, keyed by the law's version, so that a law is differentiated once on a machine."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def folder() -> Path:
    """$LAWBOOK_CACHE, or `lawbook` in the user's cache folder."""
    chosen = os.environ.get("LAWBOOK_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "lawbook"


def load(key: str) -> str | None:
    """The source kept under `key`, or None."""
    try:
        return (folder() / f"{key}.py").read_text(encoding="utf-8")
    except OSError:
        return None


def store(key: str, source: str) -> None:
    """Keep `source` under `key`, atomically. A cache that cannot be written costs time and nothing else."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder(), suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(source)
        Path(name).replace(folder() / f"{key}.py")
    except OSError:
        return
