"""A text file whose lines end in two ways, \\r\\n and \\n: one system wrote it, another went on; DuckDB reads none."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

BLOCK = 1 << 20


@contextmanager
def with_one_line_end(path: Path, folder: Path) -> Iterator[Path | None]:
    """A copy in `folder` whose lines all end in \\n, as long as it is needed; None where the file's do not differ."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="lines-") as own:
        copy = Path(own) / "copy.csv"
        yield copy if _copied(path, copy) else None


def _copied(path: Path, copy: Path) -> bool:
    """Writes the copy; whether the file has lines of both kinds."""
    ends, returns, kept = 0, 0, b""
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as source, copy.open("wb") as target:
        while block := source.read(BLOCK):
            block = kept + block
            kept = b"\r" if block.endswith(b"\r") else b""
            block = block.removesuffix(kept)
            ends, returns = ends + block.count(b"\n"), returns + block.count(b"\r\n")
            target.write(block.replace(b"\r\n", b"\n"))
        target.write(kept)
    return 0 < returns < ends
