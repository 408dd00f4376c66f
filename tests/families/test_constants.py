"""A study that plans from published constants: no run is there yet, and planned ones are forecast."""

from pathlib import Path

import polars as pl
import pytest

from pipeline.errors import StudyError
from pipeline.home import Home
from pipeline.study.studies import read_study
from tests.families.dropped import printed, published, rows

STUDY = """study = "before-any-run"
question = "Which size for this budget, before anything is trained?"
runs = "dataset = 'planned'"
metric = "loss"
laws = ["chinchilla"]
constants = "chinchilla/besiroglu"
draws = 200
[plan]
flops = [5.76e23]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two planned runs and no finished one."""
    frame = pl.DataFrame({"run_id": ["a", "b"], "params": [1e9, 7e9], "data_seen": [2e10, 1.4e11], "status": ["planned"] * 2,
                          "dataset": ["planned"] * 2, "data_unit": ["token"] * 2})  # fmt: skip
    return published(tmp_path_factory.mktemp("constants"), STUDY, planned_runs=frame)


def test_the_plan_is_that_of_the_constants_and_says_so(home: Home) -> None:
    (row,) = rows(home, "SELECT * FROM best_compute_optimal WHERE approach = 'parametric'")
    assert row["params"] == pytest.approx(7.23527e10, rel=1e-4)
    assert row["grade"] == "published"
    assert row["params_low"] < row["params"] < row["params_high"]


def test_the_sentence_speaks_of_the_papers_runs(home: Home) -> None:
    said = printed(home, "before-any-run")
    assert "of the paper's largest run" in said
    assert "0 runs, published constants" in said


def test_the_parameters_are_the_printed_ones(home: Home) -> None:
    (row,) = rows(home, "SELECT parameters FROM current_parameters")
    assert row["parameters"]["alpha"] == 0.34781


def test_planned_runs_are_forecast_from_the_constants(home: Home) -> None:
    found = rows(home, "SELECT params, predicted FROM forecasts ORDER BY params")
    assert [row["predicted"] for row in found] == pytest.approx(
        [1.81686 + 482.006 / n**0.34781 + 2085.434 / d**0.36585 for n, d in ((1e9, 2e10), (7e9, 1.4e11))]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('constants = "chinchilla/besirog"', "constants.*settings of chinchilla"),
        ('constants = "step_law_rate/dense"', "constants are those of step_law_rate"),
    ],
)
def test_constants_that_do_not_fit_the_study_are_refused(tmp_path: Path, change: str, message: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(STUDY.replace('constants = "chinchilla/besiroglu"', change).replace('besirog"', 'besirogx"'))
    with pytest.raises(StudyError, match=message):
        read_study(path)
