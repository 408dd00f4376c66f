"""What the last large publication left on the disk: the next one writes only what changed, where all of it still stands so."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pipeline.home import Home


@dataclass(frozen=True)
class LastPublication:
    """`key` and `moment` as the store notes them, the form of the tables, the files' places, and the series of a Parquet part."""

    key: str
    moment: str
    form: str
    database: str
    parts: str
    width: int

    @property
    def at(self) -> datetime:
        """When it was made: all that it holds is from before."""
        return datetime.fromisoformat(self.moment)


def read(home: Home) -> LastPublication | None:
    """The note of the last large publication; None where there is none that can be read."""
    try:
        return LastPublication(**json.loads(_note(home).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write(home: Home, last: LastPublication) -> None:
    """Notes a publication after everything of it is in its place."""
    _note(home).write_text(json.dumps(asdict(last)), encoding="utf-8")


def forget(home: Home) -> None:
    """Whatever dies from here on, the next publication is a whole one."""
    with suppress(FileNotFoundError):
        _note(home).unlink()


def place(path: Path) -> str | None:
    """Size and time of a file: another hand that wrote it is seen. None where there is no file."""
    try:
        state = path.stat()
    except OSError:
        return None
    return f"{state.st_size} {state.st_mtime_ns}"


def _note(home: Home) -> Path:
    return home.root / "published.duckdb.json"
