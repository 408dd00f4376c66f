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
    limited_data_fits,
    mixing_law_fits,
    mixing_nested_fits,
    pool_mixture_fits,
    porian_fits,
    public_studies,
    quality_by_size_fits,
    source_maps,
    vocabulary_fits,
)
from tests.shared_fits.by_studies import OfStudies

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
OUT = ROOT / "docs" / "lawbook_results.md"
PARTS: dict[str, ModuleType | OfStudies] = {
    "Compute-optimal size by three approaches": approach_fits,
    "Compute-optimal size under fifteen recipes": porian_fits,
    "Learning-rate schedules": annealing_fits,
    "Learning rate and batch": public_studies.RATES,
    "Mixtures of pools left out": pool_mixture_fits,
    "Mixtures of domains": public_studies.MIXTURES,
    "Mixing law": mixing_law_fits,
    "Mixing nested in size and steps": mixing_nested_fits,
    "Repeated samples": public_studies.REPEATS,
    "Limited data": limited_data_fits,
    "Quality and model size": quality_by_size_fits,
    "Routed models": public_studies.ROUTED,
    "Vocabulary": vocabulary_fits,
    "Task ladder": public_studies.TASKS,
    "Skills of families": public_studies.SKILLS,
    "Observational laws": public_studies.OBSERVED,
    "Sources and their maps": source_maps,
}
HEAD = """# The law book on public runs

Every figure is measured by `make lawbook-results`; the reference column says what the source states. Rates, repeats, routed
models, the ladder, skills and observational laws are studies of `data/studies/public`, refitted and asked in SQL; of the others
`tests/shared_fits` holds the fits. Errors of schedules, mixtures, the ladder, skills and observational laws are on runs
outside the fit (but wsdcon_9 where it says so); those of vocabulary are on the fitted runs.
"""


def table(rows: list[dict[str, str]]) -> str:
    """A Markdown table."""
    lines = ["| data | what | measured | reference |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {r['data']} | {r['what']} | {r['measured']} | {r['reference']} |" for r in rows])


def section(title: str, part: ModuleType | OfStudies) -> str:
    """One section of the page, measured now."""
    started = time.perf_counter()
    said = part.words if isinstance(part, OfStudies) else part.__doc__ or ""
    body = table(part.measure(DATA))
    print(f"{title}: {time.perf_counter() - started:.0f} s", flush=True)
    return f"\n## {title}\n\n{said}\n\n{body}\n"


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
