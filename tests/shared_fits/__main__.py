"""`make lawbook-results`: laws on the public runs beside the checkout, measured in one run into the docs.

`python -m tests.shared_fits WORD` measures only the sections with the word in their title and keeps the others.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import ModuleType

from tests.shared_fits import (
    annealing_fits,
    approach_fits,
    ladder_fits,
    limited_data_fits,
    mixing_law_fits,
    mixing_nested_fits,
    mixture_fits,
    obs_fits,
    pool_mixture_fits,
    porian_fits,
    quality_by_size_fits,
    rate_fits,
    repetition_fits,
    routing_fits,
    sloth_fits,
    source_maps,
    vocabulary_fits,
)

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
OUT = ROOT / "docs" / "lawbook_results.md"
PARTS = {
    "Compute-optimal size by three approaches": approach_fits,
    "Compute-optimal size under fifteen recipes": porian_fits,
    "Learning-rate schedules": annealing_fits,
    "Learning rate and batch": rate_fits,
    "Mixtures of pools left out": pool_mixture_fits,
    "Mixtures of domains": mixture_fits,
    "Mixing law": mixing_law_fits,
    "Mixing nested in size and steps": mixing_nested_fits,
    "Repeated samples": repetition_fits,
    "Limited data": limited_data_fits,
    "Quality and model size": quality_by_size_fits,
    "Routed models": routing_fits,
    "Vocabulary": vocabulary_fits,
    "Task ladder": ladder_fits,
    "Skills of families": sloth_fits,
    "Observational laws": obs_fits,
    "Sources and their maps": source_maps,
}
HEAD = """# The law book on public runs

Every figure is measured by `make lawbook-results` in one run, with the project's own `fit`; the reference column says what the
source states. `tests/shared_fits` holds the fits and the claims that the tests check. Errors of schedules, mixtures,
the ladder, skills and observational laws are on runs outside the fit (but wsdcon_9 where it says so); those of rates, routing and
vocabulary are on the fitted runs.
"""


def table(rows: list[dict[str, str]]) -> str:
    """A Markdown table."""
    lines = ["| data | what | measured | reference |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {r['data']} | {r['what']} | {r['measured']} | {r['reference']} |" for r in rows])


def section(title: str, part: ModuleType) -> str:
    """One section of the page, measured now."""
    started = time.perf_counter()
    body = table(part.measure(DATA))
    print(f"{title}: {time.perf_counter() - started:.0f} s", flush=True)
    return f"\n## {title}\n\n{part.__doc__ or ''}\n\n{body}\n"


def kept(page: str) -> dict[str, str]:
    """The sections of the page as it is, by title."""
    return {part.split("\n", 1)[0]: f"\n## {part}" for part in page.split("\n## ")[1:]}


def main(word: str = "") -> int:
    """Measures the sections with `word` in their title, or all, and writes the page."""
    if not DATA.is_dir():
        print(f"the public runs are not at {DATA}; nothing is measured")
        return 1
    before = kept(OUT.read_text()) if word else {}
    chosen = {title: part for title, part in PARTS.items() if word.lower() in title.lower()}
    text = [section(title, PARTS[title]) if title in chosen or title not in before else before[title] for title in PARTS]
    OUT.write_text("".join([HEAD, *text]))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
