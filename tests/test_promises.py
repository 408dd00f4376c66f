"""Each promise of the pages names the test that holds it, and that test is there and tests something."""

import re

import pytest

from tests.generated import ROOT

PAGES = {"docs/operations.md": "| promise | held by |", "docs/security.md": "| attack | what happens | held by |"}
LINK = re.compile(r"\]\((\.\./tests/[^)]+)\)")


def rows(page: str, header: str) -> list[list[str]]:
    """The cells of the table below that header."""
    text = (ROOT / page).read_text(encoding="utf-8")
    table = text[text.index(header) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def holders() -> list[tuple[str, str]]:
    """Every promise with each test that it names."""
    return [(row[0], link) for page, header in PAGES.items() for row in rows(page, header) for link in LINK.findall(row[-1])]


@pytest.mark.parametrize(("page", "header"), PAGES.items())
def test_every_promise_names_its_test_or_says_that_it_is_none(page: str, header: str) -> None:
    bare = [row[0] for row in rows(page, header) if not LINK.search(row[-1]) and "not promised" not in row[-1]]
    assert bare == []


@pytest.mark.parametrize("link", sorted({link for _, link in holders()}))
def test_the_test_that_a_promise_names_is_there(link: str) -> None:
    assert "\ndef test_" in (ROOT / "docs" / link).read_text(encoding="utf-8")  # a folder holds no promise
