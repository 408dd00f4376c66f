"""The home of the installation and the map that heavy work goes through."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from pipeline.compute import MapLike, mapper
from pipeline.home import Home


class Lawbook(dg.ConfigurableResource):
    """`home`: the home folder; empty means $LAWBOOK_HOME, else .lawbook."""

    home: str = ""

    def open(self) -> Home:
        """The home with its settings as they are now."""
        return Home.open(self.home or None)

    @contextmanager
    def compute(self) -> Iterator[MapLike]:
        """The map-like callable that config.toml names."""
        with mapper(self.open().config.compute) as found:
            yield found
