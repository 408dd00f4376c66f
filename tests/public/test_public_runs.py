"""From public run logs in their own folders to published plans, by the command's own code: what the reference analyses found."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from pipeline import laws
from pipeline.home import Home
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
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
    law = laws["chinchilla"]
    found = estimates(ask, "chinchilla-figure")
    frame = pl.DataFrame({"params": [7e10, 1e7], "data_seen": [1.4e12, 3e8]})
    theta = np.array([[found[parameter.name] for parameter in law.parameters]])
    python = compiled(law).value(theta, rows_from_frame(law, frame, ()))[0]
    values = ", ".join(repr(found[p.name]) for p in law.parameters)
    sql = [ask(f"SELECT chinchilla({n}::DOUBLE, {d}::DOUBLE, {values})")[0][0] for n, d in frame.rows()]
    assert sql == pytest.approx(list(python), rel=1e-12)


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


def test_text_report_and_tables_agree_number_by_number(home: Home) -> None:
    assert disagreements(home) == []
