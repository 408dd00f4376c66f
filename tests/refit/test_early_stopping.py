"""Running runs: their end is forecast from the curve so far and the law, losers are named, and the forecasts are scored."""

import duckdb
import pytest
from small_home import declare, loss, own_home, run_rows, without_report, wobble, write_runs

from pipeline.cli.plan_text import plan_text
from pipeline.home import Home
from pipeline.refit.refit import refit
from pipeline.store.frames import read_frame

PARTS = (0.1, 0.2, 0.4, 0.7, 1.0)
PLANNED = 1e10


def curve(params: float, data_seen: float, place: int, over: float = 1.0) -> list[dict[str, object]]:
    """Points of a run whose loss lies above its end by a tenth of what is left of its data."""
    return [
        {"data_seen": part * data_seen, "value": over * loss(params, data_seen) * wobble(place) * (1 + 0.1 * (1 - part))}
        for part in PARTS
    ]


def write(home: Home, run: dict[str, object], points: list[dict[str, object]]) -> None:
    """A run's row and its points as files of their own."""
    folder = home.inbox / "lab"
    write_runs(folder / str(run["run_id"]), [{**run, "metric:loss": None}])
    lines = [f"{run['run_id']},loss,validation,{point['data_seen']},{point['value']}" for point in points]
    text = "run_id,metric,split,data_seen,value\n" + "\n".join(lines) + "\n"
    (folder / f"{run['run_id']}.measurements.csv").write_text(text, encoding="utf-8")


def running(name: str) -> dict[str, object]:
    return {**run_rows("first")[0], "run_id": name, "status": "running", "params": 2e8, "data_seen": PLANNED}


@pytest.fixture
def home(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Finished runs with curves, and two at 40 % of their data: one like them, one 5 % above what its size and data give."""
    without_report(monkeypatch)
    found = own_home(tmp_path / "home")
    declare(found, "first")
    for place, row in enumerate(run_rows("first")):
        write(found, row, curve(row["params"], row["data_seen"], place))
    for name, over in (("usual", 1.0), ("poor", 1.05)):
        write(found, running(name), curve(2e8, PLANNED, 3, over)[:3])
    assert refit(found).exit_code == 0
    return found


def ask(home: Home, query: str) -> list[tuple]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(query).fetchall()


QUERY = "SELECT run_id, e.* EXCLUDE (run_key) FROM early_stopping e JOIN runs USING (run_key) ORDER BY run_id"


def outlooks(home: Home) -> dict[str, dict[str, object]]:
    """Rows of early_stopping by run."""
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return {row["run_id"]: row for row in read_frame(connection, QUERY).to_dicts()}


def test_interval_of_a_usual_run_holds_its_end_and_is_narrower_than_what_it_has_still_to_fall(home: Home) -> None:
    row = outlooks(home)["usual"]
    end = loss(2e8, PLANNED) * wobble(3)
    assert row["predicted_low"] < end < row["predicted_high"]
    assert row["predicted_high"] - row["predicted_low"] < row["value_so_far"] - end


def test_curve_so_far_moves_the_forecast_of_a_poor_run_above_the_law(home: Home) -> None:
    row = outlooks(home)["poor"]
    assert row["predicted"] > row["predicted_by_law"]
    assert row["predicted_by_curve"] == pytest.approx(1.05 * loss(2e8, PLANNED) * wobble(3), rel=0.01)


def test_poor_run_is_called_a_loser_with_what_stopping_it_saves(home: Home) -> None:
    rows = outlooks(home)
    assert rows["poor"]["loser"]
    assert rows["poor"]["probability_best"] < rows["usual"]["probability_best"]
    assert rows["poor"]["flops_left"] == pytest.approx(6 * 2e8 * 0.6 * PLANNED)
    assert "a loser" in rows["poor"]["message"]


def test_plan_in_words_names_the_running_runs(home: Home) -> None:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        text = plan_text(connection, "first", home)
    assert "RUNNING RUNS" in text
    assert "poor, 40% of its data: final loss" in text


def test_forecast_from_the_curve_is_in_the_ledger_and_scored_when_the_run_ends(home: Home) -> None:
    before = ask(home, "SELECT forecast_id, predicted FROM forecasts WHERE kind = 'curve' ORDER BY forecast_id")
    assert len(before) == 2
    write(home, {**running("usual"), "status": "finished"}, curve(2e8, PLANNED, 3))
    assert refit(home).exit_code == 0
    scored = ask(home, "SELECT covered FROM forecasts JOIN forecast_scores USING (forecast_id) WHERE kind = 'curve'")
    assert scored == [(True,)]
    after = ask(home, "SELECT forecast_id, predicted FROM forecasts WHERE kind = 'curve' ORDER BY forecast_id")
    assert set(before) <= set(after)
    assert set(outlooks(home)) == {"poor"}


def test_run_that_goes_on_gets_another_forecast_and_the_first_stays(home: Home) -> None:
    write(home, running("usual"), curve(2e8, PLANNED, 3)[:4])
    assert refit(home).exit_code == 0
    query = "SELECT count(*) FROM forecasts JOIN runs USING (run_key) WHERE kind = 'curve' AND run_id = 'usual'"
    assert ask(home, query) == [(2,)]
    assert outlooks(home)["usual"]["data_so_far"] == pytest.approx(0.7 * PLANNED)


HOPELESS = """
study = "first"
question = "Where will the running runs end?"
runs = "dataset = 'first'"
metric = "loss"
split = "validation"
laws = ["modality_compute"]
draws = 50
"""


@pytest.fixture
def lawless(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A study whose only law is refused: every finished run took the same compute."""
    without_report(monkeypatch)
    found = own_home(tmp_path / "home")
    declare(found, "first", HOPELESS)
    for place, row in enumerate(run_rows("first")):
        data = 1e19 / (6 * row["params"])
        write(found, {**row, "data_seen": data}, curve(row["params"], data, place))
    write(found, {**running("usual"), "data_seen": PLANNED}, curve(2e8, PLANNED, 3)[:3])
    refit(found)
    return found


def test_a_running_run_is_forecast_from_curves_where_the_law_of_the_study_is_refused(lawless: Home) -> None:
    assert ask(lawless, "SELECT count(*) FROM fits WHERE valid_to IS NULL AND grade <> 'refused'") == [(0,)]
    row = outlooks(lawless)["usual"]
    end = loss(2e8, PLANNED) * wobble(3)
    assert row["law"] == "curve"
    assert row["fit_id"] is row["predicted_by_law"] is None
    assert row["predicted"] == pytest.approx(end, rel=1e-6)
    assert row["predicted_low"] <= row["predicted"] <= row["predicted_high"]


def test_a_forecast_without_a_law_is_scored_when_the_run_ends(lawless: Home) -> None:
    write(lawless, {**running("usual"), "status": "finished"}, curve(2e8, PLANNED, 3))
    refit(lawless)
    scored = ask(lawless, "SELECT covered FROM forecasts JOIN forecast_scores USING (forecast_id) WHERE law = 'curve'")
    assert len(scored) == 1
