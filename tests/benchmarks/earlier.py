"""The code of an earlier commit beside today's: a worktree for the time of a benchmark, run by today's environment."""

from __future__ import annotations

import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEFORE = "14fe38d"
"""The code before people's waits were worked on."""


@contextmanager
def earlier_code(commit: str = BEFORE) -> Iterator[Path | None]:
    """A worktree of an earlier commit; None where this clone does not have it. Says which dependencies differ."""
    with tempfile.TemporaryDirectory(prefix="lawbook-before-") as folder:
        tree = Path(folder) / commit
        made = subprocess.run(["git", "worktree", "add", "--detach", str(tree), commit], cwd=ROOT, capture_output=True)
        try:
            if made.returncode == 0 and (other := other_dependencies(tree)):
                print(f"{commit} asks for {', '.join(other)}; it is measured with what is installed")
            yield tree if made.returncode == 0 else None
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, capture_output=True)


def other_dependencies(tree: Path) -> list[str]:
    """Dependencies of the earlier code that are not declared alike today."""
    before, now = (set(_declared(place)) for place in (tree, ROOT))
    return sorted(before - now)


def _declared(place: Path) -> list[str]:
    return list(tomllib.loads((place / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"])
