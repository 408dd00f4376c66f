"""`python -m tests.licences`: name, version and licence of every installed package, from their own metadata."""

from __future__ import annotations

from importlib.metadata import Distribution, distributions

UNKNOWN = "not stated"
LONGEST = 60


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


if __name__ == "__main__":
    for name, version, stated in table():
        print(f"{name:<32} {version:<16} {stated}")
