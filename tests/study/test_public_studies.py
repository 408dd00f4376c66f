"""Public runs through committed maps, studies and plans to the published file: the answers that others have published."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from small_home import own_home, without_report

from pipeline.cli.plan_text import plan_text
from pipeline.home import Home
from pipeline.refit.refit import RefitReport, refit

STUDIES = Path(__file__).parent / "public"
FILES = {
    "massivetext": "epoch_chinchilla/svg_extracted_data.csv",
    "datablations": "datablations/final_losses.csv",
    "clip": "clip_pools_buckets/pool_learning_curves.csv",
}


@pytest.fixture(scope="module")
def refitted(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, RefitReport]:
    """A home with three public run collections and a study on each."""
    home = own_home(tmp_path_factory.mktemp("public"))
    for folder, name in FILES.items():
        (home.inbox / folder).mkdir()
        shutil.copy(shared_data / name, home.inbox / folder)
    for study in STUDIES.glob("*.toml"):
        shutil.copy(study, home.studies)
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        return home, refit(home)


@pytest.fixture
def published(refitted: tuple[Home, RefitReport]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(refitted[0].published_db), read_only=True) as connection:
        yield connection


def test_every_public_study_is_refitted(refitted: tuple[Home, RefitReport]) -> None:
    assert refitted[1].failed == {}
    assert refitted[1].refitted == ["clip-filtering", "data-constrained", "massivetext"]


def test_chinchilla_optimum_is_the_replications(published: duckdb.DuckDBPyConnection) -> None:
    row = published.execute(
        "SELECT * FROM best_compute_optimal WHERE study = 'massivetext' AND approach = 'parametric'"
    ).fetchall()
    names = [item[0] for item in published.description or []]
    plan = dict(zip(names, row[0], strict=True))
    assert plan["params_low"] < 7.24e10 < plan["params_high"]
    assert plan["data_seen_low"] < 1.33e12 < plan["data_seen_high"]


def test_chinchilla_parameters_are_the_minimum_to_five_digits(published: duckdb.DuckDBPyConnection) -> None:
    fit = published.execute(
        "SELECT fit_id, objective_value FROM fits WHERE study = 'massivetext' AND law = 'chinchilla'"
    ).fetchall()
    assert fit[0][1] <= 0.00101827402
    found = dict(published.execute("SELECT parameter, estimate FROM fit_parameters WHERE fit_id = $1", [fit[0][0]]).fetchall())
    assert found["E"] == pytest.approx(1.817218, rel=1e-5)
    assert found["A"] == pytest.approx(477.826, rel=1e-5)
    assert found["B"] == pytest.approx(2143.417, rel=1e-5)
    assert found["alpha"] == pytest.approx(0.3473105, rel=1e-5)
    assert found["beta"] == pytest.approx(0.3671724, rel=1e-5)


def test_macro_gives_the_same_loss_as_python(published: duckdb.DuckDBPyConnection) -> None:
    query = """
        SELECT max(abs(chinchilla(runs.params, runs.data_seen, c.parameters['E'], c.parameters['A'], c.parameters['B'],
                                  c.parameters['alpha'], c.parameters['beta']) / r.predicted - 1))
        FROM residuals AS r JOIN current_parameters AS c USING (fit_id) JOIN runs USING (run_key)
        WHERE c.study = 'massivetext' AND c.law = 'chinchilla'"""
    assert published.execute(query).fetchall()[0][0] <= 1e-12


def test_five_largest_losses_are_left_out_with_the_reason(published: duckdb.DuckDBPyConnection) -> None:
    query = """
        SELECT count(*), any_value(reason) FROM fit_runs JOIN fits USING (fit_id)
        WHERE study = 'massivetext' AND law = 'chinchilla' AND NOT used"""
    assert published.execute(query).fetchall() == [(5, "left out by the study: among its 5 largest")]


def test_data_constrained_fit_reports_its_other_minima(published: duckdb.DuckDBPyConnection) -> None:
    query = """
        SELECT objective_value, len(certificate::JSON -> 'other_minima' ->> '$[*]') FROM fits
        WHERE study = 'data-constrained'"""
    ((objective, minima),) = published.execute(query).fetchall()
    assert objective <= 0.01580467
    assert minima >= 1


def test_refused_or_weak_fit_speaks_in_the_notes(
    published: duckdb.DuckDBPyConnection, refitted: tuple[Home, RefitReport]
) -> None:
    notes = published.execute("SELECT grade, note FROM plan_notes WHERE study = 'data-constrained' AND plan = ''").fetchall()
    assert notes
    assert notes[0][0] in plan_text(published, "data-constrained", refitted[0])


def test_clip_pools_are_fitted_jointly(published: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT n_runs, n_points, rmse FROM fits WHERE study = 'clip-filtering' AND law = 'repeated_utility'"
    ((runs, points, rmse),) = published.execute(query).fetchall()
    assert (runs, points) == (11, 217)
    assert rmse <= 0.0096


def test_every_atomic_pool_has_its_own_parameters(published: duckdb.DuckDBPyConnection) -> None:
    query = """
        SELECT count(DISTINCT pool) FROM fit_parameters JOIN fits USING (fit_id)
        WHERE study = 'clip-filtering' AND law = 'pooled_effective_data' AND pool <> ''"""
    assert published.execute(query).fetchall() == [(7,)]


def test_plans_stand_on_the_combination(published: duckdb.DuckDBPyConnection) -> None:
    assert published.execute("SELECT law FROM fits WHERE study = 'clip-filtering' AND selected").fetchall() == [("combined",)]


def test_the_law_that_forecasts_left_out_runs_best_weighs_most(published: duckdb.DuckDBPyConnection) -> None:
    query = """
        SELECT arg_min(law, held_out_error), arg_max(law, weight), arg_max(law, probability_best) FROM fit_weights
        WHERE study = 'clip-filtering'"""
    assert set(published.execute(query).fetchall()[0]) == {"annealed_effective_data"}


def test_a_correction_for_annealing_leaves_the_best_sets_and_changes_what_they_are_worth(
    published: duckdb.DuckDBPyConnection,
) -> None:
    query = """
        SELECT law, list(len(pools) ORDER BY data_seen), list(round(value, 3) ORDER BY data_seen) FROM plan_filtering
        WHERE study = 'clip-filtering' AND nested_rank = 1 GROUP BY law"""
    found = {law: (sets, errors) for law, sets, errors in published.execute(query).fetchall()}
    assert found["annealed_effective_data"] == ([2, 3, 3, 5], pytest.approx([0.899, 0.821, 0.719, 0.504], abs=2e-3))
    assert found["pooled_effective_data"] == ([2, 3, 3, 5], pytest.approx([0.875, 0.806, 0.744, 0.687], abs=2e-3))
