"""A fraction that a log holds in percent: the unit is that of its series, and what is unclear is told, never guessed."""

import json
from collections.abc import Callable

import polars as pl
import pytest

from pipeline.schema.metrics import FRACTIONS
from tests.ingest.conftest import Dropbox

VALUES = "SELECT metric, step, value FROM measurements ORDER BY ALL"
FINALS = "SELECT run_id, metric, value FROM measurements JOIN runs USING (run_key) ORDER BY ALL"
RISING = (0.8, 45.0, 60.0)
FALLING = (60.0, 3.5, 0.8)


def long(metric: str, values: tuple[float, ...], run: str = "a") -> str:
    """A curve as rows of a long table."""
    return "".join(f"{run},{metric},{value},{100 * step}\n" for step, value in enumerate(values))


def test_a_curve_in_percent_leaves_no_value_behind_whatever_its_first_or_last_ones_are(box: Dropbox) -> None:
    curves = [long(metric, values, run) for metric in FRACTIONS for run, values in (("a", RISING), ("b", FALLING))]
    box.drop("a.measurements.csv", "run_id,metric,value,step\n" + "".join(curves) + long("loss", (3.5, 0.7, 0.6)))
    box.ingest()
    assert box.rows(VALUES) == [("loss", 0, 3.5), ("loss", 100, 0.7), ("loss", 200, 0.6)]
    assert box.reasons() == {"out_of_range": 4 * len(FRACTIONS), "unclear_unit": 2 * len(FRACTIONS)}


def test_an_unclear_value_is_told_with_its_place_and_two_fixes(box: Dropbox) -> None:
    box.drop("a.measurements.csv", "run_id,metric,value,step\n" + long("accuracy", RISING))
    box.ingest()
    (found,) = box.rows("SELECT row_number, detail FROM quarantine WHERE reason = 'unclear_unit'")
    assert found == (
        1,
        "value = 0.8; other values of its metric lie between 1 and 100, so that it may be in percent: write all as fractions, "
        'or say in a map [units] what they are in, as accuracy = "percent"',
    )


def _csv(box: Dropbox) -> None:
    rows = "".join(f"a,{100 * n},{value},3.5\n" for n, value in enumerate(RISING))
    box.drop("a.measurements.csv", "run_id,step,metric:accuracy,metric:loss\n" + rows)


def _parquet(box: Dropbox) -> None:
    frame = pl.DataFrame({"run_id": ["a"] * 3, "metric": ["accuracy"] * 3, "value": RISING, "step": [0, 100, 200]})
    frame.write_parquet(box.drop("a.measurements.parquet", b""))


