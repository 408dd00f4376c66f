"""`python -m tests.licences`: name, version and licence of every installed package, from their own metadata."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

UNKNOWN = "not stated"
LONGEST = 60
LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)


def licence(package: Distribution) -> str:
    """The licence that a package states: its SPDX expression, else its classifier, else the first line of its text."""
    about = package.metadata
    if about.get("License-Expression"):
        return str(about["License-Expression"])
    classified = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    stated = str(about.get("License") or UNKNOWN).strip().splitlines() or [UNKNOWN]
    return "; ".join(classified) or stated[0][:LONGEST]


def table() -> list[tuple[str, str, str]]:
    """Every installed package once, by name."""
    found = {package.metadata["Name"].lower(): (package.version, licence(package)) for package in distributions()}
    return [(name, *facts) for name, facts in sorted(found.items())]


def core() -> dict[str, str]:
    """Licence of every package that requirements.lock pins, by name."""
    return {name: licence(distribution(name)) for name in PINNED.findall(LOCK.read_text(encoding="utf-8"))}


def core_page() -> str:
    """The core's packages by what they state, as a table."""
    found = core()
    groups = {stated: [name for name in found if found[name] == stated] for stated in sorted(set(found.values()))}
    rows = "".join(f"| {stated} | {', '.join(names)} |\n" for stated, names in groups.items())
    return f"| licence, as the package states it | packages |\n|---|---|\n{rows}"


if __name__ == "__main__":
    for name, version, stated in table():
        print(f"{name:<32} {version:<16} {stated}")
