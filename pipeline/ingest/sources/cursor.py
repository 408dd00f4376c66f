"""What a look at a server or an object store remembers until the next one: a hidden file beside what it has laid down."""

import json
from pathlib import Path
from typing import Any

CURSOR = ".cursor.json"  # hidden: no log


def read_cursor(folder: Path) -> dict[str, Any]:
    """What is remembered; nothing where there is none, or where it is damaged: then all is fetched and compared again."""
    path = folder / CURSOR
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
    except (ValueError, TypeError):
        return {}


def write_cursor(folder: Path, cursor: dict[str, Any]) -> None:
    """Remembers it in one step."""
    partial = folder / f"{CURSOR}.part"
    partial.write_text(json.dumps(cursor), encoding="utf-8")
    partial.replace(folder / CURSOR)
