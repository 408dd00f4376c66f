"""`share` and `prior_from`: a cohort of few runs gets a plan from what others know, marked, and a refit when they change."""

from pathlib import Path

import duckdb
import pytest
from small_home import declare, own_home, refit_undrawn, run_rows, write_runs

from pipeline.cli.plan_text import plan_text
from pipeline.errors import StudyError
from pipeline.home import Home
from pipeline.study.studies import load_studies, read_study

MANY, FEW = "web", "code"
TOGETHER = """
study = "corpora"
runs = "dataset IN ('web', 'code')"
metric = "loss"
split = "validation"
group_by = ["dataset"]
laws = ["chinchilla"]
share = ["A", "B", "alpha", "beta"]
draws = 48
[plan]
flops = [1e20]
"""
APART = (
    TOGETHER.replace('group_by = ["dataset"]\n', "").replace('"corpora"', '"{name}"').replace("IN ('web', 'code')", "= '{name}'")
)
ALONE = APART.replace('share = ["A", "B", "alpha", "beta"]\n', "")
FROM = APART.replace("draws = 48\n", 'draws = 48\nprior_from = "{source}"\n')


def write(home: Home, *datasets: str) -> Home:
    """Twenty-five runs of one corpus; three small ones of another, which is .4 nats easier and of the same shape."""
    for name in datasets:
        rows = run_rows(name)
        if name == FEW:
            rows = [{**rows[k], "metric:loss": float(rows[k]["metric:loss"]) - 0.4} for k in (6, 8, 12)]
        write_runs(home.inbox / "lab" / name, rows)
    return home


def ask(home: Home, query: str) -> list[tuple]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = write(own_home(tmp_path_factory.mktemp("together") / "home"), MANY, FEW)
    (home.studies / "corpora.toml").write_text(TOGETHER)
    assert refit_undrawn(home).exit_code == 0
    return home


def test_three_runs_have_a_plan_with_what_twenty_five_of_another_corpus_say(together: Home) -> None:
    query = "SELECT loss_low, loss_high FROM best_compute_optimal WHERE cohort = 'dataset=code'"
    web = ask(together, "SELECT loss FROM best_compute_optimal WHERE cohort = 'dataset=web'")[0][0]
    low, high = ask(together, query)[0]
    assert low < web - 0.4 < high


def test_plan_rows_name_what_they_share(together: Home) -> None:
    shared = ask(together, "SELECT shared FROM best_compute_optimal WHERE cohort = 'dataset=code'")[0][0]
    assert shared == ["A", "B", "alpha", "beta"]


def test_the_plan_says_whose_the_shared_parameters_are(together: Home) -> None:
    with duckdb.connect(str(together.published_db), read_only=True) as connection:
        assert "shared with dataset=web: A (" in plan_text(connection, "corpora", together)


def test_another_study_is_a_source_fitted_first_and_its_new_run_refits_what_takes_from_it(tmp_path: Path) -> None:
    home = write(own_home(tmp_path / "home"), MANY, FEW)
    declare(home, MANY, ALONE)
    declare(home, FEW, FROM.replace("{source}", MANY))
    assert refit_undrawn(home).refitted == [MANY, FEW]
    assert ask(home, "SELECT shared FROM best_compute_optimal WHERE study = 'code'")[0][0] == ["A", "B", "alpha", "beta"]
    assert refit_undrawn(home).refitted == []
    write_runs(home.inbox / "lab" / "more", [{**run_rows(MANY)[3], "run_id": "web-more", "params": 2e7}])
    assert refit_undrawn(home).refitted == [MANY, FEW]


def declared(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('["A", "B", "alpha", "beta"]', '["gamma"]'), "gamma"),
        (('group_by = ["dataset"]\n', ""), "one cohort has nobody to share with"),
        (('share = ["A", "B", "alpha", "beta"]\n', 'prior_from = "web"\n'), "none is shared"),
        (("draws = 48\n", 'draws = 48\nprior_from = "chinchila/approach"\n'), "chinchilla"),
        (("draws = 48\n", 'draws = 48\nprior_from = "kaplan_size_data/"\n'), "law of this study"),
    ],
)
def test_what_cannot_be_shared_is_named_with_its_fix(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=said):
        read_study(declared(tmp_path, TOGETHER.replace(*change)))


def test_a_source_that_is_no_study_or_leads_back_is_an_error(tmp_path: Path) -> None:
    home = own_home(tmp_path / "home")
    for name, source in (("one", "two"), ("two", "one"), ("three", "nobody")):
        declare(home, name, FROM.replace("{source}", source))
    studies, errors = load_studies(home)
    assert not {"one", "two", "three"} & {study.study for study in studies}
    assert sorted("nobody" in str(error) for error in errors) == [False, False, True]
