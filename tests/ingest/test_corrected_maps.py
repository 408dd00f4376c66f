"""A map that was wrong and is corrected leaves the tables as if it had been right from the start."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.ingest.ingest_report import Withdrawn
from tests.ingest.conftest import Dropbox

Boxes = Callable[[str], Dropbox]
LOG = "name,k,a,b,size\n" + "".join(f"r{n % 2},{n // 2},{5 - n / 8},{6 - n / 8},{1 + n % 2}\n" for n in range(8))
MORE = "name,k,a,b,size\n" + "".join(f"r{n % 2},{3 + n // 2},{4.5 - n / 8},{5 - n / 8},{1 + n % 2}\n" for n in range(8))
RIGHT = """kind = "measurements"
match = ["*/one.csv", "*/two.csv"]
[columns]
run_id = "name"
step = "k"
data_seen = "k * 1000"
params = "size * 1e6"
"metric:loss@validation" = "a"
"""
NATIVE = "run_id,metric,split,step,value\nr0,loss,validation,2,3.125\nr0,loss,validation,9,2\n"
RUNS = "run_id,params,status,recipe\nr0,7e6,finished,cosine\n"

WRONG = {
    "another column is the loss": RIGHT.replace('= "a"', '= "b"'),
    "the loss has another name": RIGHT.replace("metric:loss@validation", "metric:lost@train"),
    "the runs have other names": RIGHT.replace('"name"', '"file_name"'),
    "sizes a thousand times too large, and a column too many": RIGHT.replace("1e6", "1e9") + 'data_unique = "size * 5"\n',
    "a tag too many": RIGHT + '"tag:kept" = "b"\n',
    "amounts of data that are none": RIGHT.replace("k * 1000", "size * 10 + k"),
    "another namespace": 'namespace = "elsewhere"\n' + RIGHT,
    "rows left out": RIGHT + '[filter]\nkeep = "k > 1"\n',
    "pools that are none": RIGHT + '[[pools]]\npool = "web"\ndataset = "c4"\ndata_unique = 5\n',
}
NO_MATCH = RIGHT.replace("/one.csv", "/no.csv")
TABLES = (
    "SELECT * EXCLUDE (version, ingested_at, content_hash, source_uri, source_format) FROM runs ORDER BY run_key",
    "SELECT * EXCLUDE version FROM measurements ORDER BY ALL",
    "SELECT * FROM pools ORDER BY ALL",
    "SELECT * FROM pool_members ORDER BY ALL",
    "SELECT row_number, reason FROM quarantine ORDER BY ALL",
    "SELECT run_key, metric, step FROM unusable_points ORDER BY ALL",
)


def filled(box: Dropbox, text: str) -> Path:
    """A box with a table in two files, a native file of the same runs, and the map for the first two."""
    box.drop("one.csv", LOG)
    box.drop("two.csv", MORE)
    box.drop("a.measurements.csv", NATIVE, "lab2")
    box.drop("z.measurements.csv", NATIVE)
    box.drop("z.runs.csv", RUNS)
    return written(box, text)


def written(box: Dropbox, text: str, name: str = "lab.toml") -> Path:
    path = box.home.maps / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def tables(box: Dropbox) -> list[list[tuple[object, ...]]]:
    return [box.rows(query) for query in TABLES]


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_corrected_map_leaves_what_a_right_one_would_have_made(make_box: Boxes, wrong: str) -> None:
    corrected, right = make_box("corrected"), make_box("right")
    filled(right, RIGHT)
    right.ingest()
    filled(corrected, wrong)
    corrected.ingest()
    assert tables(corrected) != tables(right)
    written(corrected, RIGHT)
    assert corrected.ingest().withdrawn is not None
    assert tables(corrected) == tables(right)
    assert corrected.rows("SELECT * FROM corrections") == []


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [*WRONG.values(), NO_MATCH], ids=(*WRONG, "it does not match"))
def test_a_right_map_that_is_spoiled_says_what_the_wrong_one_would_have_said(make_box: Boxes, wrong: str) -> None:
    spoiled, worse = make_box("spoiled"), make_box("worse")
    filled(worse, wrong)
    worse.ingest()
    filled(spoiled, RIGHT)
    spoiled.ingest()
    written(spoiled, wrong)
    spoiled.ingest()
    assert tables(spoiled) == tables(worse)
    written(spoiled, RIGHT)
    spoiled.ingest()
    written(spoiled, wrong)
    spoiled.ingest()
    assert tables(spoiled) == tables(worse)


def test_a_removed_map_takes_back_what_it_said(box: Dropbox) -> None:
    path = filled(box, RIGHT)
    box.ingest()
    path.unlink()
    box.ingest()
    assert box.rows("SELECT run_id, params, status FROM runs ORDER BY ALL") == [("r0", 7e6, "finished"), ("r0", None, "running")]
    assert box.rows("SELECT count(*), max(value) FROM measurements") == [(4, 3.125)]
    assert box.reasons() == {"unrecognised": 2}


def test_the_history_keeps_what_a_corrected_map_took_back(box: Dropbox) -> None:
    box.drop("one.csv", LOG)
    written(box, WRONG["the loss has another name"])
    box.ingest()
    written(box, RIGHT)
    report = box.ingest()
    assert report.withdrawn == Withdrawn(files=1, runs=0, values=8, held=0)
    assert "1 file read with another map than before: 8 values and 0 runs of the earlier reading withdrawn" in report.summary()
    assert box.rows("SELECT count(*), bool_and(valid_to IS NOT NULL) FROM measurements_history WHERE metric = 'lost'") == [
        (8, True)
    ]


def test_a_map_that_is_broken_takes_nothing_back(box: Dropbox) -> None:
    filled(box, RIGHT)
    box.ingest()
    before = [box.rows(query) for query in TABLES[:4]]
    written(box, RIGHT + "[nothing")
    assert box.ingest().withdrawn is None
    assert [box.rows(query) for query in TABLES[:4]] == before


def test_what_a_file_that_is_gone_has_said_stays_and_is_told(box: Dropbox) -> None:
    filled(box, WRONG["the loss has another name"])
    box.drop("keep.measurements.csv", NATIVE.replace("loss", "lost").replace("validation", "train"))
    box.ingest()
    (box.home.inbox / "lab" / "keep.measurements.csv").unlink()
    written(box, RIGHT)
    report = box.ingest()
    assert report.withdrawn is not None
    assert report.withdrawn.held == 1
    assert "1 metric of runs stay, since a file that is gone" in report.summary()
    held = box.rows("SELECT run_id, count(*) FROM measurements JOIN runs USING (run_key) WHERE metric = 'lost' GROUP BY ALL")
    assert held == [("r0", 8)]


def test_one_of_two_maps_of_a_file_takes_back_only_what_it_said(make_box: Boxes) -> None:
    second = RIGHT.replace("metric:loss@validation", "metric:other").replace('"a"', '"b"')
    corrected, right = make_box("corrected"), make_box("right")
    for box, text in ((corrected, second.replace("metric:other", "metric:odd")), (right, second)):
        filled(box, RIGHT)
        written(box, text, "second.toml")
        box.ingest()
    written(corrected, second, "second.toml")
    corrected.ingest()
    assert tables(corrected) == tables(right)


def test_a_correction_that_dies_goes_on_at_the_next_ingest(make_box: Boxes, monkeypatch: pytest.MonkeyPatch) -> None:
    killed, right = make_box("killed"), make_box("right")
    filled(right, RIGHT)
    right.ingest()
    filled(killed, WRONG["the runs have other names"])
    killed.ingest()
    written(killed, RIGHT)
    for place in ("pipeline.ingest.ingest._take_tasks", "pipeline.ingest.corrections.Correction.finish"):
        with monkeypatch.context() as patch:
            patch.setattr(place, dies)
            with pytest.raises(KeyboardInterrupt):
                killed.ingest()
    killed.ingest()
    assert tables(killed) == tables(right)
    assert killed.rows("SELECT * FROM corrections") == []


def dies(*_args: object) -> None:
    raise KeyboardInterrupt


def test_a_map_that_was_given_stands_until_another_is_given(box: Dropbox) -> None:
    path = box.drop("one.csv", LOG)
    given = path.with_name("x.toml")
    given.write_text(RIGHT)
    box.ingest(map=given)
    before = box.rows(TABLES[1])
    box.ingest()
    assert box.rows(TABLES[1]) == before
    given.write_text(WRONG["another column is the loss"])
    box.ingest(map=given)
    assert box.rows("SELECT count(*), max(value) FROM measurements") == [(8, 6.0)]
