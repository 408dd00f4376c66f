"""No law is added without all that a law needs: this walk of the registry names what a law lacks."""

import re
from pathlib import Path

import pytest
from test_every_law_is_recovered import ELSEWHERE, PLAIN
from test_worked_values import CASES

from pipeline.laws import MODULES, laws
from pipeline.laws.compile import compiled
from pipeline.laws.sql_form import MEMBER_ARGUMENTS, macro_sql, signature

ROOT = Path(__file__).resolve().parents[2]
BOOK = (ROOT / "docs" / "laws.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(laws))
def test_a_law_has_a_worked_value(name: str) -> None:
    """In `Law.worked` of its file; the first eighty have theirs in test_worked_values.py and worked_values.py."""
    assert [case for case in CASES if case[1] == name]


@pytest.mark.parametrize("name", list(laws))
def test_a_law_is_recovered_from_noise_free_runs(name: str) -> None:
    """By the walk of test_every_law_is_recovered.py; only laws over members are recovered in a file that it names."""
    assert (name in PLAIN) != (name in ELSEWHERE)


@pytest.mark.parametrize("name", list(laws))
def test_a_law_has_a_macro_of_its_columns_members_and_parameters(name: str) -> None:
    """That its values are those of NumPy to 1e-12 is the walk of test_sql_form.py."""
    law = laws[name]
    arguments = [*law.columns, *(MEMBER_ARGUMENTS.get(m, m) for m in law.member_columns), *(p.name for p in law.parameters)]
    assert sorted(signature(law)) == sorted(arguments)
    assert macro_sql(law).startswith("CREATE")
    assert set(compiled(law).columns) == set(law.columns)


@pytest.mark.parametrize("name", list(laws))
def test_a_law_has_its_row_and_its_section_in_the_book(name: str) -> None:
    law = laws[name]
    assert f"| [{name}](#{name}) | {law.response} | {', '.join(law.needs)} | {law.question} | {law.source} |" in BOOK
    assert f"\n## {name}\n" in BOOK


@pytest.mark.parametrize("name", list(laws))
def test_a_law_says_where_not_to_use_it_in_words_and_its_ranges_are_of_columns_it_reads(name: str) -> None:
    law = laws[name]
    assert f"Not for: {law.avoid}" in BOOK
    assert set(law.valid_range) <= set(law.columns)
    assert all(low < high for low, high in law.valid_range.values())


def test_a_law_is_registered_by_one_line() -> None:
    """A module's name stands once in the registry; no other file of the program names a law's module to make it known."""
    registry = (ROOT / "pipeline" / "laws" / "__init__.py").read_text(encoding="utf-8")
    assert [m for m in MODULES if len(re.findall(rf'^    "{m}",$', registry, re.MULTILINE)) != 1] == []
