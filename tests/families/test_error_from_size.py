"""From size and data to loss to error in one study: logs as they were dropped, planned runs, what is printed and asked."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.home import Home
from tests.families.dropped import ROOT, SHARED, printed, public, published, query, refitted, rows
from tests.small_home import own_home, without_report

PROBE = """study = "probe"
question = "What cloze error does a run of this size and data reach?"
runs = "recipe = 'baseline'"
metric = "error"
task = "cloze"
chain = { loss = "chinchilla" }
derive = { loss = "metric:loss@validation/clean" }
draws = 60
plan = { flops = [1e13], response = { params = [4e5], data_seen = [1e8] } }
"""
LADDER = """study = "ladder"
runs = "namespace = 'olmo_ladder' AND params IS NOT NULL"
metric = "accuracy"
task = "hellaswag_val_rc_5shot_len_norm"
points = "all"
laws = ["ladder_score"]
chain = { task_loss = "chinchilla" }
derive = { task_loss = "metric:bits_per_byte@test/hellaswag_val_rc_5shot" }
draws = 60
"""
SEALED = ("sealed-ten", "sealed-scale")
TARGETS = {"7B-4T": (6887575552, 3.945e12, "peteish7_eval_anneal"), "13B-5T": (13202396160, 5.0e12, "peteish13_eval_final")}


def shipped(name: str, table: str) -> pl.DataFrame:
    return pl.read_parquet(ROOT / "data" / "runs" / f"{name}.{table}.parquet")


def sealed(table: str) -> pl.DataFrame:
    return pl.concat([shipped(f"sealed/{name}", table) for name in SEALED], how="diagonal_relaxed")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The wind tunnel's grid as it was logged, and the sealed runs as somebody plans them: size and tokens, and nothing else."""
    known = shipped("grid", "runs").filter(recipe="baseline")
    size = ("run_id", "recipe", "dataset", "params", "params_nonembedding", "data_seen", "data_unit", "tokenizer")
    planned = sealed("runs").select(size).with_columns(status=pl.lit("planned"))
    values = shipped("grid", "measurements").filter(pl.col("run_id").is_in(known["run_id"].to_list()))
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        runs = pl.concat([known, planned], how="diagonal_relaxed")
        return published(tmp_path_factory.mktemp("probe"), PROBE, tunnel_runs=runs, tunnel_measurements=values)


def forecasts(home: Home) -> list[dict[str, object]]:
    return rows(home, "SELECT r.run_id, f.* FROM forecasts AS f JOIN runs AS r USING (run_key) WHERE f.kind = 'live'")


def test_a_planned_run_gets_a_forecast_of_its_error_through_the_loss(home: Home) -> None:
    found = forecasts(home)
    assert {row["run_id"] for row in found} == set(sealed("runs")["run_id"])
    assert {(row["law"], row["metric"]) for row in found} == {("chained", "error")}


def test_the_sealed_runs_ended_inside_their_intervals(home: Home) -> None:
    ended = sealed("measurements").filter(metric="error", task="cloze")
    observed = dict(zip(ended["run_id"], ended["value"], strict=True))
    inside = [row["predicted_low"] <= observed[row["run_id"]] <= row["predicted_high"] for row in forecasts(home)]
    assert sum(inside) >= 5


def test_the_plan_names_the_size_and_its_error_with_an_interval(home: Home) -> None:
    (row,) = rows(home, "SELECT * FROM best_compute_optimal WHERE approach = 'parametric'")
    assert row["law"] == "chained"
    assert row["loss_low"] < row["loss"] < row["loss_high"] < 1


def test_what_stands_on_what_is_printed(home: Home) -> None:
    said = printed(home, "probe")
    assert "chinchilla predicts the loss, " in said
    assert all(law in said for law in counting(home))
    assert "expect an error of 0.8" in said


def counting(home: Home) -> set[str]:
    """The laws of the error that have draws in the chain."""
    weighed = "SELECT law FROM fit_weights JOIN families USING (law) WHERE family = 'error_from_loss' AND weight >= .02"
    return {str(row["law"]) for row in rows(home, weighed)}


def test_a_run_that_the_study_names_is_carried_through_the_loss_to_its_error_with_an_interval(home: Home) -> None:
    (row,) = rows(home, "SELECT * FROM best_response")
    assert (row["law"], row["metric"]) == ("chained", "error")
    assert row["value_low"] < row["value"] < row["value_high"] < 1
    assert "With 400 k parameters and 100 M tokens, expect an error of" in printed(home, "probe")


def test_predict_in_sql_goes_through_the_chain_as_the_plan_does(home: Home) -> None:
    (plan,) = rows(home, "SELECT value FROM best_response")
    (row,) = rows(home, "SELECT * FROM predict('probe', params := 4e5, data_seen := 1e8)")
    assert row["law"] == "chained"
    assert row["predicted"] == pytest.approx(plan["value"], rel=1e-9)


def test_each_law_of_the_error_plans_through_the_loss_and_the_first_law_plans_no_value_of_the_metric(home: Home) -> None:
    found = rows(home, "SELECT law, selected FROM plan_compute_optimal WHERE approach = 'parametric'")
    assert len(found) == 1 + len(counting(home)) > 2
    assert {row["law"]: row["selected"] for row in found} == {"chained": True} | dict.fromkeys(counting(home), False)


def test_the_plan_says_how_far_the_laws_of_the_error_are_apart(home: Home) -> None:
    assert "the laws agree" in printed(home, "probe") or "the laws disagree: error" in printed(home, "probe")


def test_the_analysts_question_of_sizes_is_answered_in_errors(home: Home) -> None:
    found = [row for row in rows(home, query("rank_model_sizes")) if row["approach"] == "parametric"]
    assert [0 < row["loss"] < 1 for row in found] == [True]


def test_runs_of_the_grid_are_forecast_through_the_loss_from_those_before_them(home: Home) -> None:
    found = rows(home, "SELECT run_key, metric FROM forecasts WHERE kind = 'backtest' AND law = 'chained'")
    assert {row["metric"] for row in found} == {"error"}
    assert len({row["run_key"] for row in found}) == len(found) > 10


def test_an_idle_refit_finds_the_chain_as_it_was_stored(home: Home) -> None:
    from pipeline.refit.refit import refit

    before = forecasts(home)
    assert refit(home).refitted == []
    assert forecasts(home) == before


@public
@pytest.mark.slow
def test_a_ladder_of_small_models_forecasts_the_scores_of_7b_and_13b(tmp_path: Path) -> None:
    home = own_home(tmp_path)
    (home.root / "config.toml").write_text(f"shipped = false\n[watch]\nolmo_ladder = '{SHARED / 'olmo_ladder'}'\n")
    (home.inbox / "olmo_ladder").mkdir(parents=True)
    planned = [{"run_id": name, "params": n, "data_seen": d, "status": "planned", "dataset": "dolma", "data_unit": "token"}
               for name, (n, d, _) in TARGETS.items()]  # fmt: skip
    pl.DataFrame(planned).write_csv(home.inbox / "olmo_ladder" / "next.runs.csv")
    home = refitted(Home.open(home.root), LADDER)
    for row in forecasts(home):
        log = pl.read_csv(SHARED / "olmo_ladder" / f"{TARGETS[str(row['run_id'])][2]}.csv", infer_schema_length=None)
        score = log["eval/downstream/hellaswag_val_rc_5shot_len_norm"].drop_nulls()[-1]
        assert row["predicted_low"] < score < row["predicted_high"] <= 1
        assert np.isclose(row["predicted"], score, rtol=0.1)
