"""Which committed map ingests which of the public sources: files that a map of `data/maps/` matches.

Files of a source that no map matches are read by a reader (trackers' logs), or are no runs: `tests/readers/test_public_maps.py`
ingests every source with these maps, counts what comes out and says of each other file what it is.
"""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path

MAPS = Path(__file__).resolve().parents[2] / "data" / "maps"


def matches() -> dict[str, list[str]]:
    """Name of a committed map to its patterns."""
    found = {}
    for path in sorted(MAPS.glob("*.toml")):
        match = tomllib.loads(path.read_text(encoding="utf-8")).get("match", [])
        found[path.name] = [match] if isinstance(match, str) else list(match)
    return found


def maps_of(source: Path) -> dict[str, int]:
    """Name of a committed map to how many files of the source's folder it matches, where it matches any."""
    files = [path.relative_to(source.parent).as_posix() for path in sorted(source.rglob("*")) if path.is_file()]
    counts = {
        name: sum(any(fnmatch.fnmatch("/" + file, pattern) for pattern in patterns) for file in files)
        for name, patterns in matches().items()
    }
    return {name: count for name, count in counts.items() if count}


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    rows = []
    for source in sorted(path for path in data.iterdir() if path.is_dir()):
        found = "; ".join(f"`{name}` {count}" for name, count in maps_of(source).items())
        rows.append({"data": source.name, "what": "map, files that it matches", "measured": found or "no map", "reference": ""})
    return rows
