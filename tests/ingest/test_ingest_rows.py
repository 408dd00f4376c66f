"""Good rows arrive, each bad one is in quarantine with its reason, and every row is accounted for."""

import gzip
import io

import numpy as np
import polars as pl
import pytest

from tests.ingest.conftest import Dropbox

LONG = "run_id,metric,step,value\n"


def test_a_dirty_file_among_a_million_good_rows_loses_only_its_bad_ones(box: Dropbox) -> None:
    step = np.arange(1_000_000)
    good = pl.DataFrame({"run_id": step // 1000, "metric": "loss", "step": step % 1000, "value": 2 + 1 / (1 + step % 1000)})
    text = io.StringIO()
    good.with_columns(("r" + pl.col("run_id").cast(pl.String)).alias("run_id")).write_csv(text)
    bad = [
        "r0,loss,5000,NaN",
        "r0,loss,5001,inf",
        "r0,loss,5002,-1",
        "r0,loss,5003,abc",
        "r0,loss,5004",
        "r0,loss,5005,",
        ",loss,1,2",
    ]
    bad += ["r0,loss,0,3.0", "r1,loss,7000,1.5", "r1,loss,7000,1.6"]  # a repeat, and two that contradict each other
    body = text.getvalue().encode() + "\n".join(bad).encode() + b"\nr0,lo\xff\xfess,9,1\nr9,loss,90"
    box.drop("big.measurements.csv", body)
    box.drop("empty.measurements.csv", "")
    box.drop("utf16.measurements.csv", (LONG + "a,loss,1,2\n").encode("utf-16"))
    report = box.ingest()
    assert box.rows("SELECT count(*) FROM measurements") == [(1_000_000,)]
    assert box.reasons() == {
        "not_a_number": 1, "infinite": 1, "out_of_range": 1, "wrong_type": 1, "missing_column": 1, "missing_value": 2,
        "conflict": 2, "undecodable": 2, "truncated": 1, "empty_file": 1,
    }  # fmt: skip
    assert report.totals.duplicates == 1
    assert report.quarantined == 13


def test_a_refused_row_keeps_its_number_its_cells_and_the_cure(box: Dropbox) -> None:
    box.drop("a.measurements.csv", LONG + "a,loss,1,3\na,loss\na,loss,2,x\n")
    box.ingest()
    found = box.rows("SELECT row_number, reason, detail, raw FROM quarantine ORDER BY 1")
    assert [row[:2] for row in found] == [(2, "missing_column"), (3, "wrong_type")]
    assert found[1][2] == "value = x; write a number"
    assert found[1][3] == '{"run_id":"a","metric":"loss","step":"2","value":"x"}'


@pytest.mark.parametrize("column", ["metric:loss", "metric:loss@validation/it's", "metric:accuracy@/hellaswag"])
def test_a_refused_cell_of_a_wide_row_is_named_by_its_column(box: Dropbox, column: str) -> None:
    box.drop("a.measurements.csv", f"run_id,step,metric:other,{column}\na,1,2.0,3e\n")
    box.ingest()
    assert box.rows("SELECT detail FROM quarantine") == [(f"{column} = 3e; write a number",)]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("NaN", "not_a_number"),
        ("-Infinity", "infinite"),
        ('"x"', "wrong_type"),
        ("-0.5", "out_of_range"),
        ("null", "missing_value"),
    ],
)
def test_json_lines_are_checked_alike(box: Dropbox, value: str, reason: str) -> None:
    good = '{"run_id": "a", "metric": "loss", "step": 1, "value": 2.5}\n'
    box.drop("a.measurements.jsonl", good + '{"run_id": "a", "metric": "loss", "step": 2, "value": ' + value + "}\n")
    box.ingest()
    assert box.reasons() == {reason: 1}
    assert box.rows("SELECT step, value FROM measurements") == [(1, 2.5)]


def test_a_cut_json_line_costs_only_itself(box: Dropbox) -> None:
    box.drop(
        "a.measurements.jsonl",
        '{"run_id":"a","metric":"loss","step":1,"value":2}\nnonsense\n{"run_id":"a","metric":"loss","step":3,"value":1}\n{"run_id',
    )
    box.ingest()
    assert box.rows("SELECT row_number, reason FROM quarantine ORDER BY 1") == [(2, "unreadable"), (4, "truncated")]
    assert box.rows("SELECT step FROM measurements ORDER BY 1") == [(1,), (3,)]


