"""A planning question is three files of one name, and a fourth where a picture says more; a reader is one: no list is edited.

The files are planted into a copy of the package as docs/adding_a_question.md and docs/adding_a_reader.md describe them; then
a home of the copy is refitted.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
TABLE = '''"""The plan table of twice the data."""

from pipeline.schema.column import number
from pipeline.schema.plan_columns import SEEN, VALUE, plan_table

TABLES = (
    plan_table("twice_the_data", "one budget, its data doubled at the same size", number("flops", "Compute before", "FLOP"),
               SEEN, VALUE, keys=("flops",)),
)
'''
ANSWER = '''"""What twice the data brings at the size of the largest run."""

import numpy as np

from pipeline.planning.budgets import budgets
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Plan, estimated, table
from pipeline.planning.setting import Setting


def needs(law):
    return {*law.columns} >= {"params", "data_seen"} and not law.pooled


def build(fit, study, frame):
    setting = Setting(fit, study, frame)
    flops = budgets(setting, "flops")
    params = np.full(len(flops), float(frame["params"].max()))
    seen = 2 * flops / (TRAINING_FLOP * params)
    run = {"params": params, "data_seen": seen}
    drawn = None if setting.draws is None else setting.value(setting.draws, **run)
    draws = setting.with_law_error(drawn, setting.law_error(**run))
    value = estimated("value", setting.value(setting.estimate, **run)[0], draws)
    return table({"flops": flops, "data_seen": seen, **value, "distance": setting.distance("flops", 2 * flops)})


PLAN = Plan("plan_twice_the_data", needs, build, "What does twice the data bring at the same size?")
'''
WORDS = '''"""plan_twice_the_data in words."""

from pipeline.schema.numbers_in_words import amount, outcome
from pipeline.wording.clauses import metric
from pipeline.wording.words import Form, Words, bare, first_row


def sentence(row, unit):
    return f"With twice the data, {amount(row['data_seen'])} {unit}, expect {outcome(row, 'value', metric(row))}."


def cells(row):
    return [amount(row["data_seen"]), bare(row, "value")]


WORDS = Words(sentence, Form("Twice the data", ["data", "value"], cells, first_row), leads=True)
'''
PICTURE = '''"""The picture of plan_twice_the_data."""

import altair as alt

from pipeline.report.picture import Datasets, Picture, known, layered


def picture(published, study):
    data, plan = Datasets(), known(published.plan(study, "plan_twice_the_data"), "data_seen", "value")
    if plan.is_empty():
        return None
    rows = plan.select("data_seen", "value")
    chart = alt.Chart(data.rows(rows)).mark_line().encode(x="data_seen:Q", y="value:Q")
    return Picture("twice_the_data", "Twice the data", "What twice the data brings.", layered(chart), data, rows)


PICTURE = picture
'''
READER = '''"""Logs of a trainer of one's own."""

import re

from pipeline.readers.formats.printed.console import Console, Line

LINE = re.compile(r"upd (?P<step>\\d+) of \\d+ :: train-ce (?P<loss>\\S+) :: rate (?P<lr>\\S+)")
SAYS = "lines 'upd N of M :: train-ce X :: rate Y'"
READERS = (Console("own", SAYS, (Line(LINE, {"loss": "metric:loss@train/", "lr": "lr"}),)).reader(),)
'''
LOG = "".join(f"upd {10 * n} of 500 :: train-ce {3 - n / 100:.4f} :: rate 0.0003\n" for n in range(1, 51))
FILES = {"schema/plans": TABLE, "planning/questions": ANSWER, "wording/questions": WORDS, "report/questions": PICTURE}
NAMES = dict.fromkeys(FILES, "twice_the_data") | {"readers/formats": "own_log"}
TOLD = """
import contextlib, io, json, sys
from pathlib import Path


def said(home, *words):
    from pipeline.cli.main import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main(["--home", str(home.root), *words])
    return f"{code} {out.getvalue()}"


def told(root, text):
    from pipeline.report import study_pictures
    from tests.generated import questions, tables
    from tests.small_home import make_home

    home = make_home(Path(root), "first")
    log = home.inbox / "lab" / "own.out"
    log.write_text(text)
    checked, refitted = said(home, "check", str(log)), said(home, "refit")
    assert refitted.startswith("0 "), refitted
    return {
        "check": checked,
        "plan": said(home, "plan", "first"),
        "sql": said(home, "sql", "SELECT flops, data_seen FROM best_twice_the_data ORDER BY flops", "--json"),
        "log": said(
            home, "sql", "SELECT max(step) AS step, count(*) AS points FROM measurements WHERE split = 'train'", "--json"
        ),
        "page": home.report.read_text(),
        "pictures": list(study_pictures(home.published_db, "first")),
        "questions": questions(),
        "tables": tables(),
        "notebook": dir(__import__("pipeline.notebook", fromlist=["plan"]).plan),
    }


if __name__ == "__main__":
    print(json.dumps(told(*sys.argv[1:])))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What each door of a copy of the program, with a question planted in it, says of a refitted home."""
    copy = tmp_path_factory.mktemp("planted")
    shutil.copytree(ROOT / "pipeline", copy / "pipeline")
    for folder, name in NAMES.items():
        (copy / "pipeline" / folder / f"{name}.py").write_text((FILES | {"readers/formats": READER})[folder])
    for beside in ("sql", "data", "assets", "tests", "pyproject.toml"):
        (copy / beside).symlink_to(ROOT / beside)
    (copy / "told.py").write_text(TOLD)
    place = {**os.environ, "PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, "told.py", str(copy / "home"), LOG], cwd=copy, env=place, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout.splitlines()[-1])
    shutil.rmtree(copy)


def test_its_table_is_filled_and_can_be_asked_for(told: dict[str, Any]) -> None:
    code, _, rows = told["sql"].partition(" ")
    assert code == "0"
    assert [row["data_seen"] for row in json.loads(rows)] == [pytest.approx(2 * flops / 6e9) for flops in (1e18, 1e20)]


def test_its_words_are_printed_among_what_a_lead_needs_first(told: dict[str, Any]) -> None:
    assert "TWICE THE DATA" in told["plan"]
    assert "With twice the data, 333 M tokens, expect 3.5" in " ".join(told["plan"].split())


def test_the_page_says_and_draws_it(told: dict[str, Any]) -> None:
    assert "With twice the data, 3" in told["page"]
    assert "twice_the_data" in told["pictures"]
    assert "What twice the data brings." in told["page"]


def test_the_documents_and_the_notebook_list_it(told: dict[str, Any]) -> None:
    row = "| What does twice the data bring at the same size? | `plan_twice_the_data` | `best_twice_the_data` |"
    assert row in told["questions"]
    assert "### plan_twice_the_data\n" in told["tables"]
    assert "twice_the_data" in told["notebook"]


def test_a_planted_reader_reads_its_log(told: dict[str, Any]) -> None:
    assert "own log" in told["check"]
    assert json.loads(told["log"].partition(" ")[2]) == [{"step": 500, "points": 50}]
