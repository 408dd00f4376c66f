"""The version of what draws report.html, which the page ends with: a mended sentence or picture draws it again."""

import hashlib
from functools import cache
from pathlib import Path

from pipeline.places import PACKAGE
from pipeline.store.statements import statement_files


@cache
def drawing_version() -> str:
    """Hash of the code, the words and the statements that draw."""
    asked = [path for name, path in statement_files().items() if name.startswith("report_")]
    drawn = [path for path in (PACKAGE / "report").rglob("*.*") if path.is_file() and path.suffix != ".pyc"]
    worded = [*(PACKAGE / "wording").rglob("*.py"), *(PACKAGE / "schema").glob("*in_words.py")]
    files = sorted([*drawn, *worded, *asked])
    return hashlib.blake2b(repr([path.read_bytes() for path in files]).encode(), digest_size=8).hexdigest()


def stamp() -> bytes:
    """The last line of a page that this program draws."""
    return f"<!-- drawn by {drawing_version()} -->\n".encode()


def stamped(page: Path) -> bool:
    """Whether a page was drawn by what draws now; only its end is read."""
    wanted = stamp()
    with page.open("rb") as file:
        file.seek(max(0, page.stat().st_size - len(wanted)))
        return file.read() == wanted
