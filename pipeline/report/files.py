"""The pictures of the report as PNG and SVG files, a folder a study: for slides, mails and wikis."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.report.pictures import pictures, png, svg
from pipeline.report.published import Published

STAMP = "drawn-from.txt"
"""What a folder's pictures were drawn from: an unchanged study is not drawn again."""


def write_files(published: Published, folder: Path, keys: Mapping[str, str]) -> list[Path]:
    """Draws each picture of the studies in `keys` (study: what it is drawn from) as `folder`/STUDY/KEY.png and .svg.

    Returns the paths of the PNG files, drawn now or before.
    """
    for study, key in keys.items():
        place = folder / file_name(study)
        if _stamp(place) != key:
            _draw(published, study, place)
            (place / STAMP).write_text(key, encoding="utf-8")
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


def _draw(published: Published, study: str, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for old in place.iterdir():
        old.unlink(missing_ok=True)
    for picture in pictures(published, study):
        for ending, drawn in ((".png", png(picture)), (".svg", svg(picture).encode())):
            unfinished = place / f"{picture.key}.tmp"
            unfinished.write_bytes(drawn)
            unfinished.replace(place / f"{picture.key}{ending}")
