"""All pictures of a study, for the page; the same as SVG or PNG, for the orchestrator's metadata and for slides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import vl_convert

from pipeline.discovery import in_reading_order, modules_below
from pipeline.report import questions
from pipeline.report.fit_pictures import fit_picture, forecast_picture, residual_picture
from pipeline.report.picture import Picture
from pipeline.report.profile_pictures import isoflop_picture
from pipeline.report.published import Published, opened
from pipeline.report.smaller import with_palette

Draw = Callable[[Published, str], Picture | None]
OF_FITS: dict[str, Draw] = {
    "fit": fit_picture,
    "residuals": residual_picture,
    "isoflop": isoflop_picture,
    "forecasts": forecast_picture,
}
ORDER = (
    *("filtering", "repetition", "fit", "residuals", "compute_optimal"),
    *("isoflop", "over_training", "next_runs", "forecasts"),
)
"""In which pictures stand on the page; those of other questions follow."""


def drawn() -> list[Draw]:
    """How each picture of a study is drawn: those of its fits, and that of each file of `questions/`."""
    of_plans = {name: module.PICTURE for name, module in modules_below(questions.__name__, questions.__path__).items()}
    every: dict[str, Draw] = OF_FITS | of_plans
    return [every[name] for name in in_reading_order(every, ORDER)]


WIDTH = 560
PAPER = {"background": "white", "legend": {"orient": "bottom"}, "tick": {"color": "#222222"}}
"""Colours and places of a picture outside the page."""
LARGEST = 22_000
"""Bytes of a small picture: 30 kB once it is written as text into an orchestrator's metadata."""


def pictures(published: Published, study: str) -> list[Picture]:
    """The pictures that the study has rows for."""
    return [picture for draw in drawn() if (picture := draw(published, study)) is not None]


def svg(picture: Picture, width: int = WIDTH) -> str:
    """The picture as SVG, readable on a light ground."""
    return str(vl_convert.vegalite_to_svg(_fixed(picture, width), config=PAPER))


def png(picture: Picture, width: int = WIDTH) -> bytes:
    """The picture as PNG, twice as fine as it is wide."""
    return bytes(vl_convert.vegalite_to_png(_fixed(picture, width), config=PAPER, scale=2))


def small_png(picture: Picture) -> bytes:
    """The picture as a PNG of less than 22 kB: finer where it has few marks."""
    for scale in (1.5, 1.0, 0.7):
        drawn = vl_convert.vegalite_to_png(_fixed(picture, WIDTH), config=PAPER, scale=scale)
        found = with_palette(bytes(drawn))
        if len(found) <= LARGEST:
            return found
    return found


def small_svg(picture: Picture) -> str | None:
    """The picture as SVG of less than 22 kB; None for one with more marks than fit."""
    found = svg(picture)
    return found if len(found.encode()) <= LARGEST else None


def study_pictures(published_db: Path, study: str) -> dict[str, Picture]:
    """The pictures of a study by their key, from a published file."""
    with opened(published_db) as published:
        return {picture.key: picture for picture in pictures(published, study)}


def _fixed(picture: Picture, width: int) -> dict[str, object]:
    return {**picture.spec(), "width": width}
