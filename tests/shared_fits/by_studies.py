"""Results of the studies in data/studies/public: each is refitted on the public runs that it is about, and asked in SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.home import Home
from tests.families.dropped import ROOT, linked, rows

STUDIES = ROOT / "data" / "studies" / "public"
HELD_OUT = """SELECT count(*) AS runs, count(*) FILTER (WHERE covered) AS inside, avg(abs(predicted - observed)) AS error
FROM forecasts JOIN forecast_scores USING (forecast_id) WHERE kind = 'held_out' AND law = '{law}'"""
RANKS = """WITH placed AS (
    SELECT recipe, rank() OVER (PARTITION BY recipe ORDER BY predicted) AS forecast,
        rank() OVER (PARTITION BY recipe ORDER BY observed) AS seen
    FROM forecasts JOIN forecast_scores USING (forecast_id) JOIN runs USING (run_key) WHERE kind = 'held_out')
SELECT recipe, corr(forecast, seen) AS spearman FROM placed GROUP BY recipe ORDER BY recipe"""
CONSTANTS = "SELECT law, cohort, parameters FROM current_parameters ORDER BY law, cohort"


@dataclass(frozen=True)
class Case:
    """A shipped study, what of its text is put otherwise, and what is said of it."""

    what: str
    study: str
    said: Callable[[Home], str]
    changes: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""


@dataclass(frozen=True)
class OfStudies:
    """A section of the page: studies of one source."""

    words: str
    source: str
    cases: tuple[Case, ...]

    def measure(self, data: Path) -> list[dict[str, str]]:
        """Rows of the results table; the runs are read where `tests.families.dropped` finds them, which is `data`."""
        return [self._row(data, case) for case in self.cases]

    def _row(self, data: Path, case: Case) -> dict[str, str]:
        with TemporaryDirectory() as folder:
            home = linked(Path(folder), text_of(case.study, 200, **case.changes), self.source)
            measured = case.said(home)
        return {"data": data.joinpath(self.source).name, "what": case.what, "measured": measured, "reference": case.reference}


def text_of(name: str, draws: int, **changes: str) -> str:
    """A shipped study with so many draws in the place of its question, and with keys said otherwise."""
    text = (STUDIES / f"{name}.toml").read_text(encoding="utf-8")
    text = re.sub("^question .*$", f"draws = {draws}", text, flags=re.MULTILINE)
    for key, value in changes.items():
        text, count = re.subn(rf"^{key} .*$", f"{key} = {value}", text, flags=re.MULTILINE)
        if count != 1:
            raise ValueError(f"{name} says {key} {count} times")
    return text


def held(home: Home, law: str) -> dict[str, Any]:
    """runs, inside and mean absolute error of what was held out."""
    return rows(home, HELD_OUT.format(law=law))[0]


def scored(*laws: str) -> Callable[[Home], str]:
    """How many held-out runs ended inside the interval of each law, and by how much they were missed."""

    def said(home: Home) -> str:
        found = {law: held(home, law) for law in laws}
        parts = [
            f"{law} {row['error']:.4f} ({row['inside']} of {row['runs']} inside)" for law, row in found.items() if row["runs"]
        ]
        return "; ".join(parts) or "refused: no forecast"

    return said


def constants(home: Home) -> str:
    """The parameters of each fit."""
    return "; ".join(
        " ".join(
            filter(
                None, (row["law"], row["cohort"], ", ".join(f"{name} {value:.4g}" for name, value in row["parameters"].items()))
            )
        )
        for row in rows(home, CONSTANTS)
    )


def ranks(home: Home) -> dict[str, float]:
    """How well the runs of each recipe that were held out are ranked (Spearman)."""
    return {row["recipe"]: row["spearman"] for row in rows(home, RANKS)}


def ranked(home: Home) -> str:
    """Spearman correlation by recipe."""
    return ", ".join(f"{recipe} {value:.4f}" for recipe, value in ranks(home).items())
