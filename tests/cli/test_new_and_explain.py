"""`lawbook new` and `lawbook explain`: the first study, and what a study stands on."""

import json
from pathlib import Path

import pytest
from small_home import make_home, own_home, run_rows, write_runs

from pipeline.cli.explain_text import explain_text
from pipeline.cli.main import main
from pipeline.home import Home
from pipeline.study.explained import Asked, Explanation
from pipeline.study.studies import load_studies

GRID = [(n, d) for n in (1e7, 1e8, 1e9) for d in (1e9, 1e10, 1e11)]
"""Sizes and amounts of data."""


def call(home: Home, *arguments: str) -> int:
    return main(["--home", str(home.root), *arguments])


@pytest.fixture
def logged(tmp_path: Path) -> Home:
    """A home with dropped logs that nobody has ingested."""
    home = own_home(tmp_path / "home")
    write_runs(home.inbox / "lab" / "web", run_rows("web"))
    return home


def test_new_lists_what_the_runs_can_answer_and_what_they_lack(logged: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(logged, "new") == 0
    out = capsys.readouterr().out
    assert "web-compute-optimal" in out
    assert "Not yet:" in out
    assert not list(logged.studies.iterdir())


def test_new_writes_a_study_that_loads(logged: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(logged, "new", "web-compute-optimal") == 0
    studies, errors = load_studies(logged)
    assert ([study.study for study in studies], errors) == (["web-compute-optimal"], [])
    assert str(studies[0].source) in capsys.readouterr().out


def test_the_schema_that_a_new_study_names_is_there(logged: Home) -> None:
    call(logged, "new", "--all")
    for path in logged.studies.glob("*.toml"):
        named = path.read_text().splitlines()[0].removeprefix("#:schema ")
        assert json.loads((path.parent / named).read_text())["title"] == "Lawbook study"


def test_new_never_overwrites_a_study(logged: Home, capsys: pytest.CaptureFixture[str]) -> None:
    (logged.studies / "mine.toml").write_text("# mine\n")
    assert call(logged, "new", "web-compute-optimal", "--as", "mine") == 1
    assert "--as" in capsys.readouterr().err
    assert (logged.studies / "mine.toml").read_text() == "# mine\n"


@pytest.mark.parametrize("name", ["../outside", "Mine", "a b"])
def test_a_name_that_no_study_may_have_writes_nothing(logged: Home, name: str) -> None:
    before = set(logged.root.parent.rglob("*.toml"))
    assert call(logged, "new", "web-compute-optimal", "--as", name) == 1
    assert set(logged.root.parent.rglob("*.toml")) == before


def test_an_unknown_proposal_is_refused_with_the_known_ones(logged: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(logged, "new", "web-compute") == 1
    assert "did you mean 'web-compute-optimal'" in capsys.readouterr().err


def test_new_without_any_run_says_where_logs_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = own_home(tmp_path / "home")
    assert call(home, "new") == 1
    assert str(home.inbox) in capsys.readouterr().err


def test_explain_counts_runs_and_names_what_is_left_out_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = make_home(tmp_path / "home", "first")
    rows = [{**row, "run_id": f"more-{i}", "params": ""} for i, row in enumerate(run_rows("first")[:2])]
    write_runs(home.inbox / "lab" / "more", [*rows, {**rows[0], "run_id": "still", "status": "running"}])
    call(home, "refit")
    capsys.readouterr()
    assert call(home, "explain", "first", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["runs"], said["left_out"]) == (28, {"running": ["still"]})
    (declared,) = (law for law in said["laws"] if law["declared"])
    assert (declared["law"], declared["runs"], declared["lacking"]) == ("chinchilla", 25, {"no params": 2})


def test_explain_says_what_varies_and_what_is_alike(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(home, "explain", "first") == 0
    out = capsys.readouterr().out
    assert "25 of 25 runs are used." in out
    assert "5 values" in out
    assert "10 M to 1.0 B parameters" in out
    assert "dataset first" in out


def test_explain_of_a_broken_study_gives_its_error(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    (home.studies / "third.toml").write_text('study = "third"\n')
    assert call(home, "explain", "third") == 1
    err = capsys.readouterr().err
    assert "'runs' is missing" in err
    assert "first, second" in err


@pytest.mark.parametrize(
    ("runs", "points", "words"),
    [
        (11, 640, "rests on the points of curves: 640 of 11 runs, 16 parameters"),
        (11, 11, "cannot: 11 runs for 16 parameters"),
        (40, 40, "can be fitted: 40 runs, 16 parameters"),
    ],
)
def test_a_law_is_said_to_stand_on_runs_or_on_the_points_of_their_curves(runs: int, points: int, words: str) -> None:
    asked = Asked("effective_data", True, runs, 16, {}, points=points)
    said = explain_text(Explanation("s", "", runs, runs, {}, [], {}, [asked]))
    assert words in said


def test_new_says_that_no_run_is_finished_and_one_word_of_the_person_ends_them_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = own_home(tmp_path / "home")
    (home.inbox / "lab").mkdir(parents=True)
    lines = [f"r{k},{n:.0f},{d:.0f},running,{2 + (1e7 / n) ** 0.3 + (1e8 / d) ** 0.3}" for k, (n, d) in enumerate(GRID)]
    (home.inbox / "lab" / "a.runs.csv").write_text("\n".join(["run_id,params,data_seen,status,metric:loss", *lines, ""]))
    assert call(home, "new") == 1
    assert "9 runs have a metric, and no log says that any of them is finished" in capsys.readouterr().err
    assert call(home, "finish", "lab/*") == 0
    assert call(home, "new") == 0
    assert "lab-compute-optimal" in capsys.readouterr().out


def test_new_says_that_the_runs_have_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = own_home(tmp_path / "home")
    (home.inbox / "lab").mkdir(parents=True)
    (home.inbox / "lab" / "a.runs.csv").write_text("run_id,params,data_seen,status\na,1e7,1e9,finished\n")
    assert call(home, "new") == 1
    assert "1 run is in the store, and no finished one has a metric" in capsys.readouterr().err


def test_finishing_runs_of_which_none_runs_says_how_to_list_them(logged: Home, capsys: pytest.CaptureFixture[str]) -> None:
    call(logged, "new")
    assert call(logged, "finish", "elsewhere/*") == 1
    assert "no running run is called like 'elsewhere/*'" in capsys.readouterr().err


def test_at_most_five_questions_are_listed_that_the_runs_cannot_answer(logged: Home, capsys: pytest.CaptureFixture[str]) -> None:
    call(logged, "new")
    unanswered = capsys.readouterr().out.partition("Not yet:")[2]
    assert unanswered.count("    needs ") == 5
    assert "more questions (`lawbook new --json` lists them all)" in unanswered