def _json_lines(box: Dropbox) -> None:
    rows = ({"run_id": "a", "metric": "accuracy", "value": value, "step": n} for n, value in enumerate(RISING))
    box.drop("a.measurements.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


def _large(box: Dropbox) -> None:
    rows = "".join(f"a,train_loss_of_it,3.5,{step}\n" for step in range(1, 210_000))
    box.drop("a.measurements.csv", "run_id,metric,value,step\n" + rows + long("accuracy", RISING))


@pytest.mark.parametrize("drop", [_csv, _parquet, _json_lines, _large])
def test_it_is_so_in_every_form_of_a_table(box: Dropbox, drop: Callable[[Dropbox], None]) -> None:
    drop(box)
    box.ingest()
    assert box.rows("SELECT * FROM measurements WHERE metric IN ('accuracy', 'error')") == []
    assert box.reasons() == {"out_of_range": 2, "unclear_unit": 1}


def test_a_log_of_a_tracker_loses_the_cells_and_keeps_their_rows(box: Dropbox) -> None:
    history = [{"eval_accuracy": value, "eval_loss": 2.5 - step, "step": step} for step, value in enumerate(RISING)]
    box.drop("hf/trainer_state.json", json.dumps({"log_history": history, "global_step": 2, "max_steps": 2}) + "\n")
    box.ingest()
    assert box.rows(VALUES) == [("loss", 0, 2.5), ("loss", 1, 1.5), ("loss", 2, 0.5)]
    assert box.reasons() == {"out_of_range": 2, "unclear_unit": 1}


def test_a_map_says_that_a_metric_is_in_percent(box: Dropbox) -> None:
    box.drop("t.csv", "run,step,acc,f1\n" + "".join(f"a,{n},{value},{value}\n" for n, value in enumerate(RISING)))
    box.drop(
        "t.csv.map.toml",
        'kind = "measurements"\n[columns]\nrun_id = "run"\nstep = "step"\n"metric:accuracy" = "acc"\n"metric:f1" = "f1"\n'
        '[units]\naccuracy = "percent"\nf1 = "percent"\n',
    )
    box.ingest()
    right = [0.8 / 100, 0.45, 0.6]
    found = {"accuracy": right, "error": [1 - value for value in right], "f1": right}
    assert box.rows(VALUES) == [(name, step, value) for name in sorted(found) for step, value in enumerate(found[name])]
    assert box.reasons() == {}


def test_a_map_of_a_long_table_says_it_of_one_of_its_metrics(box: Dropbox) -> None:
    box.drop("t.csv", "run,step,what,value\n" + "".join(f"a,{n},error,{v}\na,{n},loss,3.5\n" for n, v in enumerate(FALLING)))
    box.drop(
        "t.csv.map.toml",
        'kind = "measurements"\n[columns]\nrun_id = "run"\nstep = "step"\nmetric = "what"\nvalue = "value"\n'
        '[units]\nerror = "percent"\n',
    )
    box.ingest()
    expected = [("error", 0, 0.6), ("error", 1, 0.035), ("error", 2, 0.8 / 100)]
    assert box.rows(VALUES) == [*expected, *(("loss", step, 3.5) for step in range(3))]


def test_a_map_says_that_a_metric_is_a_fraction_and_one_wrong_value_costs_itself(box: Dropbox) -> None:
    box.drop("t.csv", "run,step,acc\na,0,0.4\na,1,1.7\na,2,0.6\n")
    body = 'kind = "measurements"\n[columns]\nrun_id = "run"\nstep = "step"\n"metric:accuracy" = "acc"\n'
    box.drop("t.csv.map.toml", body)
    box.ingest()
    assert box.reasons() == {"out_of_range": 1, "unclear_unit": 2}
    box.drop("t.csv.map.toml", body + '[units]\naccuracy = "fraction"\n')
    box.ingest()
    assert [row[2] for row in box.rows(VALUES) if row[0] == "accuracy"] == [0.4, 0.6]
    assert box.reasons() == {"out_of_range": 1}


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ('acuracy = "percent"', "did you mean"),
        ('accuracy = "per cent"', "'percent' or 'fraction'"),
        ('f1 = "percent"', "[units] f1 applies to no metric"),
        ("bytes_per_token = 4.3", "bytes_per_token without loss"),
    ],
)
def test_units_that_a_map_cannot_mean_are_refused_with_the_fix(box: Dropbox, units: str, said: str) -> None:
    box.drop("t.csv", "run,step,acc\na,0,0.4\n")
    columns = '[columns]\nrun_id = "run"\nstep = "step"\n"metric:accuracy" = "acc"\n'
    box.drop("t.csv.map.toml", f'kind = "measurements"\n{columns}[units]\n{units}\n')
    box.ingest()
    ((detail,),) = box.rows("SELECT detail FROM quarantine")
    assert said in str(detail)


def finals(box: Dropbox, values: list[float]) -> list[object]:
    """The accuracies that are taken of runs of one table with these."""
    rows = "".join(f"r{n:02},1e6,{value}\n" for n, value in enumerate(values))
    box.drop("t.runs.csv", "run_id,data_seen,metric:error\n" + rows)
    box.ingest()
    return [row[2] for row in box.rows(FINALS)]


def test_final_values_of_a_table_are_in_one_unit(box: Dropbox) -> None:
    assert finals(box, [45, 12, 3.5, 1.2, 0.9, 0.8]) == []
    assert box.reasons() == {"out_of_range": 4, "unclear_unit": 2}


def test_a_table_of_fractions_with_one_run_in_percent_loses_that_run_alone(box: Dropbox) -> None:
    fractions = [0.3 + 0.02 * n for n in range(19)]
    assert finals(box, [*fractions, 52]) == pytest.approx(fractions)
    assert box.reasons() == {"out_of_range": 1}


def test_small_percentages_are_not_fractions_because_they_are_many(box: Dropbox) -> None:
    assert finals(box, [0.8 + 0.01 * n for n in range(19)] + [1.4]) == []


def test_a_value_that_is_no_percentage_either_says_nothing_of_the_unit(box: Dropbox) -> None:
    box.drop("a.measurements.csv", "run_id,metric,value,step\n" + long("accuracy", (0, 0.4, 250, 0.6, 1.0)))
    box.ingest()
    assert [row[2] for row in box.rows(VALUES) if row[0] == "accuracy"] == [0, 0.4, 0.6, 1.0]
    assert box.reasons() == {"out_of_range": 1}


