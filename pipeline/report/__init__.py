"""The published plans as pictures: report.html, and single pictures as SVG or PNG. Reads published.duckdb and nothing else."""

import datetime as dt
from pathlib import Path

from pipeline.compute import IN_PROCESS, MapLike, counted
from pipeline.home import Home
from pipeline.progress import Progress, silent
from pipeline.report.cache import Sections
from pipeline.report.files import write_files
from pipeline.report.page import page
from pipeline.report.picture import Picture
from pipeline.report.pictures import png, small_png, small_svg, study_pictures, svg
from pipeline.report.published import opened
from pipeline.store.drawing_version import stamp

__all__ = ["Picture", "png", "small_png", "small_svg", "study_pictures", "svg", "write", "write_pictures"]


def write(home: Home, over: MapLike = IN_PROCESS, say: Progress = silent) -> Path:
    """Writes report.html anew from published.duckdb, in one step: a reader sees the old page or the new one."""
    with opened(home.published_db) as published:
        made = page(
            published, dt.datetime.now(dt.UTC), Sections(home.root / "report", published), counted(over, say, "drawing studies")
        )
    unfinished = home.report.with_suffix(".html.tmp")
    unfinished.write_bytes(made + b"\n" + stamp())
    unfinished.replace(home.report)
    return home.report


def write_pictures(home: Home, study: str | None = None, over: MapLike = IN_PROCESS) -> list[Path]:
    """The pictures of one study, or of all, as PNG and SVG files in the home; those of a study that is unchanged stay."""
    with opened(home.published_db) as published:
        keys = Sections(home.root / "report", published).keys
        return write_files(published, home.pictures, keys if study is None else {study: keys[study]}, over)
