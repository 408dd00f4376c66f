"""The book's tables and pages are made from the declarations."""

from pathlib import Path

import sympy as sp

from pipeline.laws import laws
from pipeline.laws.book import latex, law_rows, laws_markdown, published_rows


def test_docs_are_current() -> None:
    """Make them anew with `python -m pipeline.laws.book > docs/laws.md`."""
    page = Path(__file__).resolve().parents[2] / "docs" / "laws.md"
    assert page.read_text(encoding="utf-8") == laws_markdown()


def test_one_row_a_law_with_the_promised_columns() -> None:
    rows = law_rows()
    promised = [
        "law",
        "version",
        "formula",
        "latex",
        "signature",
        "example_sql",
        "response",
        "needs",
        "question",
        "source",
        "avoid",
        "valid_range",
    ]
    assert set(promised) <= set(rows.columns)
    assert rows["law"].to_list() == list(laws)
    assert rows["version"].n_unique() == rows.height


def test_published_constants_are_named_as_parameters_are() -> None:
    rows = published_rows()
    assert rows["value"].null_count() == 0
    for law, parameter in rows.select("law", "parameter").iter_rows():
        assert parameter.partition("[")[0] in {p.name for p in laws[law].parameters}, (law, parameter)


def test_constants_of_a_pool_carry_its_name() -> None:
    rows = published_rows().filter(law="repeated_utility_released", parameter="b[10-20 %]")
    assert rows["value"].to_list() == [-0.125]


def test_latex_uses_the_fields_symbols() -> None:
    text = latex(laws["chinchilla"])
    assert "N^{- \\alpha}" in text
    assert "D^{- \\beta}" in text
    assert "\\sum_i" in latex(laws["repeated_utility"])


def test_every_law_says_what_it_answers_and_where_not_to_use_it() -> None:
    for law in laws.values():
        assert law.question.endswith(("?", ".")), law.name
        assert law.source, law.name
        assert law.avoid, law.name
        assert law.variant_of is None or law.variant_of in laws, law.name
        assert isinstance(law.formula, sp.Expr)
