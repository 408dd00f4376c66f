"""Logs that are read by the regular expression of a map: torchrun output, and expressions that are wrong or made to hang."""

import time

from tests.ingest.conftest import Dropbox

LOG = """W0101 torch/distributed/run.py:779] Setting OMP_NUM_THREADS
[default0]: iteration 100/ 200 | consumed tokens: 409600 | lm loss: 3.25E+00 | learning rate: 1.0E-04
srun: job 7 queued and waiting for resources
[default0]: iteration 200/ 200 | consumed tokens: 819200 | lm loss: nan | learning rate: 5.0E-05
[default0]: iteration 300/ 300 | consumed tokens: 1228800 | lm loss: 2.75E+00 | learning rate: 1.0E-05
"""
MAP = """kind = "measurements"
pattern = '(?P<at>\\d+)/.*consumed tokens: (?P<tokens>\\d+) \\| lm loss: (?P<lm>\\S+) \\| learning rate: (?P<rate>\\S+)'
[columns]
run_id = "file_name"
step = "at"
data_seen = "tokens"
lr = "rate"
"metric:loss" = "lm"
[constants]
split = "train"
"""


def drop(box: Dropbox, pattern: str, text: str) -> None:
    box.drop("run9.out", text)
    columns = '[columns]\nrun_id = "file_name"\n\'metric:loss\' = "a"\n'
    box.drop("run9.out.map.toml", f"kind = 'measurements'\npattern = '{pattern}'\n{columns}")
    box.ingest()


def test_lines_that_match_are_rows_and_others_are_noise(box: Dropbox) -> None:
    box.drop("run9.out", LOG)
    box.drop("run9.out.map.toml", MAP)
    report = box.ingest()
    assert report.totals.rows == 3
    found = box.rows(
        "SELECT run_id, step, m.data_seen, lr, split, value FROM measurements m JOIN runs USING (run_key) ORDER BY 2"
    )
    assert found == [("run9", 100, 409600.0, 1e-4, "train", 3.25), ("run9", 300, 1228800.0, 1e-5, "train", 2.75)]
    assert box.rows("SELECT row_number, reason FROM quarantine") == [(4, "not_a_number")]


def test_several_files_of_one_map_keep_their_names(box: Dropbox) -> None:
    for name in ("a", "b"):
        box.drop(f"{name}.out", LOG)
    (box.home.maps / "torchrun.toml").write_text('match = "*.out"\n' + MAP)
    box.ingest()
    assert box.rows("SELECT run_id, count(*) FROM runs JOIN measurements USING (run_key) GROUP BY 1 ORDER BY 1") == [
        ("a", 2),
        ("b", 2),
    ]


def test_a_log_without_a_matching_line_is_refused_whole(box: Dropbox) -> None:
    drop(box, "loss=(?P<a>.*)", "nothing here\n")
    assert box.rows("SELECT row_number, reason FROM quarantine") == [(0, "unreadable")]


def test_an_expression_that_looks_around_is_refused(box: Dropbox) -> None:
    drop(box, "(?=loss)(?P<a>.*)", "loss 3\n")
    assert box.reasons() == {"bad_map": 1}


def test_an_expression_without_names_is_refused(box: Dropbox) -> None:
    drop(box, "loss (.*)", "loss 3\n")
    assert box.reasons() == {"bad_map": 1}


def test_an_expression_that_makes_others_hang_takes_no_time(box: Dropbox) -> None:
    started = time.monotonic()
    drop(box, "^(?P<a>(x+x+)+y)$", "x" * 9000 + "\n")
    assert time.monotonic() - started < 10
    assert box.reasons() == {"unreadable": 1}


def test_an_expression_that_would_fill_the_memory_is_refused(box: Dropbox) -> None:
    drop(box, "(?P<a>((x{1000}){1000}){1000})", "x\n")
    assert box.reasons() == {"bad_map": 1}
