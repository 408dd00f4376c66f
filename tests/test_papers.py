"""Every paper that the project covers has a row, and each decision can be followed from the law to the answer."""

import re
from typing import Any

import pytest

from pipeline.laws import laws
from pipeline.planning import PLANS
from tests.papers import ROOT, papers
from tests.queries.test_analyst_queries import NAMES

ROWS = papers()
DECIDED = [row for row in ROWS if "plan" in row]


def test_seventy_four_papers_and_at_least_sixty_six_decisions() -> None:
    assert len({row["paper"] for row in ROWS}) == 74
    assert len(DECIDED) >= 66


@pytest.mark.parametrize("name", sorted({row["query"] for row in DECIDED}))
def test_each_decision_s_query_is_answered_from_dropped_logs_by_a_test(name: str) -> None:
    asked = re.compile(rf'query\("{name}"\)')
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    assert name in NAMES or any(asked.search(text) for text in texts)


def test_a_paper_without_a_decision_says_why() -> None:
    assert all(row["why"].endswith(".") for row in ROWS if "plan" not in row)


@pytest.mark.parametrize("row", DECIDED, ids=lambda row: row["paper"])
def test_the_plan_answers_for_the_law_and_the_query_reads_the_plan(row: dict[str, Any]) -> None:
    assert set(row["laws"]) <= set(laws)
    assert any(PLANS[row["plan"]].needs(laws[name]) for name in row["laws"])
    query = (ROOT / "sql" / "queries" / f"{row['query']}.sql").read_text()
    assert f"best_{row['plan'].removeprefix('plan_')}" in query or row["plan"] in query
    assert (ROOT / row["test"]).is_file()
