"""No law is added without all that a law needs: each test names the laws that lack it."""

from pathlib import Path

from test_every_law_is_recovered import ELSEWHERE, PLAIN
from test_worked_values import CASES

from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.sql_form import MEMBER_ARGUMENTS, macro_sql, signature

ROOT = Path(__file__).resolve().parents[2]
BOOK = (ROOT / "docs" / "laws.md").read_text(encoding="utf-8")


def test_every_law_has_a_worked_value() -> None:
    """In `Law.worked` of its file; the first eighty have theirs in test_worked_values.py and worked_values.py."""
    assert not set(laws) - {case[1] for case in CASES}


def test_every_law_is_recovered_from_noise_free_runs() -> None:
    """By the walk of test_every_law_is_recovered.py; only laws over members are recovered in a file that it names."""
    assert [name for name in laws if (name in PLAIN) == (name in ELSEWHERE)] == []


def test_every_law_has_a_macro_of_its_columns_members_and_parameters() -> None:
    """That its values are those of NumPy to 1e-12 is the walk of test_sql_form.py."""
    for name, law in laws.items():
        members = [MEMBER_ARGUMENTS.get(m, m) for m in law.member_columns]
        arguments = [*law.columns, *members, *(p.name for p in law.parameters)]
        assert sorted(signature(law)) == sorted(arguments), name
        assert macro_sql(law).startswith("CREATE"), name
        assert set(compiled(law).columns) == set(law.columns), name


def test_every_law_has_its_row_and_its_section_in_the_book() -> None:
    rows = {
        name: f"| [{name}](#{name}) | {law.response} | {', '.join(law.needs)} | {law.question} | {law.source} |"
        for name, law in laws.items()
    }
    assert [name for name, row in rows.items() if row not in BOOK or f"\n## {name}\n" not in BOOK] == []


def test_every_law_says_where_not_to_use_it() -> None:
    """In words of its own, in its section of the book."""
    sections = {text.split("\n", 1)[0]: text for text in BOOK.split("\n## ")[1:]}
    assert [name for name, law in laws.items() if len(law.avoid) < 20 or f"Not for: {law.avoid}" not in sections[name]] == []


def test_the_valid_ranges_of_every_law_are_of_columns_that_it_reads() -> None:
    for name, law in laws.items():
        assert set(law.valid_range) <= set(law.columns), name
        assert all(low < high for low, high in law.valid_range.values()), name
