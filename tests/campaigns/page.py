"""Puts what a campaign measured into its part of docs/scale.md."""

import os
import platform
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"


def write_part(name: str, text: str) -> None:
    """Replaces what stands between `<!-- measured by: NAME -->` and `<!-- end -->`."""
    page = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- measured by: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(page):
        raise SystemExit(f"{PAGE.name} has no part that is measured by {name!r}; add its two marks")
    PAGE.write_text(pattern.sub(lambda found: found.group(1) + text.strip() + "\n" + found.group(2), page), encoding="utf-8")


def rows_of_part(name: str) -> list[list[str]]:
    """The cells of the table that stands in a part; nothing where there is none yet."""
    found = re.search(rf"<!-- measured by: {re.escape(name)} -->\n(.*?)<!-- end -->", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for line in (found.group(1) if found else "").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """What was measured on, and how busy it was with other work."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = f"load of the machine {os.getloadavg()[1]:.0f}"
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}; {load}"
