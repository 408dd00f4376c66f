"""Logs with very many metric columns: the rows of the few-column way, in a time that grows with the columns, not their square."""

import time
from collections.abc import Callable

import pytest

from pipeline.ingest.load import cells
from tests.ingest.conftest import Dropbox

POINTS = "SELECT run_key, metric, split, task, step, data_seen, value, version FROM measurements_history ORDER BY ALL"
REFUSED = "SELECT row_number, reason, detail, raw FROM quarantine ORDER BY ALL"
COUNTS = "SELECT rows, ingested, duplicates, filtered, quarantined, runs, measurements FROM ingest_log ORDER BY ALL"


def wide(metrics: int, rows: int, change: float = 0.0) -> list[str]:
    """The lines of a wide log of three runs with gaps: metric m is there in each row but every (m + 2)th."""
    header = ",".join(["run_id", "step", "data_seen", "split", *(f"metric:m{m}@/t{m % 3}" for m in range(metrics))])
    lines = [header]
    for row in range(rows):
        values = ["" if row % (m + 2) == 0 else f"{m + row / 8 + change}" for m in range(metrics)]
        lines.append(",".join([f"r{row % 3}", f"{row // 3}", f"{row * 64}", "train", *values]))
    return lines


def damaged() -> list[str]:
    """A wide log with a row of text, one of infinity, one that comes twice and one that contradicts another."""
    lines = wide(80, 60)
    text, infinite = lines[9].rsplit(",", 1)[0] + ",text", lines[10].rsplit(",", 1)[0] + ",inf"
    return [*lines[:9], text, infinite, *lines[11:], lines[20], "r0,3,576,train" + ",7" * 80]


@pytest.mark.parametrize("lines", [wide(80, 60), sorted(wide(80, 60), key=len), damaged()], ids=["gaps", "unordered", "damaged"])
def test_many_columns_make_the_store_that_few_columns_make(
    make_box: Callable[[str], Dropbox], monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    found = {}
    for name, few in (("unpacked", 8), ("scanned", 1000)):
        monkeypatch.setattr(cells, "FEW", few)
        box = make_box(name)
        for log, content in (("a", lines), ("b", wide(80, 70, change=0.5))):
            box.drop(f"{log}.measurements.csv", "\n".join(content) + "\n")
            box.ingest()
        assert box.unaccounted() == []
        found[name] = [box.rows(query) for query in (POINTS, REFUSED, COUNTS)]
    assert found["unpacked"] == found["scanned"]
    assert len(found["scanned"][0]) > 4000


def test_each_metric_of_a_wide_log_enters_in_one_piece(box: Dropbox) -> None:
    header = ",".join(["run_id", "step", *(f"metric:m{m}" for m in range(100))])
    box.drop("a.measurements.csv", "\n".join([header, *(f"r,{step}" + ",1" * 100 for step in range(50))]))
    box.ingest()
    before = "SELECT series, lag(series) OVER (ORDER BY rowid) AS before FROM points"
    assert box.rows(f"SELECT count(*) FROM ({before}) WHERE series IS DISTINCT FROM before") == [(100,)]


def test_a_thousand_columns_cost_seconds(box: Dropbox) -> None:
    box.drop("a.measurements.csv", "\n".join(wide(1000, 60)))
    started = time.process_time()
    report = box.ingest()
    assert report.totals.measurements == len(box.rows("SELECT value FROM measurements")) > 50_000
    assert time.process_time() - started < 30  # of processor time: 3 s where planned as it is, minutes where each pair costs
