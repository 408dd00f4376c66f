"""A large text file is checked while it is read; the store must be the one that staging its text makes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.ingest.load.streaming import _has_truth
from tests.ingest.conftest import Dropbox

GOOD = [
    {"run_id": f"r{i // 50}", "metric": "loss", "step": i % 50, "data_seen": 10.0 * (i % 50), "value": 3 + i / 7}
    for i in range(200)
]
STRANGE = {
    "nothing strange": [],
    "text for a number": [{"run_id": "r1", "metric": "loss", "step": 60, "data_seen": 1.0, "value": "high"}],
    "a number out of range": [{"run_id": "r1", "metric": "error", "step": 60, "data_seen": 1.0, "value": 1.5}],
    "true for a number": [{"run_id": "r1", "metric": "loss", "step": 60, "data_seen": 1.0, "value": True}],
    "a step that no double holds": [{"run_id": "r1", "metric": "loss", "step": 2**53 + 1, "data_seen": 1.0, "value": 2.0}],
    "half a step": [{"run_id": "r1", "metric": "loss", "step": 60.5, "data_seen": 1.0, "value": 2.0}],
    "no value": [{"run_id": "r1", "metric": "loss", "step": 60, "data_seen": 1.0, "value": None}],
    "a repeat": [GOOD[3]],
    "a conflict": [{**GOOD[3], "value": 9.0}],
    "a step back where a piece ends": [{**GOOD[0], "run_id": "last", "step": 3 - i // 33} for i in range(0, 132, 33)],
    "another order": [{**GOOD[3], "step": 400}, {**GOOD[3], "step": 300}],
}  # fmt: skip


def as_csv(rows: list[dict[str, object]]) -> str:
    lines = [",".join("" if value is None else str(value) for value in row.values()) for row in rows]
    return "\n".join([",".join(GOOD[0]), *lines]) + "\n"


def as_jsonl(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


WRITERS: dict[str, Callable[[list[dict[str, object]]], str]] = {"csv": as_csv, "jsonl": as_jsonl}


def state(box: Dropbox) -> list[list[tuple[object, ...]]]:
    """What the store holds, without times and without the folder of the home."""
    return [
        box.rows("SELECT run_id, status, version FROM runs ORDER BY ALL"),
        box.rows("SELECT run_key, metric, step, data_seen, value, version, final FROM measurements ORDER BY ALL"),
        box.rows("SELECT row_number, reason, detail, raw FROM quarantine ORDER BY ALL"),
        box.rows(
            "SELECT rows, runs, measurements, ingested, duplicates, filtered, quarantined FROM ingest_log ORDER BY ingested_at"
        ),
    ]


def both(make_box: Callable[[str], Dropbox], monkeypatch: pytest.MonkeyPatch, name: str, texts: list[str]) -> list[Dropbox]:
    """A box that streamed the files one after the other, its order looked at in three pieces, and one that staged them."""
    boxes = []
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    for way, smallest in (("streamed", 1), ("staged", 1 << 60)):
        monkeypatch.setattr("pipeline.ingest.load.streaming.LARGE", smallest)
        monkeypatch.setattr("pipeline.ingest.load.identity.MANY_ROWS", smallest)
        box = make_box(way)
        for place, text in enumerate(texts):
            box.drop(f"{place}.{name}", text)
            box.ingest()
        assert box.unaccounted() == []
        boxes.append(box)
    return boxes


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("kind", WRITERS)
def test_a_streamed_file_makes_the_store_of_a_staged_one(
    make_box: Callable[[str], Dropbox], monkeypatch: pytest.MonkeyPatch, kind: str, strange: str
) -> None:
    text = WRITERS[kind](GOOD[:100] + STRANGE[strange] + GOOD[100:])
    streamed, staged = both(make_box, monkeypatch, f"log.measurements.{kind}", [text])
    assert state(streamed) == state(staged)
    assert len(state(streamed)[1]) >= len(GOOD) - 1


@pytest.mark.parametrize("kind", WRITERS)
def test_rows_that_come_again_make_versions_in_both_ways(
    make_box: Callable[[str], Dropbox], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    later = [{**row, "value": 5.5} if row["step"] == 7 else row for row in GOOD] + [{**GOOD[0], "step": 99}]
    texts = [WRITERS[kind](GOOD), WRITERS[kind](later)]
    streamed, staged = both(make_box, monkeypatch, f"log.measurements.{kind}", texts)
    assert state(streamed) == state(staged)
    assert streamed.rows("SELECT count(*), max(version) FROM measurements_history") == [(205, 2)]


@pytest.mark.parametrize("line", ['"open quote,1,2,3,4', "r1,loss,60", '{"run_id": "r1", "met'])
@pytest.mark.parametrize("kind", WRITERS)
def test_a_line_that_cannot_be_split_costs_only_itself_in_both_ways(
    make_box: Callable[[str], Dropbox], monkeypatch: pytest.MonkeyPatch, kind: str, line: str
) -> None:
    text = WRITERS[kind](GOOD) + line + "\n"
    streamed, staged = both(make_box, monkeypatch, f"log.measurements.{kind}", [text])
    assert state(streamed) == state(staged)
    assert streamed.reasons()


@pytest.mark.parametrize("word", ["true", "false"])
@pytest.mark.parametrize("place", range(5))
def test_a_truth_value_is_found_across_the_borders_of_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, word: str
) -> None:
    monkeypatch.setattr("pipeline.ingest.load.streaming.BLOCK", 64)
    path = tmp_path / "log.jsonl"
    path.write_text("x" * (64 - place) + word + "x" * 200, encoding="utf-8")
    assert _has_truth(path)
    path.write_text("x" * (64 - place) + word[:-1] + "x" * 200, encoding="utf-8")
    assert not _has_truth(path)
