"""Text, report and tables agree number by number: what is printed is read back and found in the published cells.

Not of a row's cells, and left out by name: the level of an interval (90 %), shares and prices that are only said to be small or
large ("less than 0.1 %"), the 5 % that next runs must bring, numbers in names, `message`, which is a cell itself, and what chance
allows of a score, which is the band of its two counts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from relation_cases import case_of
from test_relations_of_every_law import PAIRS, sampled

from pipeline.home import Home
from pipeline.laws import laws
from pipeline.refit.refit import refit
from pipeline.wording.sentences import sentence
from tests.planning.printed_numbers import Printed, cells_of, printed
from tests.planning.printed_plans import disagreements, unsaid
from tests.wording.fifty_sentences import PLANS as SAID
from tests.wording.fifty_sentences import RUN

ABOUT = {"distance": 0.3, "grade": "clean", "outside": None, "stale_since": None, "cohort": ""}
"""What a published row has beside what its question answers."""
OFF = 1.13
"""A number that is wrong by this factor is to be found out."""


def of_law(table: str, name: str) -> list[str]:
    """The same of every row of a law's plan."""
    plan = case_of(name).built(table)
    about = {"metric": laws[name].response, "law": name, **ABOUT}
    return [] if plan is None else [said for row in plan.to_dicts() for said in unsaid(table, about | row)]


@pytest.mark.parametrize(("table", "name"), sampled())
def test_a_sentence_says_the_numbers_of_its_row(table: str, name: str) -> None:
    assert of_law(table, name) == []


@pytest.mark.slow
@pytest.mark.parametrize(("table", "name"), PAIRS)
def test_a_sentence_says_the_numbers_of_its_row_of_every_law(table: str, name: str) -> None:
    assert of_law(table, name) == []


@pytest.mark.parametrize(("table", "differs"), SAID)
def test_a_sentence_at_the_scale_of_real_models_says_the_numbers_of_its_row(table: str, differs: dict[str, Any]) -> None:
    assert unsaid(f"plan_{table}", RUN | differs) == []


def test_a_printed_number_that_is_an_eighth_off_is_found_out() -> None:
    """What this check can see: of all numbers of the reviewed sentences nine of ten fit no other cell by chance."""
    tried, missed = 0, []
    for table, differs in SAID:
        row = RUN | differs
        cells = list(cells_of(f"plan_{table}", row))
        for number in printed(sentence(f"plan_{table}", row, "token") or ""):
            wrong = Printed(number.text, number.value * OFF, number.half * OFF, number.unit)
            tried += 1
            missed += [number.text] if any(wrong.fits(unit, cell) for unit, cell in cells) else []
    assert tried > 200
    assert len(missed) <= 0.1 * tried, missed


def test_text_report_and_tables_of_a_published_home_agree_number_by_number(published: Home) -> None:
    assert disagreements(published) == []


@pytest.mark.slow
def test_they_agree_in_the_shipped_studies(tmp_path: Path) -> None:
    home = Home.demo(tmp_path / "demo")
    assert refit(home).exit_code == 0
    assert disagreements(home) == []
