"""Papers whose decision is what a law says of any run: a dropped log, a study of a few lines, the plan, its sentence, SQL."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from relation_cases import Case, case_of

from pipeline.home import Home
from pipeline.laws import laws
from pipeline.laws.law import Law
from pipeline.schema import RUNS
from pipeline.schema.metrics import METRICS
from tests.families.dropped import MOST_LINES, printed, query, rows
from tests.papers import papers
from tests.small_home import own_home, refit_undrawn

pytestmark = pytest.mark.slow
ASKED = ("plan_response", "plan_target")


def serves(law: Law) -> bool:
    """Whether its runs are a plain table: columns, and a metric that they end with."""
    plain = bool(law.columns) and not law.pooled and "step" not in law.columns
    return plain and law.response in METRICS and law.response not in RUNS


CASES = {
    row["paper"]: (row, next(name for name in row["laws"] if serves(laws[name])))
    for row in papers()
    if row.get("plan") in ASKED and any(serves(laws[name]) for name in row["laws"])
}


def study_of(name: str, plan: str, case: Case) -> str:
    """The study: every parameter but the first as printed, for what is asked is the way to the answer and not the fit."""
    law, column = case.law, case.law.columns[0]
    fixed = ", ".join(f"{p.name} = {float(case.values[p.name])!r}" for p in law.parameters[1:])
    values: list[float] = case.runs["value"].to_list()
    further, between = float(max(case.runs[column].to_list())), (min(values) + max(values)) / 2
    asked = {"plan_response": f"{column} = [{further!r}]", "plan_target": f'find = "{column}"\nreach = [{between!r}]'}[plan]
    return f"""study = "{name}"
runs = "dataset = '{name}'"
metric = "{law.response}"
laws = ["{law.name}"]
draws = 8
fix = {{ {fixed} }}
[plan.{plan.removeprefix("plan_")}]
{asked}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """All of their logs in one inbox, a study each."""
    home = own_home(tmp_path_factory.mktemp("papers") / "home")
    (home.inbox / "lab").mkdir()
    for place, (row, name) in enumerate(CASES.values()):
        case = case_of(name)
        log = case.runs.select(*case.law.columns, pl.col("value").alias(f"metric:{case.law.response}")).with_row_index("run_id")
        marks = {"status": pl.lit("finished"), "dataset": pl.lit(f"p{place}")}
        log.with_columns(pl.format(f"p{place}-{{}}", "run_id").alias("run_id"), **marks).write_csv(
            home.inbox / "lab" / f"p{place}.runs.csv"
        )
        text = study_of(f"p{place}", row["plan"], case)
        assert len([line for line in text.splitlines() if line]) <= MOST_LINES
        (home.studies / f"p{place}.toml").write_text(text)
    report = refit_undrawn(home)
    assert not report.errors, report.errors
    return home


@pytest.mark.parametrize("paper", CASES)
def test_a_dropped_log_ends_in_the_row_the_sentence_and_the_answer(home: Home, paper: str) -> None:
    row, _ = CASES[paper]
    study = f"p{list(CASES).index(paper)}"
    found: list[dict[str, Any]] = rows(home, f"SELECT * FROM {row['plan'].replace('plan_', 'best_')} WHERE study = '{study}'")
    assert found
    assert any(one["study"] == study for one in rows(home, query(row["query"])))
    assert {"plan_response": "expect", "plan_target": "needs"}[row["plan"]] in printed(home, study)
