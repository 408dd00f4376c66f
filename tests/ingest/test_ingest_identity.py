"""Each run and each value once: repeats are counted, changes are versions, namespaces are apart."""

from pathlib import Path

import pytest

from tests.ingest.conftest import Dropbox

LONG = "run_id,metric,step,value\n"


def test_a_second_ingest_takes_nothing(box: Dropbox) -> None:
    box.drop("a.measurements.csv", LONG + "a,loss,1,3\n")
    box.ingest()
    again = box.ingest()
    assert (again.files, again.unchanged, again.totals.rows) == (0, 1, 0)


def test_a_renamed_file_is_not_taken_again(box: Dropbox) -> None:
    path = box.drop("a.measurements.csv", LONG + "a,loss,1,3\n")
    box.ingest()
    path.rename(path.with_name("b.measurements.csv"))
    assert box.ingest().files == 0


def test_a_growing_log_adds_only_what_is_new(box: Dropbox) -> None:
    box.drop("a.measurements.csv", LONG + "a,loss,1,3\na,loss,2,2.5\n")
    box.ingest()
    box.drop("a.measurements.csv", LONG + "a,loss,1,3\na,loss,2,2.5\na,loss,3,2.2\n")
    report = box.ingest()
    assert (report.totals.measurements, report.totals.duplicates, report.totals.ingested) == (1, 2, 1)
    assert box.rows("SELECT count(*), max(version) FROM measurements_history") == [(3, 1)]


def test_a_value_logged_anew_is_a_new_version_and_the_old_one_stays(box: Dropbox) -> None:
    box.drop("a.measurements.csv", LONG + "a,loss,1,3\n")
    box.ingest()
    box.drop("b.measurements.csv", LONG + "a,loss,1,2.9\n")
    box.ingest()
    assert box.rows("SELECT value, version FROM measurements") == [(2.9, 2)]
    history = box.rows("SELECT value, version, valid_to IS NULL FROM measurements_history ORDER BY 2")
    assert history == [(3.0, 1, False), (2.9, 2, True)]


def test_two_files_of_one_batch_that_contradict_each_other_make_versions_too(box: Dropbox) -> None:
    box.drop("a.measurements.csv", LONG + "a,loss,1,3\n")
    box.drop("b.measurements.csv", LONG + "a,loss,1,2.9\n")
    report = box.ingest()
    assert report.quarantined == 0
    assert box.rows("SELECT value, version FROM measurements") == [(2.9, 2)]


def test_another_order_of_columns_and_rows_says_nothing_new(box: Dropbox) -> None:
    box.drop("a.measurements.csv", LONG + "a,loss,1,3\na,loss,2,2.5\n")
    box.ingest()
    box.drop("b.measurements.csv", "value,step,metric,run_id\n2.5,2,loss,a\n3,1,loss,a\n")
    report = box.ingest()
    assert (report.totals.duplicates, report.totals.measurements) == (2, 0)


def test_the_same_run_id_in_two_namespaces_is_two_runs(box: Dropbox) -> None:
    box.drop("a.runs.csv", "run_id,params\nr,1e6\n", "one")
    box.drop("b.runs.csv", "run_id,params\nr,2e6\nonly,1e6\n", "two")
    report = box.ingest()
    assert box.rows("SELECT namespace, params FROM runs WHERE run_id = 'r' ORDER BY 1") == [("one", 1e6), ("two", 2e6)]
    assert report.shared_ids == {"r": ["one", "two"]}
    assert "1 run ids stand in several namespaces and are kept apart, as 'r' in one, two" in report.summary()


def test_a_runs_file_and_its_measurements_join(box: Dropbox) -> None:
    box.drop("a.measurements.csv", LONG + "r,loss,1,3\nr,loss,2,2\n")
    box.ingest()
    assert box.rows("SELECT status FROM runs") == [("running",)]
    assert box.rows("SELECT count(*) FROM measurements WHERE final") == [(0,)]
    box.drop("a.runs.csv", "run_id,params\nr,1e6\n")
    box.ingest()
    assert box.rows("SELECT status, params, version FROM runs") == [("finished", 1e6, 2)]
    assert box.rows("SELECT step FROM measurements WHERE final") == [(2,)]


def test_a_later_file_completes_a_run_and_takes_nothing_away(box: Dropbox) -> None:
    box.drop("a.runs.csv", "run_id,params,seed,status\nr,1e6,7,failed\n")
    box.ingest()
    box.drop("b.runs.csv", "run_id,params,width\nr,1e6,64\n")
    box.ingest()
    assert box.rows("SELECT params, seed, width, status, version FROM runs") == [(1e6, 7, 64.0, "failed", 2)]


def test_the_final_value_is_the_one_with_the_most_data(box: Dropbox) -> None:
    box.drop(
        "a.measurements.csv",
        "run_id,metric,split,step,data_seen,value,status\nr,loss,train,1,10,3,finished\nr,loss,train,2,20,2,finished\n",
    )
    box.drop("b.measurements.csv", "run_id,metric,split,step,data_seen,value\nr,loss,train,3,30,1.9\n")
    box.ingest()
    assert box.rows("SELECT step, value FROM measurements WHERE final") == [(3, 1.9)]


