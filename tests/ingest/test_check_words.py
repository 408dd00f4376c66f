"""`lawbook check` says what each column becomes, and what the runs will lack."""

import pytest

from pipeline.ingest.check import CheckReport, check
from tests.ingest.conftest import Dropbox

WANDB = "Name,State,Created,Runtime,n_params,tokens,optimiser,val/loss\n"


def checked(box: Dropbox, name: str, text: str) -> CheckReport:
    return check(box.drop(name, text), home=box.home)


def columns(report: CheckReport) -> object:
    return report.files[0]["columns"]


def test_each_column_of_a_wandb_table_is_listed_with_what_it_becomes(box: Dropbox) -> None:
    report = checked(box, "export.csv", WANDB + "r,finished,2024-05-01T10:00:00Z,60,1000000,2000000,adam,3.1\n")
    assert columns(report) == [
        "one run a row; columns with a slash are metrics, others its configuration",
        "Name: run_id",
        "State: status",
        "Created: started_at",
        "n_params: params",
        "tokens: data_seen",
        "val/loss: metric loss validation",
        "tags: Runtime, optimiser",
    ]
    assert report.warnings == []


def test_each_column_of_a_native_file_is_listed_with_what_it_becomes(box: Dropbox) -> None:
    report = checked(box, "a.runs.csv", "run_id,Params,tokens,metric:loss@validation/c4\na,1e6,5,3\n")
    assert columns(report) == [
        "run_id: run_id",
        "Params: params",
        "metric:loss@validation/c4: metric loss validation c4",
        "tags: tokens",
    ]


def test_a_column_that_nothing_reads_is_listed_as_left_out(box: Dropbox) -> None:
    box.drop("t.csv.map.toml", 'kind = "runs"\n[columns]\nrun_id = "name"\nparams = "n * 2"\n')
    report = checked(box, "t.csv", "name,n,other\na,1,2\n")
    assert columns(report) == ["run_id: name", "params: n * 2", "left out: other"]


def test_runs_that_would_lack_their_data_are_counted_and_named(box: Dropbox) -> None:
    text = "run_id,params,data_seen\na,1e6,1e9\nb,1e6,\nc,,1e9\n"
    warnings = checked(box, "a.runs.csv", text).warnings
    assert [warning.partition(",")[0] for warning in warnings] == [
        "1 of 3 runs would have no params (c)",
        "1 of 3 runs would have no data_seen (b)",
    ]


def test_amounts_that_look_like_millions_or_billions_are_counted_and_named(box: Dropbox) -> None:
    text = "run_id,params,data_seen,metric:loss\na,70,0.25,3\nb,160,3.2,2.8\nc,1e8,1e9,2.9\n"
    assert checked(box, "a.runs.csv", text).warnings == [
        "2 of 3 runs would have params below 1000 (a: 70, b: 160), and sizes are counts; "
        'where they are in millions or billions, say so in a map\'s [columns], as params = "params * 1e6", or 1e9',
        "2 of 3 runs would have data_seen below 1000 (a: 0.25, b: 3.2), and sizes are counts; "
        'where they are in millions or billions, say so in a map\'s [columns], as data_seen = "data_seen * 1e6", or 1e9',
    ]


def test_a_native_file_without_a_needed_column_is_refused_with_the_cure(box: Dropbox) -> None:
    assert columns(checked(box, "a.runs.csv", "name,params\na,1e6\n")) == [
        "missing_column: there is no column 'run_id'; name it so in the file, or add a map; it has name, params"
    ]


def test_data_seen_of_the_curve_is_enough(box: Dropbox) -> None:
    report = checked(box, "a.measurements.csv", "run_id,params,data_seen,metric:loss\na,1e6,1e9,3\n")
    assert report.warnings == []


def test_runs_of_one_name_are_told(box: Dropbox) -> None:
    row = "r,finished,2024-05-0{}T10:00:00Z,60,1000000,2000000,adam,3.1\n"
    [warning] = checked(box, "export.csv", WANDB + row.format(1) + row.format(2)).warnings
    assert warning.startswith("2 runs would have the name 'r', as r/2024-05-01T10:00:00Z, r/2024-05-02T10:00:00Z;")


