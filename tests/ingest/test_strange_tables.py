"""Tables in forms that nobody named: the right value, or a sentence with value, place and fix; the others of the batch are in."""

import bz2
import gzip
import lzma
from collections.abc import Callable

import polars as pl
import pytest

from tests.ingest.conftest import Dropbox

HEADER = "run_id,metric,value,step\n"
PLAIN = HEADER + "a,loss,3.5,1\na,loss,3.25,2\n"
TAKEN = "SELECT run_id, metric, step, value FROM measurements JOIN runs USING (run_key) WHERE namespace = 'odd' ORDER BY ALL"
RIGHT = [("a", "loss", 1, 3.5), ("a", "loss", 2, 3.25)]


def ingest_beside(box: Dropbox, name: str, content: str | bytes) -> list[tuple[object, ...]]:
    """What is refused of the file; a good one that stands beside it is in."""
    box.drop("good.measurements.csv", PLAIN, "good")
    box.drop(name, content, "odd")
    box.ingest()
    assert box.rows("SELECT count(*) FROM measurements JOIN runs USING (run_key) WHERE namespace = 'good'") == [(2,)]
    return box.rows("SELECT reason, detail FROM quarantine ORDER BY ALL")


@pytest.mark.parametrize(
    "content",
    [
        " run_id , metric , value , step \n a , loss , 3.5 , 1 \n a , loss , 3.25 , 2 \n",
        "Run_ID,METRIC,Value,Step\na,Loss,3.5,1\na,LOSS,3.25,2\n",
        PLAIN.replace("\n", "\r"),
        PLAIN.replace("\n", "\r\n", 1),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", "|"),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        ",run_id,metric,value,step\n0,a,loss,3.5,1\n1,a,loss,3.25,2\n",
        PLAIN.replace("\n", ",\n"),
        PLAIN.replace(",1\n", ",1e0\n"),
    ],
    ids=["blanks", "case", "carriage returns", "two ends", "tabs", "bars", "byte order mark", "index", "trailing", "exponent"],
)
def test_a_table_says_the_same_in_any_dress(box: Dropbox, content: str | bytes) -> None:
    assert ingest_beside(box, "t.measurements.csv", content) == []
    assert box.rows(TAKEN) == RIGHT


def test_blanks_around_names_of_runs_are_no_part_of_them(box: Dropbox) -> None:
    text = "run_id,status,dataset,data_seen,metric:loss\n a , finished , c4 ,1e6,3.5\n"
    assert ingest_beside(box, "t.runs.csv", text) == []
    assert box.rows("SELECT run_id, status, dataset FROM runs WHERE namespace = 'odd'") == [("a", "finished", "c4")]


def test_two_spellings_of_one_series_that_contradict_each_other_are_a_conflict(box: Dropbox) -> None:
    found = ingest_beside(box, "t.measurements.csv", PLAIN + "a , Loss,3.0,2\n")
    assert [reason for reason, _ in found] == ["conflict", "conflict"]
    assert box.rows(TAKEN) == RIGHT[:1]


def test_a_percentage_is_found_under_a_name_with_blanks(box: Dropbox) -> None:
    rows = "a, Accuracy ,0.8,1\na,accuracy,45,2\n"
    assert [reason for reason, _ in ingest_beside(box, "t.measurements.csv", HEADER + rows)] == ["out_of_range", "unclear_unit"]


def _twice_in_parquet(box: Dropbox) -> None:
    frame = pl.DataFrame({"run_id": ["a"], "metric": ["loss"], "value": [3.5], "Value": [3.6], "step": [1]})
    frame.write_parquet(box.drop("t.measurements.parquet", b"", "odd"))


def _twice_in_csv(box: Dropbox) -> None:
    box.drop("t.measurements.csv", "run_id,metric,value,value ,step\na,loss,3.5,3.6,1\n", "odd")


