"""Which point counts: a declared rule, visible in every run that it touches, its weight told by the fit."""

import json
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from small_home import STUDY, own_home, without_report

from pipeline.fitting import fit
from pipeline.laws import laws
from pipeline.refit.refit import refit
from pipeline.store.fit_rows import run_rows
from pipeline.study.left_out import in_words, sensitivity_to_rules
from pipeline.study.observations import observations
from tests.study.runs_in_store import a_study, add

Store = duckdb.DuckDBPyConnection
LOSS = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.37}


def seen(store: Store, **rule: object) -> dict[float, str | None]:
    """data_seen of each point -> why it is left out."""
    rows = observations(store, a_study(points=rule)).select("data_seen", "reason").rows()
    return {data_seen: reason and reason.removeprefix("left out by the study: ") for data_seen, reason in rows}


def test_points_inside_the_warm_up_are_left_out_with_the_reason(store: Store) -> None:
    add(store, "a", warmup=30.0)
    assert seen(store, after_warmup=True) == {25.0: "inside its warm-up", 50.0: None, 100.0: None}
    assert seen(store, after_warmup=2) == {25.0: "inside its warm-up", 50.0: "inside its warm-up", 100.0: None}


def test_a_run_that_does_not_say_its_warm_up_is_left_out_as_such(store: Store) -> None:
    add(store, "a")
    assert set(seen(store, after_warmup=True).values()) == {"no warm-up logged"}


def test_points_before_a_declared_amount_of_data_are_left_out(store: Store) -> None:
    add(store, "a")
    assert seen(store, from_data_seen=50.0) == {25.0: "before 50.0 of data seen", 50.0: None, 100.0: None}


@pytest.mark.parametrize(("annealed", "kept"), [("final", [100.0]), (0.5, [50.0, 100.0])])
def test_points_before_the_end_of_a_decay_are_not_annealed(store: Store, annealed: object, kept: list[float]) -> None:
    add(store, "a", lr_schedule="cosine")
    found = seen(store, annealed=annealed)
    assert [data_seen for data_seen, reason in found.items() if reason is None] == kept
    assert set(found.values()) == {None, "not annealed"}


def test_a_run_at_a_constant_rate_has_no_decay_to_wait_for(store: Store) -> None:
    add(store, "a", lr_schedule="constant with warm-up")
    assert set(seen(store, annealed="final").values()) == {None}


def test_the_best_point_is_the_best_that_the_rule_lets_count(store: Store) -> None:
    add(store, "a", ((10.0, 1.0), (50.0, 2.5), (100.0, 2.2)), warmup=20.0)
    assert seen(store, take="best", after_warmup=True) == {100.0: None}


def test_a_run_that_ends_inside_its_warm_up_is_not_fitted(store: Store) -> None:
    add(store, "a", warmup=200.0)
    assert seen(store, take="final", after_warmup=True) == {100.0: "inside its warm-up"}


def test_a_fitted_run_says_how_many_of_its_points_are_left_out(store: Store) -> None:
    add(store, "a", warmup=60.0)
    frame = observations(store, a_study(points={"after_warmup": True}))
    assert run_rows("f", frame).select("used", "reason").rows() == [
        (True, "2 of 3 points: left out by the study: inside its warm-up")
    ]


def curves() -> pl.DataFrame:
    """Noise-free curves of the law, but for the points inside a warm-up, which lie far above it."""
    n, d = (axis.ravel() for axis in np.meshgrid(np.geomspace(1e7, 1e9, 5), np.geomspace(1e8, 1e11, 7), indexing="ij"))
    value = LOSS["E"] + LOSS["A"] / n ** LOSS["alpha"] + LOSS["B"] / d ** LOSS["beta"]
    early = d < 1e9
    reason = np.where(early, "left out by the study: inside its warm-up", None)
    columns = {"run_key": [f"{x:.0f}" for x in n], "params": n, "data_seen": d, "value": value * np.where(early, 1.3, 1.0)}
    return pl.DataFrame(columns).with_columns(pl.Series("used", ~early), pl.Series("reason", list(reason), pl.String))


def test_the_fit_tells_what_it_would_be_without_the_rule() -> None:
    frame = curves()
    found = fit(laws["chinchilla"], frame, draws=0, seed=0)
    assert found.parameters == pytest.approx(LOSS, rel=1e-5)
    [entry] = sensitivity_to_rules(found, frame, fix={}, prior={})
    assert (entry["rule"], entry["points"], entry["runs"]) == ("inside its warm-up", 10, 5)
    everything = fit(laws["chinchilla"], frame.drop("used", "reason"), draws=0, seed=0)
    assert entry["parameters"] == pytest.approx(everything.parameters, rel=1e-3)
    assert entry["plan_moves"] > 0.01
    assert in_words(entry).startswith("10 points of 5 runs are left out (inside its warm-up); with them")


def test_a_rule_that_changes_nothing_moves_no_plan() -> None:
    frame = curves().with_columns(pl.when("used").then("value").otherwise(pl.col("value") / 1.3).alias("value"))
    found = fit(laws["chinchilla"], frame, draws=0, seed=0)
    assert sensitivity_to_rules(found, frame, fix={}, prior={})[0]["plan_moves"] == pytest.approx(0.0, abs=1e-6)


def test_certificate_and_notes_of_the_published_file_tell_the_rule_and_its_weight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_report(monkeypatch)
    home = own_home(tmp_path / "home")
    (home.inbox / "lab").mkdir(parents=True)
    rows = curves().with_columns(run_id="run_key", metric=pl.lit("loss"), split=pl.lit("validation"))
    rows.select("run_id", "metric", "split", "data_seen", "value").write_csv(home.inbox / "lab" / "a.measurements.csv")
    runs = rows.unique("run_id").select("run_id", "params", data_seen=1e11, warmup=1e9, dataset=pl.lit("a"))
    runs.write_csv(home.inbox / "lab" / "a.runs.csv")
    study = STUDY.format(name="a").replace("[plan]", "[points]\nafter_warmup = true\n[plan]")
    (home.studies / "a.toml").write_text(study)
    report = refit(home)
    assert report.failed == {}
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        certificate = json.loads(connection.execute("SELECT certificate FROM fits WHERE law = 'chinchilla'").fetchall()[0][0])
        notes = connection.execute("SELECT note FROM plan_notes WHERE law = 'chinchilla'").fetchall()
        parts = connection.execute("SELECT DISTINCT used, reason FROM fit_runs").fetchall()
    assert certificate["left_out"][0]["rule"] == "inside its warm-up"
    assert certificate["left_out"][0]["plan_moves"] > 0.01
    assert any(note.startswith("10 points of 5 runs are left out") for (note,) in notes)
    assert parts == [(True, "2 of 7 points: left out by the study: inside its warm-up")]
