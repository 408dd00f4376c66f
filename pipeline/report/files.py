"""The pictures of the report as PNG and SVG files, a folder a study: for slides, mails and wikis."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.compute import IN_PROCESS, MapLike
from pipeline.report.pictures import pictures, png, svg
from pipeline.report.published import Published, opened

STAMP = "drawn-from.txt"
"""What a folder's pictures were drawn from: an unchanged study is not drawn again."""


def write_files(published: Published, folder: Path, keys: Mapping[str, str], over: MapLike = IN_PROCESS) -> list[Path]:
    """Draws each picture of the studies in `keys` (study: what it is drawn from) as `folder`/STUDY/KEY.png and .svg.

    Returns the paths of the PNG files, drawn now or before.
    """
    due = [study for study, key in keys.items() if _stamp(folder / file_name(study)) != key]
    places = [folder / file_name(study) for study in due]
    for study, place, drawn in zip(due, places, over(_draw, [published.path] * len(due), due), strict=True):
        _store(place, drawn)
        (place / STAMP).write_text(keys[study], encoding="utf-8")
    return [path for study in keys for path in sorted((folder / file_name(study)).glob("*.png"))]


def file_name(study: str) -> str:
    """A study's name as a folder's: letters, digits, dots and dashes, with a hash where that loses something."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", study).strip(".")
    return plain if plain == study else f"{plain}-{hashlib.blake2b(study.encode(), digest_size=4).hexdigest()}"


def _stamp(place: Path) -> str | None:
    try:
        return (place / STAMP).read_text(encoding="utf-8")
    except OSError:
        return None


def _draw(path: Path, study: str) -> dict[str, bytes]:
    """The files of one study by name; any worker that sees the published file can draw them."""
    with opened(path) as published:
        made = pictures(published, study)
    return {f"{p.key}{ending}": drawn for p in made for ending, drawn in ((".png", png(p)), (".svg", svg(p).encode()))}


def _store(place: Path, drawn: Mapping[str, bytes]) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for old in place.iterdir():
        old.unlink(missing_ok=True)
    for name, content in drawn.items():
        unfinished = place / f"{name}.tmp"
        unfinished.write_bytes(content)
        unfinished.replace(place / name)
