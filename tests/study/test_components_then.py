"""A capability in a replay is measured by the runs that were known then: a later model turns no component."""

from pathlib import Path

import numpy as np
import polars as pl

from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.store.warehouse import Warehouse
from pipeline.study.derived.sizes import first_component
from pipeline.study.observations import observations, of_known_runs
from pipeline.study.studies import read_study
from tests.small_home import own_home

STUDY = """study = "skill"
runs = "dataset = 'models'"
metric = "accuracy"
task = "goal"
laws = ["observational"]
derive = { capability = { first_component = ["metric:accuracy@test/a", "metric:accuracy@test/b", "metric:accuracy@test/c"] } }
"""
TASKS = ("a", "b", "c", "goal")


def models(root: Path) -> Home:
    """Ten models of whom the last four turn one benchmark against the others."""
    rng, home = np.random.default_rng(0), own_home(root)
    level = np.linspace(0.2, 0.8, 10)
    scores = {task: np.clip(level + 0.05 * rng.standard_normal(10), 0, 1) for task in TASKS}
    scores["c"][6:] = 0.05
    frame = pl.DataFrame({"run_id": [f"m{k}" for k in range(10)], "flops": np.geomspace(1e20, 1e23, 10),
                          **{f"metric:accuracy@test/{task}": values for task, values in scores.items()}})  # fmt: skip
    (home.inbox / "lab").mkdir()
    frame.with_columns(status=pl.lit("finished"), dataset=pl.lit("models")).write_csv(home.inbox / "lab" / "models.runs.csv")
    (home.studies / "skill.toml").write_text(STUDY)
    ingest(home)
    return home


def test_what_scores_share_is_what_those_of_the_known_models_share(tmp_path: Path) -> None:
    home = models(tmp_path)
    with Warehouse(home) as warehouse:
        study = read_study(home.studies / "skill.toml")
        rows = observations(warehouse.connection, study).sort("flops")
        then = of_known_runs(warehouse.connection, study)
        known, later = then(rows[:6], rows[6:])
    scores = pl.read_csv(home.inbox / "lab" / "models.runs.csv").sort("flops")
    named = [scores[f"metric:accuracy@test/{task}"] for task in TASKS[:3]]
    expected = first_component(named, pl.Series([True] * 6 + [False] * 4), "capability")
    both = [*known["capability"].to_list(), *later["capability"].to_list()]
    np.testing.assert_allclose(both, expected.to_list())
    assert np.abs(np.array(both) - rows["capability"].to_numpy()).max() > 0.1
    assert later["used"].all()
