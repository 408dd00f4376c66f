"""Where everything of one installation lies: the home folder, and what is in it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pipeline.config import Config, read_config
from pipeline.errors import ConfigError
from pipeline.faults import IN_THE_WAY
from pipeline.places import SHIPPED, expanded

DEFAULT, DEMO = ".lawbook", ".lawbook-demo"
UNUSABLE = "?\\"
"""Signs that DuckDB reads as the start of options, and as a folder's end, in the path of a store."""
MARK = "shipped = true  # the demo home: the runs and studies that ship with the project\n"


@dataclass(frozen=True)
class Home:
    """The folders and files of one installation."""

    root: Path
    config: Config

    @classmethod
    def open(cls, path: str | Path | None = None, make: bool = True) -> "Home":
        """The home at `path`, else at $LAWBOOK_HOME, else `.lawbook/` here; with `make` its missing folders are made."""
        root = _absolute(path or os.environ.get("LAWBOOK_HOME") or DEFAULT)
        if sign := next((sign for sign in UNUSABLE if sign in str(root)), None):
            fix = "name another home with --home or LAWBOOK_HOME"
            raise ConfigError(f"{root} has the sign {sign} in its path, behind which the database takes no file's name", fix=fix)
        for folder in ("inbox", "maps", "studies", "laws", "published") if make else ():
            try:
                (root / folder).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                way = "move away what stands there" if error.errno in IN_THE_WAY else "make the folder writable"
                fix = f"{way}, or name another home with --home or LAWBOOK_HOME"
                raise ConfigError(f"{root / folder} cannot be made: {error.strerror}", fix=fix) from error
        return cls(root, read_config(root / "config.toml"))

    @classmethod
    def demo(cls, path: str | Path | None = None) -> "Home":
        """The home at `path`, else at $LAWBOOK_HOME, else `.lawbook-demo/`, which takes the runs and studies that ship.

        Raises ConfigError where it holds logs of one's own, or says itself that it takes no shipped runs.
        """
        home = cls.open(path or os.environ.get("LAWBOOK_HOME") or DEMO)
        if home.config.shipped:
            return home
        settings, own = home.root / "config.toml", next(home.inbox.iterdir(), None)
        if own or "shipped" in home.config.model_fields_set:
            held = f"holds logs of your own ({own.name})" if own else f"says shipped = false in {settings.name}"
            fix = f"name another with --home or LAWBOOK_HOME, or say shipped = true in {settings}"
            raise ConfigError(f"{home.root} {held}, and the demo has a home of its own", fix=fix)
        before = settings.read_text(encoding="utf-8") if settings.exists() else ""
        settings.write_text(f"{MARK}{before}", encoding="utf-8")
        return cls(home.root, read_config(settings))

    @property
    def inbox(self) -> Path:
        """Log files are dropped here; the first folder under it is the namespace of its runs."""
        return self.root / "inbox"

    @property
    def maps(self) -> Path:
        """Maps of the user."""
        return self.root / "maps"

    @property
    def studies(self) -> Path:
        """Studies of the user."""
        return self.root / "studies"

    @property
    def laws(self) -> Path:
        """Laws of the user, which are Python; an empty place where config.toml says `allow_law_files = false`."""
        return self.root / "laws" if self.config.allow_law_files else self.root / "tmp" / "nothing"

    @property
    def work_db(self) -> Path:
        """The private store; one writer."""
        return self.root / "work.duckdb"

    @property
    def history(self) -> Path:
        """Measurements as Parquet files, by source and day: a folder, or a place in an object store that acts like one."""
        place = self.config.history
        if place is not None and "://" in place:
            from upath import UPath  # here: most homes are folders

            return cast(Path, UPath(place.rstrip("/"), use_listings_cache=False))
        return expanded(place or self.root / "history").absolute()

    @property
    def watched_folders(self) -> dict[str, Path]:
        """The folders of logs that are read in place, by namespace."""
        return {name: expanded(place or "/").absolute() for name, place in self._watched(False)}

    @property
    def watched_urls(self) -> dict[str, str]:
        """The folders of object stores whose logs are copied and read, by namespace."""
        return dict(self._watched(True))

    def _watched(self, urls: bool) -> list[tuple[str, str]]:
        return [(name, place) for name, place in self.config.watch.items() if ("://" in place) is urls]

    @property
    def published_db(self) -> Path:
        """What everybody reads; replaced atomically."""
        return self.root / "published.duckdb"

    @property
    def published_dir(self) -> Path:
        """The published tables as Parquet."""
        return self.root / "published"

    @property
    def report(self) -> Path:
        """The plans as pictures."""
        return self.root / "report.html"

    @property
    def pictures(self) -> Path:
        """The pictures of the report as PNG and SVG files, a folder a study."""
        return self.root / "pictures"

    @property
    def project_runs(self) -> Path:
        """Run logs that ship with the project; an empty place unless config.toml says `shipped = true`."""
        return SHIPPED / "data" / "runs" if self.config.shipped else self.root / "tmp" / "nothing"

    @property
    def project_maps(self) -> Path:
        """Maps that ship with the project."""
        return SHIPPED / "data" / "maps"

    @property
    def project_studies(self) -> Path:
        """Studies that ship with the project; an empty place unless config.toml says `shipped = true`."""
        return SHIPPED / "data" / "studies" if self.config.shipped else self.root / "tmp" / "nothing"


def _absolute(path: str | Path) -> Path:
    """The whole path. Raises ConfigError where it is told from a folder that has been removed meanwhile."""
    try:
        return expanded(path).absolute()
    except FileNotFoundError as error:
        fix = "change to another folder, or name the home by its whole path with --home"
        raise ConfigError("the folder in which this was started is gone", fix=fix) from error