def test_interleaved_and_unordered_rows_are_each_taken_once(box: Dropbox) -> None:
    lines = [f"{run},{metric},{step},{step + 0.5}\n" for step in (3, 1, 2) for run in "ab" for metric in ("loss", "norm")]
    box.drop("a.measurements.csv", LONG + "".join(lines))
    report = box.ingest()
    assert (report.totals.ingested, report.totals.duplicates) == (12, 0)


def test_fixed_rows_can_be_dropped_again(box: Dropbox) -> None:
    box.drop("a.measurements.csv", LONG + "a,loss,1,3\na,loss,2,x\n")
    box.ingest()
    box.drop("fix.measurements.csv", LONG + "a,loss,2,2.5\n")
    assert box.ingest().totals.measurements == 1


def test_a_changed_map_reads_the_file_again(box: Dropbox) -> None:
    path = box.drop("t.csv", "name,n,l\nx,5,3\n")
    beside = path.with_name("t.csv.map.toml")
    beside.write_text('kind = "runs"\n[columns]\nrun_id = "name"\nparams = "n"\n')
    box.ingest()
    beside.write_text('kind = "runs"\n[columns]\nrun_id = "name"\nparams = "n * 1e6"\n')
    box.ingest()
    assert box.rows("SELECT params, version FROM runs") == [(5e6, 2)]


def test_a_half_written_or_hidden_file_is_left_alone(box: Dropbox, tmp_path: Path) -> None:
    for name in ("a.measurements.csv.tmp", "a.measurements.csv.part", ".a.measurements.csv"):
        box.drop(name, LONG + "a,loss,1,3\n")
    assert box.ingest().files == 0
    assert tmp_path.exists()


def test_a_run_in_two_files_of_one_batch_is_accounted_for_in_the_file_that_brought_it(box: Dropbox) -> None:
    box.drop("a.runs.csv", "run_id,params\nx,oops\nr,1e6\n")
    box.drop("b.runs.csv", "run_id,params\nr,1e6\n")
    box.ingest()
    assert box.rows("SELECT ingested, duplicates, quarantined FROM ingest_log ORDER BY source_uri") == [(1, 0, 1), (0, 1, 0)]


@pytest.mark.parametrize(("first", "then"), [("\r\n", "\n"), ("\n", "\r\n")])
def test_a_log_that_grows_by_lines_with_another_end_adds_what_is_new(box: Dropbox, first: str, then: str) -> None:
    lines = [*LONG.split(), "a,loss,1,3", "a,loss,2,2.5"]
    box.drop("a.measurements.csv", first.join([*lines, ""]))
    box.ingest()
    box.drop("a.measurements.csv", first.join([*lines, f"a,loss,3,2.2{then}"]))
    report = box.ingest()
    assert (report.totals.measurements, report.totals.duplicates, report.quarantined) == (1, 2, 0)


def test_a_bad_line_of_a_file_with_two_line_ends_is_refused_by_its_number(box: Dropbox) -> None:
    box.drop("a.measurements.csv", LONG + "a,loss,1,3\r\na,loss,2\na,loss,3,2\r\n")
    box.ingest()
    assert box.rows("SELECT row_number, reason FROM quarantine") == [(2, "missing_column")]
    assert box.rows("SELECT count(*) FROM measurements") == [(2,)]


def test_a_conflict_of_values_names_run_metric_step_and_values(box: Dropbox) -> None:
    box.drop("a.measurements.csv", "run_id,metric,split,step,value\nr,loss,validation,7,3\nr,loss,validation,7,2.5\n")
    box.ingest()
    assert box.rows("SELECT DISTINCT split_part(detail, ';', 1) FROM quarantine") == [
        ("the file holds several values of loss validation for run r at step 7: 2.5, 3.0",)
    ]


def test_a_conflict_of_runs_names_every_column_and_tag_and_their_values(box: Dropbox) -> None:
    box.drop("a.runs.csv", "run_id,params,group,note\nr,1e6,x,same\nr,2e6,y,same\n")
    box.ingest()
    assert box.rows("SELECT DISTINCT split_part(detail, ';', 1) FROM quarantine") == [
        ("the file gives the run r several values of params (1000000.0, 2000000.0), the tag group (x, y)",)
    ]


def test_a_conflict_of_values_without_a_step_names_the_data_seen(box: Dropbox) -> None:
    box.drop("a.measurements.csv", "run_id,metric,data_seen,value\nr,loss,1e9,3\nr,loss,1e9,2.5\nq,loss,,1\nq,loss,,2\n")
    box.ingest()
    found = [str(detail) for (detail,) in box.rows("SELECT DISTINCT detail FROM quarantine ORDER BY detail")]
    assert "for run q at no step: 1.0, 2.0" in found[0]
    assert "for run r at data_seen 1000000000.0: 2.5, 3.0" in found[1]
