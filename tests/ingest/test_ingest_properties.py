"""What holds for any table that a program writes, searched by Hypothesis: each row is found again, in any order of columns."""

import csv
import io
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.ingest.conftest import Dropbox
from tests.ingest.damage import WAYS, seeds
from tests.ingest.test_ingest_fuzzed import accounted

COLUMNS = ("run_id", "metric", "split", "step", "value", "note")
NAME = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="\x00"), max_size=6)
CELLS = {
    "run_id": st.one_of(st.sampled_from(["a", "b", ""]), NAME),
    "metric": st.sampled_from(["loss", "error", "my metric", ""]),
    "split": st.sampled_from(["train", "validation", "", "x,y", 'say "hi"', "two\nlines"]),
    "step": st.one_of(st.integers(-2, 9).map(str), st.sampled_from(["", "1.5", "x", "9" * 40])),
    "value": st.one_of(st.floats().map(repr), st.sampled_from(["", "0.5", "x", "1,5", "1e400"])),
    "note": NAME,
}
TABLES = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=12)
FOUND = (Phase.explicit, Phase.reuse, Phase.generate)  # the quick suite does not spend minutes on making a failure small
QUICK = settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=FOUND)
LONG = settings(QUICK, max_examples=150, phases=tuple(Phase))


def written(rows: list[dict[str, str]], order: tuple[str, ...], encoding: str, ending: str) -> bytes:
    """The table as a CSV file."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, order, lineterminator=ending)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def taken(content: bytes) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]], int]:
    """Measurements, reasons of refused rows, and rows, of one file in a home of its own."""
    with TemporaryDirectory() as folder:
        box = Dropbox(Path(folder))
        box.drop("t.measurements.csv", content)
        accounted(box, 1)
        found = "SELECT run_id, metric, split, step, value FROM measurements JOIN runs USING (run_key) ORDER BY ALL"
        refused = "SELECT row_number, reason FROM quarantine ORDER BY ALL"
        values, reasons, count = box.answers(found, refused, "SELECT sum(rows) FROM ingest_log")
        return values, reasons, int(str(count[0][0]))


BYTES = (TABLES, st.sampled_from(["utf-8", "utf-8-sig"]), st.sampled_from(["\n", "\r\n"]))


def check_counted(rows: list[dict[str, str]], encoding: str, ending: str) -> None:
    found, refused, count = taken(written(rows, COLUMNS, encoding, ending))
    assert count == len(rows) or (count, refused[0][0]) == (1, 0)
    assert len(found) <= len(rows)


def check_order(rows: list[dict[str, str]], order: list[str]) -> None:
    """But for a cell with a lone carriage return: DuckDB takes it in some places for a line end, and such a file is refused."""
    rows = [{name: cell.replace("\r", " ") for name, cell in row.items()} for row in rows]
    assert taken(written(rows, tuple(order), "utf-8", "\n")) == taken(written(rows, COLUMNS, "utf-8", "\n"))


@QUICK
@given(*BYTES)
def test_every_row_of_any_table_is_counted(rows: list[dict[str, str]], encoding: str, ending: str) -> None:
    check_counted(rows, encoding, ending)


@QUICK
@given(TABLES, st.permutations(COLUMNS))
def test_columns_in_another_order_say_the_same(rows: list[dict[str, str]], order: list[str]) -> None:
    check_order(rows, order)


@pytest.mark.slow
@LONG
@given(*BYTES)
def test_every_row_of_any_of_many_tables_is_counted(rows: list[dict[str, str]], encoding: str, ending: str) -> None:
    check_counted(rows, encoding, ending)


@pytest.mark.slow
@LONG
@given(TABLES, st.permutations(COLUMNS))
def test_columns_of_many_tables_in_another_order_say_the_same(rows: list[dict[str, str]], order: list[str]) -> None:
    check_order(rows, order)


DAMAGES = st.lists(st.tuples(st.sampled_from(WAYS), st.integers(0, 2**32)), min_size=1, max_size=4)
FILES = st.lists(st.tuples(st.sampled_from(sorted(seeds())), DAMAGES), min_size=1, max_size=8)


def check(files: list[tuple[str, list[tuple[object, int]]]]) -> None:
    """Damages good files and takes them together."""
    good = seeds()
    with TemporaryDirectory() as folder:
        box = Dropbox(Path(folder))
        for number, (name, damages) in enumerate(files):
            content = good[name]
            for way, seed in damages:
                content = way(content, random.Random(seed))  # type: ignore[operator]
            box.drop(f"{number}/{name}", content)
        accounted(box, len(files))


@QUICK
@given(FILES)
def test_files_damaged_in_any_way_are_accounted_for(files: list[tuple[str, list[tuple[object, int]]]]) -> None:
    check(files)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(seeds()))
@LONG
@given(damages=st.lists(DAMAGES, min_size=1, max_size=8))
def test_files_of_a_format_damaged_in_any_of_many_ways_are_accounted_for(
    name: str, damages: list[list[tuple[object, int]]]
) -> None:
    check([(name, each) for each in damages])