def test_another_run_split_or_task_keeps_its_own_unit(box: Dropbox) -> None:
    rows = "".join(f"a,{n},{value},{value / 100},{value / 100}\n" for n, value in enumerate(RISING))
    header = "run_id,step,metric:accuracy@test/c4,metric:accuracy@test/pile,metric:accuracy@train\n"
    history = [{"eval_c4_accuracy": 10 * v, "eval_pile_accuracy": v / 100, "step": n} for n, v in enumerate((0.08, 4.5, 6.0))]
    box.drop("hf/trainer_state.json", json.dumps({"log_history": history, "global_step": 2, "max_steps": 2}) + "\n")
    box.drop("b.measurements.csv", header + rows)
    box.ingest()
    assert box.rows("SELECT DISTINCT run_id, task FROM measurements JOIN runs USING (run_key)") == [("hf", "pile")]


def test_a_log_that_grows_out_of_a_fraction_takes_back_what_its_beginning_gave(make_box: Callable[[str], Dropbox]) -> None:
    rows = "run_id,metric,value,step\n" + long("accuracy", RISING)
    whole, grown = make_box("whole"), make_box("grown")
    whole.drop("a.measurements.csv", rows)
    whole.ingest()
    for lines in range(1, rows.count("\n") + 1):
        grown.drop("a.measurements.csv", "".join(rows.splitlines(keepends=True)[:lines]))
        grown.ingest()
    assert grown.rows(VALUES) == whole.rows(VALUES)
    assert grown.rows("SELECT value FROM measurements_history WHERE metric = 'accuracy' AND valid_to IS NOT NULL") == [(0.8,)]


IN_PERCENT = ("error (%)", "error [%]", "error %", "error_pct", "error_percent", "error (in percent)", "Error (%)")


def test_a_metric_that_is_named_in_percent_is_read_so_however_small_its_values_are(box: Dropbox) -> None:
    for number, name in enumerate(IN_PERCENT):
        box.drop(f"{number}.measurements.csv", f"run_id,step,metric:{name}\n{number},0,0.5\n{number},100,0.25\n")
    assert box.ingest().quarantined == 0
    assert box.rows(VALUES) == [("error", 0, 0.005)] * len(IN_PERCENT) + [("error", 100, 0.0025)] * len(IN_PERCENT)


def test_a_tracker_that_names_a_metric_in_percent_is_understood(box: Dropbox) -> None:
    header = "Name,State,Created,Runtime,val/error (%),test/acc_pct\n"
    box.drop("export.csv", f"{header}a,finished,2024-05-01T10:00:00Z,7,0.5,75\n")
    assert box.ingest().quarantined == 0
    assert box.rows(FINALS) == [("a", "accuracy", 0.75), ("a", "error", 0.005), ("a", "error", 0.25)]


@pytest.mark.parametrize(
    ("units", "value"), [("", 0.005), ("[units]\nerror = 'fraction'\n", 0.5), ("[units]\nerror = 'percent'\n", 0.005)]
)
def test_a_column_in_percent_is_so_in_a_map_that_says_nothing_else(box: Dropbox, units: str, value: float) -> None:
    box.drop("t.csv", "id,Error (%)\na,0.5\n")
    box.drop("t.csv.map.toml", f"kind = 'runs'\n[columns]\nrun_id = 'id'\n'metric:error' = '\"Error (%)\"'\n{units}")
    assert box.ingest().quarantined == 0
    assert box.rows(FINALS) == [("a", "error", value)]


def test_an_expression_of_a_column_in_percent_says_itself_what_it_is(box: Dropbox) -> None:
    box.drop("t.csv", "id,Error (%)\na,0.5\n")
    box.drop("t.csv.map.toml", "kind = 'runs'\n[columns]\nrun_id = 'id'\n'metric:error' = '\"Error (%)\" / 50'\n")
    box.ingest()
    assert box.rows(FINALS) == [("a", "error", 0.01)]


def test_a_fraction_beside_its_percentage_stands(box: Dropbox) -> None:
    box.drop("a.measurements.csv", "run_id,step,metric:error,metric:error (%)\na,0,0.5,50\n")
    box.ingest()
    assert ("error", 0, 0.5) in box.rows(VALUES)
    assert ("error", 0, 0.005) not in box.rows(VALUES)
