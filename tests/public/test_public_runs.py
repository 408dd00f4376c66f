"""From public run logs in their own folders to published plans, by the command's own code: what the reference analyses found."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.cli.plan_text import plan_text
from pipeline.home import Home
from pipeline.refit.refit import refit
from tests.planning.printed_plans import disagreements

HERE = Path(__file__).parent
FOLDERS = {"massivetext": "epoch_chinchilla", "datablations": "datablations", "clip": "clip_pools_buckets"}
Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def home(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A refitted home that watches the public folders in place."""
    root = tmp_path_factory.mktemp("public")
    watched = "\n".join(f'{name} = "{shared_data / folder}"' for name, folder in FOLDERS.items())
    (root / "config.toml").write_text(f"[watch]\n{watched}\n")
    shutil.copytree(HERE / "studies", root / "studies")
    with pytest.MonkeyPatch.context() as patch:
        for folder in ("project_runs", "project_studies"):
            patch.setattr(Home, folder, property(lambda _: root / "none"))
        home = Home.open(root)
        assert refit(home).exit_code == 0
    return home


@pytest.fixture(scope="module")
def ask(home: Home) -> Iterator[Query]:
    """Asks its published file."""
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        yield lambda text: connection.execute(text).fetchall()


def certificate(ask: Query, study: str) -> dict[str, Any]:
    return json.loads(ask(f"SELECT certificate FROM fits WHERE study = '{study}'")[0][0])


def estimates(ask: Query, study: str) -> dict[str, float]:
    return dict(ask(f"SELECT parameter, estimate FROM fit_parameters JOIN fits USING (fit_id) WHERE study = '{study}'"))


def test_epoch_chinchilla_objective_is_the_minimum(ask: Query) -> None:
    [(objective, name, runs)] = ask("SELECT objective_value, objective, n_runs FROM fits WHERE study = 'chinchilla-figure'")
    assert objective <= 0.00101827402
    assert "huber(delta=0.001) of log residuals" in name
    assert runs == 240


def test_epoch_chinchilla_constants_hold_to_five_digits(ask: Query) -> None:
    found = estimates(ask, "chinchilla-figure")
    expected = {"E": 1.817218, "A": 477.826, "B": 2143.417, "alpha": 0.3473105, "beta": 0.3671724}
    assert found == pytest.approx(expected, rel=1e-5)


def test_epoch_chinchilla_plan_holds_the_replications_optimum(ask: Query) -> None:
    [(n_low, n_high, d_low, d_high)] = ask(
        "SELECT params_low, params_high, data_seen_low, data_seen_high FROM best_compute_optimal"
        " WHERE study = 'chinchilla-figure' AND flops = 5.76e23 AND approach = 'parametric'"
    )
    assert n_low < 7.24e10 < n_high
    assert d_low < 1.33e12 < d_high


def test_epoch_chinchilla_excluded_runs_stay_visible_with_their_reason(ask: Query) -> None:
    left_out = ask("SELECT reason FROM fit_runs JOIN fits USING (fit_id) WHERE study = 'chinchilla-figure' AND NOT used")
    assert [reason for (reason,) in left_out] == ["left out by the study: among its 5 largest"] * 5


def test_the_published_macro_gives_the_loss_of_python(ask: Query) -> None:
    query = """
        SELECT count(*), max(abs(chinchilla(runs.params, runs.data_seen, c.parameters['E'], c.parameters['A'], c.parameters['B'],
                                            c.parameters['alpha'], c.parameters['beta']) / r.predicted - 1))
        FROM residuals AS r JOIN current_parameters AS c USING (fit_id) JOIN runs USING (run_key)
        WHERE c.study = 'chinchilla-figure'"""
    [(compared, apart)] = ask(query)
    assert compared == 240
    assert apart <= 1e-12


def test_datablations_free_fit_finds_the_lowest_minimum(ask: Query) -> None:
    found = estimates(ask, "data-constrained-paper")
    [(objective,)] = ask("SELECT objective_value FROM fits WHERE study = 'data-constrained-paper'")
    assert objective == pytest.approx(0.01580466, abs=1e-8)
    assert (found["Rd"], found["Rn"]) == pytest.approx((95.37, 1.706), rel=1e-3)