def test_files_that_become_the_same_are_said_once(box: Dropbox) -> None:
    row = "r,finished,2024-05-01T10:00:00Z,60,1000000,2000000,adam,3.1\n"
    for name in ("a", "b", "c"):
        folder = box.drop(f"sweep/{name}.csv", WANDB + row.replace("r,", f"{name},", 1)).parent
    box.drop("sweep/other.csv", WANDB.replace("optimiser", "schedule") + row)
    lines = check(folder, home=box.home).summary().splitlines()
    assert [line for line in lines if ".csv" in line and not line.startswith(" ")] == [
        "a.csv and 2 more like it: wandb runs table",
        "other.csv: wandb runs table",
    ]
    assert sum("n_params: params" in line for line in lines) == 2


def test_epochs_that_are_not_the_data_over_the_unique_data_are_told(box: Dropbox) -> None:
    rows = "a,1e6,2e6,1e6,7,3\nb,1e6,2e6,1e6,2,3\nc,1e6,5e5,1e6,1,3\n"
    (warning,) = checked(box, "a.runs.csv", f"run_id,params,data_seen,data_unique,epochs,metric:loss\n{rows}").warnings
    assert warning.startswith("1 run would have epochs that are not data_seen over data_unique (a: 7 instead of 2)")


def test_a_metric_that_would_be_a_tag_is_told_with_the_name_that_makes_it_one(box: Dropbox) -> None:
    (warning,) = checked(box, "a.runs.csv", "run_id,params,data_seen,Loss\na,1e6,2e6,3\n").warnings
    name = warning.partition("name the column ")[2].partition(" ")[0]
    assert name == "metric:loss"
    assert checked(box, "b.runs.csv", f"run_id,params,data_seen,{name}\na,1e6,2e6,3\n").warnings == []


def test_a_refused_line_or_percentage_says_what_to_do(box: Dropbox) -> None:
    header = "run_id,params,data_seen,metric:accuracy\n"
    cases = {
        "a.runs.csv": (header.encode() + b"a,1e6,2e6,0.5\nb\xe9,1e6,2e6,0.5\nc,1e6,2e6,0.5\n", "; save the file as UTF-8"),
        "b.runs.csv": (
            header.encode() + b"a,1e6,2e6,0.5\nb,1e6,2e6,0.5,7\nc,1e6,2e6,0.5\n",
            "; quote cells that hold the delimiter",
        ),
        "c.runs.csv": (header.encode() + b"a,1e6,2e6,71.2\n", "at most 1: of a percentage its hundredth"),
    }
    for name, (content, fix) in cases.items():
        (refused,) = check(box.drop(name, content), home=box.home).refused
        assert str(refused["detail"]).endswith(fix)


@pytest.mark.parametrize(("union", "told"), [("top+rest", True), ("top & rest", True), ("top+other", False), ("top-rest", False)])
def test_a_pool_that_is_called_like_a_sum_of_others_is_asked_whether_it_is_their_union(
    box: Dropbox, union: str, told: bool
) -> None:
    rows = "".join(f"r{place},1e6,1e9,{pool},3\n" for place, pool in enumerate(("top", "rest", union)))
    warnings = checked(box, "a.runs.csv", f"run_id,params,data_seen,pool,metric:loss\n{rows}").warnings
    assert [f"pool,member: {union},top; {union},rest" in warning for warning in warnings] == [True] * told


def test_a_note_that_holds_a_table_is_told_and_another_is_not(box: Dropbox) -> None:
    box.drop("lab/report.md", "# Runs\n| run | loss |\n|---|---:|\n| a | 2.5 |\n")
    box.drop("lab/README.md", "# Notes\n---\nnothing here | or there\n")
    report = check(box.home.inbox, home=box.home)
    assert [said.split(" ")[0] for said in report.warnings] == ["report.md"]


def test_a_check_of_the_inbox_calls_runs_as_ingest_does(box: Dropbox) -> None:
    box.drop("lab/a.runs.csv", "run_id,params,data_seen,metric:loss\nsmall,1e6,5e6,3\n")
    box.drop("lab/small.csv", "step,train/loss,val/loss\n1,4,4.5\n2,3,3.5\n")
    assert [run["run_id"] for run in check(box.home.inbox, home=box.home).runs] == ["small"]


def test_a_line_of_blanks_in_a_note_costs_no_time(box: Dropbox) -> None:
    box.drop("lab/long.md", " " * 70_000 + "\n" + "|-" * 30_000)
    assert check(box.home.inbox, home=box.home).warnings == []
