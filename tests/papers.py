"""The table of docs/papers.md from docs/papers.toml: what of each paper is a law, and where its decision is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HEAD = "| paper | law | study | plan table | SQL | test | what it decides, or why nothing |\n|---|---|---|---|---|---|---|\n"


def papers() -> list[dict[str, Any]]:
    """One entry a paper."""
    found: list[dict[str, Any]] = tomllib.loads((ROOT / "docs" / "papers.toml").read_text(encoding="utf-8"))["paper"]
    return found


def table() -> str:
    """The Markdown table, with the counts above it."""
    rows = papers()
    decided = sum("plan" in row for row in rows)
    lines = [f"{len(rows)} papers, {decided} with a decision.\n\n", HEAD]
    return "".join([*lines, *(_line(row) for row in rows)])


def _line(row: dict[str, Any]) -> str:
    laws = ", ".join(f"`{name}`" for name in row.get("laws", []))
    cells = [row["paper"], laws, _code(row.get("study")), _code(row.get("plan")), _code(row.get("query")), _test(row.get("test"))]
    return f"| {' | '.join(cells)} | {row.get('decision') or row['why']} |\n"


def _code(text: str | None) -> str:
    return f"`{text}`" if text else ""


def _test(path: str | None) -> str:
    return f"[{Path(path).stem.removeprefix('test_')}](../{path})" if path else ""
