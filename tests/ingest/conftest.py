"""A home of its own for each test, and shorthand for dropping files into it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.home import Home
from pipeline.ingest.ingest import IngestReport, ingest
from pipeline.store.warehouse import Warehouse

UNACCOUNTED = "SELECT * FROM ingest_log WHERE rows <> ingested + duplicates + filtered + quarantined OR duplicates < 0"


class Dropbox:
    """A home into whose inbox a test drops files."""

    def __init__(self, root: Path) -> None:
        self.home = Home.open(root)

    def drop(self, name: str, content: str | bytes, namespace: str = "lab") -> Path:
        """Writes a file into the inbox."""
        path = self.home.inbox / namespace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def ingest(self, **options: object) -> IngestReport:
        """Takes what is in the inbox; the project's own runs stay out."""
        return ingest(self.home, sources=sorted(self.home.inbox.iterdir()), **options)  # type: ignore[arg-type]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """The answer to a query on the store."""
        return self.answers(query)[0]

    def answers(self, *queries: str) -> list[list[tuple[object, ...]]]:
        """The answers to queries on the store, which is opened once."""
        with Warehouse(self.home) as warehouse:
            return [warehouse.connection.execute(query).fetchall() for query in queries]

    def reasons(self) -> dict[str, int]:
        """Reason code to count of the quarantined rows."""
        return {str(reason): int(str(count)) for reason, count in self.rows("SELECT reason, count(*) FROM quarantine GROUP BY 1")}

    def unaccounted(self) -> list[tuple[object, ...]]:
        """Files whose rows do not add up; there must be none."""
        return self.rows(UNACCOUNTED)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Dropbox]:
    dropbox = Dropbox(tmp_path / "home")
    yield dropbox
    assert dropbox.unaccounted() == []


@pytest.fixture
def make_box(tmp_path: Path) -> Callable[[str], Dropbox]:
    return lambda name: Dropbox(tmp_path / name)
