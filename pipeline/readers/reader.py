"""What a reader of a log format is, and the frames that it yields."""

import errno
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl


@dataclass(frozen=True)
class Tables:
    """What a log holds, in canonical columns: every frame has `run_id` (or `pool`); what is not understood is `quarantined`.

    runs: a row a run; columns of the schema, `metric:NAME` for final values, any other column is a tag.
    measurements: long (run_id, metric, value, and any of split, task, step, data_seen, flops, lr), or wide with `metric:NAME`.
    replaced: measurements that the log itself replaced by later ones; they are history.
    quarantined: row_number, reason, detail, raw.
    """

    runs: pl.DataFrame | None = None
    measurements: pl.DataFrame | None = None
    pools: pl.DataFrame | None = None
    pool_members: pl.DataFrame | None = None
    replaced: pl.DataFrame | None = None
    quarantined: pl.DataFrame | None = None

    def frames(self) -> dict[str, pl.DataFrame]:
        """The frames that hold rows, by kind; runs before measurements, and what was replaced before what replaced it."""
        names = ("runs", "replaced", "measurements", "pools", "pool_members")
        every: dict[str, pl.DataFrame | None] = {name: getattr(self, name) for name in names}
        return {kind: frame for kind, frame in every.items() if frame is not None and frame.height}


COPY = "copy it again"
"""What to do about a log that is damaged: what wrote it writes it whole."""
ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}")
"""What ends the name of a file and says its format: `.out`, `.csv`; not the `.5` of a learning rate."""


def plain_name(name: str) -> str:
    """The name of a file without the ending of its format, and of its compression."""
    for ending in (".gz", ""):
        stem, dot, last = name.rpartition(".")
        if stem and ENDING.fullmatch(dot + last) and (not ending or name.lower().endswith(ending)):
            name = stem
    return name


def _alone(_path: Path) -> Sequence[Path]:
    return ()


def _no_header(_path: Path) -> Mapping[str, str]:
    return {}


def _on_nothing(_path: Path) -> str:
    return ""


@dataclass(frozen=True)
class Reader:
    """A log format: recognised by content, read into canonical frames; `companions` are files beside it that it reads too.

    `read` gets the path and the run's name (`run_name`), which it needs where the log names no run. `columns` says what each
    column of the header becomes, and `depends` in a few words what else in its folder decides how it is read.
    `same_in_all` is the file's name where it says nothing of the run ("*": never), and `inside` the folders inside a run's
    own, as a regular expression; `around` those that hold a folder for each run and are no part of its name. With `named_within`
    a log in no folder of a run has no name by its place, but one within;
    with `names_runs` the log itself names its runs, wherever it lies.
    """

    name: str
    recognise: Callable[[Path, bytes], bool]
    read: Callable[[Path, str], Tables]
    companions: Callable[[Path], Sequence[Path]] = field(default=_alone)
    says: str = ""
    columns: Callable[[Path], Mapping[str, str]] = field(default=_no_header)
    depends: Callable[[Path], str] = field(default=_on_nothing)
    same_in_all: str = ""
    inside: str = ""
    around: str = ""
    named_within: bool = False
    names_runs: bool = False

    def run_name(self, path: Path, base: Path) -> str:
        """What the run of a log is called: its folder or file without extension, as a path below `base`, its namespace's folder.

        So logs in different places are different runs; states of one run, like checkpoint-600 and checkpoint-900, are one.
        """
        path, base = _real(path, base)
        place = path.parent if self.same_in_all in ("*", path.name) else path.with_name(plain_name(path.name))
        while place.name and re.fullmatch(self.inside, place.name):
            if self.named_within and place == base:
                break
            place = place.parent
        if self.named_within and place == base:
            return ""
        parts = list(place.relative_to(base).parts) if place.is_relative_to(base) else []
        while len(parts) > 1 and re.fullmatch(self.around, parts[0]):
            parts.pop(0)
        return "/".join(parts) or place.name

    def __reduce__(self) -> tuple[Callable[[str], "Reader"], tuple[str]]:
        """On its way to a worker a reader is its name."""
        return _named, (self.name,)


def resolved(path: Path) -> Path:
    """The path with links followed. Raises OSError for a loop of links too: a RuntimeError of pathlib before Python 3.13."""
    try:
        return path.resolve()
    except RuntimeError as error:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error


def _real(path: Path, base: Path) -> tuple[Path, Path]:
    """Both with links followed, so that a folder and a link to it are one place; as they are where the link leads out of base."""
    found, inside = resolved(path), resolved(base)
    return (found, inside) if found.is_relative_to(inside) else (path, base)


def _named(name: str) -> Reader:
    from pipeline.readers import READERS

    return next(reader for reader in READERS if reader.name == name)