@pytest.mark.parametrize(
    ("repeats", "excess", "objective"),
    [(46.99, 2.330, 0.01580738), (160.7, 1.449, 0.01581129), (15.372, 5.315, 0.01582593)],
    ids=["47 repeats", "161 repeats", "the published minimum"],
)
def test_datablations_certificate_reports_the_other_minima(ask: Query, repeats: float, excess: float, objective: float) -> None:
    others = certificate(ask, "data-constrained-paper")["other_minima"]
    nearest = min(others, key=lambda minimum: abs(minimum["parameters"]["Rd"] - repeats))
    assert (nearest["parameters"]["Rd"], nearest["parameters"]["Rn"]) == pytest.approx((repeats, excess), rel=1e-2)
    assert nearest["objective"] == pytest.approx(objective, abs=1e-7)


def test_datablations_certificate_says_that_the_constants_are_not_identified_together(ask: Query) -> None:
    found = certificate(ask, "data-constrained-paper")
    assert found["grade"] == "weak"
    assert any("not identified together: Rd" in reason and "Rn" in reason for reason in found["reasons"])


def test_datablations_interval_of_the_plan_holds_the_optimum_at_the_published_constants(ask: Query) -> None:
    [(epochs_low, epochs_high)] = ask(
        "SELECT epochs_low, epochs_high FROM plan_data_constrained WHERE study = 'data-constrained-paper'"
    )
    assert epochs_low < 9.4884 < epochs_high


def test_a_weak_fit_speaks_in_the_printed_plan(ask: Query, home: Home) -> None:
    [(grade,)] = ask("SELECT DISTINCT grade FROM plan_notes WHERE study = 'data-constrained-paper' AND plan = ''")
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        assert grade in plan_text(connection, "data-constrained-paper", home)


@pytest.mark.parametrize(
    ("law", "bound"), [("repeated_utility", 0.0096), ("pooled_effective_data", 0.0045), ("annealed_effective_data", 0.0030)]
)
def test_clip_pools_are_fitted_jointly(ask: Query, law: str, bound: float) -> None:
    [(rmse, runs, points)] = ask(f"SELECT rmse, n_runs, n_points FROM fits WHERE study = 'clip-pools' AND law = '{law}'")
    assert (runs, points) == (11, 217)
    assert rmse <= bound


def test_clip_pools_plan_takes_more_pools_at_larger_budgets(ask: Query) -> None:
    counts = ask("SELECT len(pools) FROM best_filtering WHERE study = 'clip-pools' AND rank = 1 ORDER BY data_seen")
    sizes = [count for (count,) in counts]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_every_atomic_pool_has_its_own_parameters(ask: Query) -> None:
    query = """
        SELECT count(DISTINCT pool) FROM fit_parameters JOIN fits USING (fit_id)
        WHERE study = 'clip-pools' AND law = 'pooled_effective_data' AND pool <> ''"""
    assert ask(query) == [(7,)]


def test_plans_of_the_clip_pools_stand_on_the_combination(ask: Query) -> None:
    assert ask("SELECT law FROM fits WHERE study = 'clip-pools' AND selected") == [("combined",)]


def test_the_law_that_forecasts_left_out_clip_runs_best_weighs_most(ask: Query) -> None:
    query = """
        SELECT arg_min(law, held_out_error), arg_max(law, weight), arg_max(law, probability_best) FROM fit_weights
        WHERE study = 'clip-pools'"""
    assert set(ask(query)[0]) == {"annealed_effective_data"}


def test_a_correction_for_annealing_leaves_the_best_sets_and_changes_what_they_are_worth(ask: Query) -> None:
    query = """
        SELECT law, list(len(pools) ORDER BY data_seen), list(round(value, 3) ORDER BY data_seen) FROM plan_filtering
        WHERE study = 'clip-pools' AND nested_rank = 1 GROUP BY law"""
    found = {law: (sets, errors) for law, sets, errors in ask(query)}
    assert found["annealed_effective_data"] == ([2, 3, 3, 5], pytest.approx([0.899, 0.821, 0.719, 0.504], abs=2e-3))
    assert found["pooled_effective_data"] == ([2, 3, 3, 5], pytest.approx([0.875, 0.806, 0.744, 0.687], abs=2e-3))


def test_text_report_and_tables_agree_number_by_number(home: Home) -> None:
    assert disagreements(home) == []
