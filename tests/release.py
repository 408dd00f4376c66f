"""`make release`: builds the wheel, tries it in an environment and a folder of its own, and tags the version.

What makes a release impossible is said before anything is built: changes that are not committed, a version without a section in
CHANGELOG.md, a tag that exists.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TRIALS = (
    ("bin/lawbook", "--version"),
    ("bin/lawbook", "demo"),
    ("bin/lawbook", "--home", ".lawbook-demo", "sql", "SELECT count(*) AS plans FROM best_filtering"),
    ("bin/python", "-c", "from pipeline import fit, laws, plan; print(len(laws), 'laws')"),
)
"""What a user of the installed program does first, each run in an empty folder."""


def version(root: Path) -> str:
    """`__version__` of the checkout, read without importing it."""
    [found] = re.findall(r'(?m)^__version__ = "([^"]+)"$', (root / "pipeline" / "__init__.py").read_text(encoding="utf-8"))
    return str(found)


def obstacles(root: Path) -> list[str]:
    """Why the checkout at `root` cannot be released as it is, each with its fix; empty where it can."""
    name, found = version(root), []
    if _git(root, "status", "--porcelain"):
        found.append("the tree has changes: commit them, or put them aside")
    if not section(root, name):
        found.append(f"CHANGELOG.md has no entries under `## {name}`: rename its section Unreleased")
    if _git(root, "tag", "--list", f"v{name}"):
        found.append(f"v{name} is tagged already: set the next __version__ in pipeline/__init__.py")
    return found


def section(root: Path, name: str) -> str:
    """The changelog's entries of a version, without headings."""
    parts = re.split(r"(?m)^## (.+)$", (root / "CHANGELOG.md").read_text(encoding="utf-8"))
    entries = dict(zip(parts[1::2], parts[2::2], strict=True)).get(name, "")
    return "\n".join(line for line in entries.splitlines() if line.strip() and not line.startswith("#"))


def build(root: Path) -> Path:
    """The wheel of the checkout in `dist/`, built without isolation."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], cwd=root, check=True)
    [wheel] = (root / "dist").glob(f"lawbook-{version(root)}-*.whl")
    return wheel


def tried(root: Path, wheel: Path) -> None:
    """Installs the wheel and the locked packages into a new environment and uses it outside the clone; raises if that fails."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "environment"
        venv.create(place, with_pip=True)
        install = [place / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--require-hashes", "-r", root / "requirements.lock"], check=True)
        subprocess.run([*install, "--no-deps", wheel], check=True)
        empty = Path(folder) / "empty"
        empty.mkdir()
        for program, *arguments in TRIALS:
            subprocess.run([place / program, *arguments], cwd=empty, check=True, env={"PATH": "/usr/bin:/bin", "HOME": folder})


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def main() -> int:
    """Releases the checkout, or says what is in the way."""
    found = obstacles(ROOT)
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    wheel = build(ROOT)
    tried(ROOT, wheel)
    name = f"v{version(ROOT)}"
    _git(ROOT, "tag", "--annotate", name, "--message", section(ROOT, version(ROOT)))
    print(f"{wheel} works in an environment of its own; {name} is tagged. To publish: git push origin {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
