"""Adding a law takes one file and one line: from the file alone come its value, macro, recovery, page, tables and plans."""

import re
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

import pipeline.laws as book
from pipeline.fitting import fit
from pipeline.laws import laws, load_user_laws
from pipeline.laws.book import laws_markdown
from pipeline.laws.engine.sql_form import example_sql, macro_sql
from pipeline.laws.law import Law
from pipeline.planning import PLANS

ROOT = Path(__file__).resolve().parents[2]
FILE = '''
"""Accuracy grows with the logarithm of the attempts (a law of this test)."""

import sympy as sp

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

K = run_column("attempts")
parameters = (Parameter("base", start=(0.1, 0.9)), Parameter("gain", start=(0.01, 0.2)))
base, gain = symbols(*parameters)

brand_new = Law(
    name="brand_new",
    formula=base + gain * sp.log(K),
    parameters=parameters,
    columns=("attempts",),
    response="accuracy",
    response_unit="fraction",
    linear=("base", "gain"),
    objective=Objective(space="linear", loss="l2"),
    question="How many attempts does an accuracy need?",
    source="a test",
    example={"attempts": 8.0, "base": 0.4, "gain": 0.05},
    worked=(Worked("one attempt", {"attempts": 1.0, "base": 0.4, "gain": 0.05}, 0.4),),
    avoid="Accuracies near one: the logarithm has no ceiling.",
)
'''


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("laws")
    (folder / "brand_new.py").write_text(FILE, encoding="utf-8")
    assert load_user_laws(folder) == []
    yield laws["brand_new"]
    del book._registry["brand_new"]


@pytest.fixture
def runs() -> pl.DataFrame:
    attempts = np.geomspace(1, 64, 12)
    return pl.DataFrame({"run_key": [str(i) for i in range(12)], "attempts": attempts, "value": 0.4 + 0.05 * np.log(attempts)})


def test_its_constants_come_back_from_noise_free_runs(law: Law, runs: pl.DataFrame) -> None:
    assert fit(law, runs, draws=0).parameters == pytest.approx({"base": 0.4, "gain": 0.05}, rel=1e-9)


def test_its_macro_runs(law: Law) -> None:
    with duckdb.connect() as connection:
        connection.execute(macro_sql(law))
        assert connection.execute(example_sql(law)).fetchone() == (pytest.approx(0.4 + 0.05 * np.log(8), rel=1e-12),)


def test_it_has_its_row_and_its_section_in_the_book(law: Law) -> None:
    assert f"\n## {law.name}\n" in laws_markdown()
    assert f"| [{law.name}](#{law.name}) |" in laws_markdown()


def test_a_study_asks_it_for_plans(law: Law, runs: pl.DataFrame) -> None:
    from types import SimpleNamespace

    study = SimpleNamespace(study="case", metric="accuracy", plan={"target": {"find": "attempts", "reach": [0.5]}})
    row = PLANS["plan_target"].build(fit(law, runs, draws=20), study, runs).row(0, named=True)
    assert row["amount"] == pytest.approx(np.exp(2), rel=1e-6)


@pytest.fixture
def own(tmp_path: Path):
    """Writes a law file of a user and loads it; what it registered goes again."""
    known = set(laws)

    def write(text: str) -> list[str]:
        (tmp_path / "own.py").write_text(text, encoding="utf-8")
        return [str(error) for error in load_user_laws(tmp_path)]

    yield write
    for name in set(laws) - known:
        del book._registry[name]


def test_the_law_of_the_readme_is_a_law_as_it_stands(own) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert own(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]) == []
    with duckdb.connect() as connection:
        connection.execute(macro_sql(laws["tied"]))
        assert connection.execute(example_sql(laws["tied"])).fetchone()[0] > 1.7


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"base": 0.4, "gain": 0.05}', '"base": 0.4}'), ["own.py", "example lacks gain", "give every"]),
        (("brand_new", "select"), ["own.py", "'select' is a word of SQL", "rename"]),
        (('name="brand_new"', 'name="chinchilla"'), ["own.py", "'chinchilla' is taken", "rename"]),
        (("import sympy", "import nothing_of_that_name"), ["own.py", "nothing_of_that_name", "correct the file"]),
    ],
)
def test_a_law_that_cannot_be_one_is_named_with_file_and_cure_and_is_not_registered(own, change, words) -> None:
    before = set(laws)
    (error,) = own(FILE.replace(*change))
    assert all(word in error for word in words), error
    assert set(laws) == before