def _twice_in_json_lines(box: Dropbox) -> None:
    box.drop("t.measurements.jsonl", '{"run_id": "a", "metric": "loss", "value": 3.5, "Value": 3.6, "step": 1}\n', "odd")


@pytest.mark.parametrize("drop", [_twice_in_parquet, _twice_in_csv, _twice_in_json_lines])
def test_of_two_columns_of_one_name_none_is_chosen(box: Dropbox, drop: Callable[[Dropbox], None]) -> None:
    drop(box)
    box.ingest()
    assert box.rows("SELECT count(*) FROM measurements") == [(0,)]
    assert box.rows("SELECT reason, detail FROM quarantine") == [
        ("duplicate_column", "several columns are called 'value'; keep the one that is meant")
    ]


def test_columns_of_one_name_that_are_no_part_of_a_row_may_be_many(box: Dropbox) -> None:
    assert ingest_beside(box, "t.measurements.csv", "run_id,metric,value,step,note,note\na,loss,3.5,1,x,y\n") == []
    assert box.rows(TAKEN) == RIGHT[:1]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.measurements.csv", HEADER, "a header and no rows"),
        ("t.measurements.csv", "", "no bytes"),
        ("t.measurements.jsonl", "\n\n", "no rows"),
        ("t.measurements.csv.bz2", bz2.compress(PLAIN.encode()), "unpack it"),
        ("t.measurements.csv.xz", lzma.compress(PLAIN.encode()), "unpack it"),
        ("t.measurements.csv.zst", b"\x28\xb5\x2f\xfd\x00", "unpack it"),
        ("t.measurements.json", '[{"run_id": "a"}]', "name it .jsonl"),
        ("t.measurements.csv", PLAIN.encode("utf-16"), "save it as UTF-8"),
        ("t.measurements.csv", HEADER + "a,loss,3.5,0.5\n", "step = 0.5; write a whole number"),
        ("t.measurements.csv", HEADER + 'a,loss,3.5,"12,300"\n', "step = 12,300; write a whole number"),
        (
            "t.measurements.csv",
            (HEADER + "a;loss;3,5;1\n").replace(",m", ";m").replace(",v", ";v").replace(",s", ";s"),
            "value = 3,5",
        ),
        ("t.runs.csv", "run_id,params,metric:loss\na,1.4B,3.5\n", "params = 1.4B; write a number"),
        ("t.runs.csv", "run_id,metric:accuracy\na,45%\n", "metric:accuracy = 45%; write a number"),
        ("t.measurements.csv", "run_id,metric,value,tokens\na,loss,3.5,1e9\na,loss,3.4,2e9\n", "step or data_seen"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_fix(box: Dropbox, name: str, content: str | bytes, said: str) -> None:
    found = ingest_beside(box, name, content)
    assert found
    assert all(said in str(detail) for _, detail in found)
    assert box.rows(TAKEN) == []


def test_a_header_that_gets_its_rows_is_forgiven(box: Dropbox) -> None:
    ingest_beside(box, "t.measurements.csv", HEADER)
    assert ingest_beside(box, "t.measurements.csv", PLAIN) == []
    assert box.rows(TAKEN) == RIGHT


@pytest.mark.parametrize("spelled", ["nan", "NaN", "-nan(ind)", "1.#QNAN", "Infinity", "+Inf", "None", "NULL", "#N/A", ""])
def test_every_spelling_of_no_number_costs_its_own_row(box: Dropbox, spelled: str) -> None:
    found = ingest_beside(box, "t.measurements.csv", PLAIN + f"a,loss,{spelled},3\n")
    assert len(found) == 1
    assert f"value = {spelled or 'empty'}; " in str(found[0][1])
    assert box.rows(TAKEN) == RIGHT


def test_a_drafted_map_leaves_logs_of_other_folders_to_their_readers(box: Dropbox) -> None:
    box.drop("own.csv", "epochs_done,train_loss,tokens\n1,3.5,1000\n2,3.25,2000\n", "odd")
    box.drop("own2.csv.gz", gzip.compress(b"tokens_seen,loss\n1000,3.5\n"), "odd")
    box.ingest()
    for number, (detail,) in enumerate(box.rows("SELECT detail FROM quarantine ORDER BY source_uri")):
        (box.home.maps / f"own{number}.toml").write_text(str(detail).partition("maps/ of the home:\n")[2])
    box.drop("t.measurements.csv", PLAIN, "other")
    assert box.ingest().quarantined == 0
    found = box.rows("SELECT namespace, count(*) FROM measurements JOIN runs USING (run_key) GROUP BY 1 ORDER BY 1")
    assert found == [("odd", 3), ("other", 2)]


TABLE = "run_id,metric,value,step\na,loss,3.5,1\na,loss,3.0,2\n"
WRITTEN = {
    "semicolons": TABLE.replace(",", ";"),
    "tabs": TABLE.replace(",", "\t"),
    "bars": TABLE.replace(",", "|"),
    "a stated delimiter": "sep=;\n" + TABLE.replace(",", ";"),
    "a stated delimiter in quotes": '"sep=;"\n' + TABLE.replace(",", ";"),
    "comments": "# made by sweep.py\n# on a Monday\n" + TABLE,
    "a comment with commas": "# a, b\n" + TABLE,
}


def test_a_table_with_another_delimiter_or_comments_above_it_is_the_table(box: Dropbox) -> None:
    for number, text in enumerate(WRITTEN.values()):
        box.drop("a.measurements.csv", text + ("a;\n" if ";" in text else "a\n"), f"n{number}")
    box.ingest()
    asked = "SELECT step, value, count(*) FROM measurements GROUP BY ALL ORDER BY 1"
    assert box.rows(asked) == [(1, 3.5, len(WRITTEN)), (2, 3.0, len(WRITTEN))]
    assert box.rows("SELECT row_number, count(*) FROM quarantine GROUP BY 1") == [(3, len(WRITTEN))]


def test_a_header_that_begins_with_a_hash_is_no_comment(box: Dropbox) -> None:
    box.drop("a.measurements.csv", "#" + TABLE)
    box.ingest()
    assert "it has #run_id, metric, value, step" in str(box.rows("SELECT detail FROM quarantine"))


LOG = b"step 0: train loss 4.2, val loss 4.25\nstep 100: train loss 3.2, val loss 3.25\n"


def test_a_hole_in_a_text_log_is_left_out(box: Dropbox) -> None:
    holes = [(place, size) for place in (0, 20, len(LOG) - 12) for size in (1, 3000)]
    for place, size in holes:
        box.drop(f"{place}-{size}.log", LOG[:place] + b"\0" * size + LOG[place:])
    assert box.ingest().quarantined == 0
    asked = "SELECT step, value, count(*) FROM measurements WHERE metric = 'loss' GROUP BY ALL ORDER BY 1"
    assert box.rows(asked) == [(0, 4.25, len(holes)), (100, 3.25, len(holes))]


def test_a_nul_byte_in_a_table_is_told_with_its_line_and_not_called_utf_16(box: Dropbox) -> None:
    box.drop("a.measurements.csv", TABLE.replace("3.0", "3\0.0"))
    box.ingest()
    assert box.reasons() == {"undecodable": 1}
    assert "line 3 holds a NUL byte" in str(box.rows("SELECT detail FROM quarantine"))


def test_a_file_in_utf_16_is_told_as_such(box: Dropbox) -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        box.drop("a.log", LOG.decode().encode(encoding), encoding)
        box.drop("a.measurements.csv", TABLE.encode(encoding), encoding)
    assert box.ingest().refused_files == 6
    assert box.rows("SELECT count(*) FROM quarantine WHERE detail LIKE '%UTF-16%'") == [(6,)]
