"""Which `raise` of the project's own errors no test has come to.

`make error-paths` runs the fast tests with LAWBOOK_RAISE_SITES=FOLDER: each process notes where errors were made, and then
`python -m tests.raise_sites FOLDER` lists what is missing. It fails below the share that is asked for.
"""

from __future__ import annotations

import ast
import atexit
import os
import sys
from pathlib import Path

from pipeline import errors

ROOT = Path(__file__).resolve().parents[1]
PLACES = ("pipeline", "assets")
ASKED = 0.95
OWN = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.LawbookError)}

Site = tuple[str, int, int]
"""File, first and last line."""


def sites() -> list[Site]:
    """Every `raise` of an error of the project's own."""
    found = []
    for path in sorted(file for place in PLACES for file in (ROOT / place).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and getattr(node.exc.func, "id", "") in OWN:
                found.append((str(path.relative_to(ROOT)), node.lineno, node.end_lineno or node.lineno))
    return found


def record(folder: Path) -> None:
    """Notes from here on where each error is made; they are written when the process ends."""
    made: set[tuple[str, int]] = set()
    plain = errors.LawbookError.__init__

    def noted(self: errors.LawbookError, message: str = "", *, place: str = "", fix: str = "") -> None:
        frame = sys._getframe(1)
        made.add((frame.f_code.co_filename, frame.f_lineno))
        plain(self, message, place=place, fix=fix)

    errors.LawbookError.__init__ = noted  # type: ignore[method-assign]
    folder.mkdir(parents=True, exist_ok=True)
    atexit.register(
        lambda: (folder / f"{os.getpid()}.txt").write_text("".join(f"{file}:{line}\n" for file, line in sorted(made)))
    )


def reached(folder: Path) -> set[tuple[str, int]]:
    """Where errors were made, by file and line."""
    lines = (line for note in folder.glob("*.txt") for line in note.read_text(encoding="utf-8").splitlines())
    pairs = (line.rpartition(":") for line in lines)
    return {(str(Path(file).relative_to(ROOT)), int(line)) for file, _, line in pairs if Path(file).is_relative_to(ROOT)}


def missing(folder: Path) -> list[Site]:
    """The sites that nothing came to."""
    found = reached(folder)
    return [site for site in sites() if not any((site[0], line) in found for line in range(site[1], site[2] + 1))]


def main(folder: str) -> int:
    """Lists what is missing and says the share; 1 where it is below what is asked."""
    left, every = missing(Path(folder)), sites()
    for file, first, _ in left:
        print(f"{file}:{first}: {(ROOT / file).read_text(encoding='utf-8').splitlines()[first - 1].strip()}")
    share = 1 - len(left) / len(every)
    print(f"{len(every) - len(left)} of {len(every)} raises of the project's own errors are reached: {share:.1%}")
    return 0 if share >= ASKED else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