def test_parquet_and_compressed_csv_are_taken(box: Dropbox) -> None:
    frame = pl.DataFrame({"run_id": ["p"] * 3, "metric": ["loss"] * 3, "step": [1, 2, 3], "value": [3.0, float("nan"), 2.0]})
    path = box.drop("a.measurements.parquet", b"")
    frame.write_parquet(path)
    box.drop("b.measurements.csv.gz", gzip.compress((LONG + "g,loss,1,2\n").encode()))
    box.ingest()
    assert box.rows("SELECT run_id, count(*) FROM measurements JOIN runs USING (run_key) GROUP BY 1 ORDER BY 1") == [
        ("g", 1),
        ("p", 2),
    ]
    assert box.reasons() == {"not_a_number": 1}


def test_a_wide_log_with_gaps_is_taken_cell_by_cell(box: Dropbox) -> None:
    box.drop("w.measurements.csv", "run_id,step,metric:loss,metric:error\na,1,3,\na,2,2.5,0.4\na,3,,\n")
    report = box.ingest()
    assert box.rows("SELECT metric, step, value FROM measurements ORDER BY ALL") == [
        ("error", 2, 0.4),
        ("loss", 1, 3.0),
        ("loss", 2, 2.5),
    ]
    assert (report.totals.ingested, report.totals.duplicates) == (2, 1)


def test_a_runs_file_fills_metrics_tags_and_derived_columns(box: Dropbox) -> None:
    box.drop("a.runs.csv", "run_id,params,data_seen,data_unique,metric:accuracy,colour\nr,1e6,4e8,1e8,0.25,red\n")
    box.ingest()
    assert box.rows("SELECT params, epochs, flops, flops_source, status, tags['colour'] FROM runs") == [
        (1e6, 4.0, 6 * 1e6 * 4e8, "derived 6ND", "finished", "red")
    ]
    assert box.rows("SELECT metric, value, data_seen, final FROM measurements ORDER BY 1") == [
        ("accuracy", 0.25, 4e8, True),
        ("error", 0.75, 4e8, True),
    ]


def test_logged_values_are_never_overwritten_by_derived_ones(box: Dropbox) -> None:
    box.drop(
        "a.runs.csv", "run_id,params,data_seen,data_unique,flops,epochs,metric:accuracy,metric:error\nr,10,10,5,7,3,0.25,0.7\n"
    )
    box.ingest()
    assert box.rows("SELECT flops, flops_source, epochs FROM runs") == [(7.0, "logged", 3.0)]
    assert box.rows("SELECT value FROM measurements WHERE metric = 'error'") == [(0.7,)]


def test_a_file_without_a_needed_column_is_refused_whole(box: Dropbox) -> None:
    box.drop("a.measurements.csv", "step,value\n1,2\n")
    box.ingest()
    assert box.rows("SELECT row_number, reason FROM quarantine") == [(0, "missing_column")]


def test_pools_are_taken_and_shares_must_sum_to_one(box: Dropbox) -> None:
    box.drop("p.pools.csv", "pool,dataset,data_unique,quality_rank\nhigh,web,1e6,1\nlow,web,2e6,2\nboth,web,3e6,\n")
    box.drop("p.pool_members.csv", "pool,member,share,data_unique\nboth,high,0.5,1e6\nboth,low,0.5,2e6\nodd,high,0.4,1\n")
    box.ingest()
    assert box.rows("SELECT pool, quality_rank FROM pools ORDER BY 1") == [("both", None), ("high", 1.0), ("low", 2.0)]
    assert box.rows("SELECT pool, member FROM pool_members ORDER BY ALL") == [("both", "high"), ("both", "low")]
    assert box.reasons() == {"conflict": 1}


def test_an_unknown_status_is_refused_by_name(box: Dropbox) -> None:
    box.drop("a.runs.csv", "run_id,status\na,finished\nb,done\n")
    box.ingest()
    assert box.reasons() == {"unknown_value": 1}
