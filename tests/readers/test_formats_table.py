"""The table of docs/formats.md, format by format and cell by cell: each cell that promises something is held here by a log."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.readers import READERS
from tests.ingest.conftest import Dropbox
from tests.readers.forms import COLUMNS, FORMS, Form

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
CUTS = 3
NONE = re.compile(r"none(: \S.*)")
"""A cell that does not apply, and says why."""


def table() -> dict[str, dict[str, str]]:
    """The cells of the table by format and column; a row may stand for several formats."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    head = next(number for number, line in enumerate(lines) if "| restart |" in line)
    names = cells(lines[head])
    rows: dict[str, dict[str, str]] = {}
    for line in lines[head + 2 :]:
        first, *rest = cells(line)
        if len(rest) != len(COLUMNS):
            break
        rows |= {title: dict(zip(names[1:], rest, strict=True)) for title in first.split(", ")}
    return rows


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


TABLE = table()
PROMISED = [(title, column) for title, row in TABLE.items() for column, cell in row.items() if not NONE.fullmatch(cell)]


@dataclass
class Taken:
    """What two ingests made of every log: rows by the namespace that each was dropped into."""

    rows: dict[str, dict[str, list[tuple[object, ...]]]]

    def of(self, title: str, case: str, what: str) -> list[tuple[object, ...]]:
        """Rows of one log: values, history, runs, files or refused."""
        return self.rows[what].get(place(title, case), [])


def place(title: str, case: str) -> str:
    return f"{re.sub(r'[^a-z0-9]+', '-', title.lower())}.{case}"


VALUES = "SELECT namespace, metric, split, task, step, value, m.data_seen, final FROM measurements m JOIN runs USING (run_key)"
ASKED = {
    "values": VALUES,
    "history": "SELECT namespace, metric, split, task, step, value, m.data_seen FROM measurements_history m "
    "JOIN runs USING (run_key) WHERE m.valid_to IS NOT NULL",
    "files": "SELECT split_part(source_uri, '/inbox/', 2), source_format, rows FROM ingest_log",
    "refused": "SELECT split_part(source_uri, '/inbox/', 2), reason FROM quarantine",
}


def drop(box: Dropbox, title: str, case: str, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        box.drop(name, content, place(title, case))


def cuts(form: Form) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The files of a log of which the first has only its beginning."""
    (log, whole), *beside = form.write(form.curve, True).items()
    for number in range(CUTS):
        yield f"cut{number}", {log: whole[: 1 + (len(whole) - 2) * number // (CUTS - 1)], **dict(beside)}


def fill(box: Dropbox) -> None:
    for title, form in FORMS.items():
        back = [*form.worse(), *form.curve] if form.restart == "log" else form.worse()
        drop(box, title, "whole", form.write(form.curve, True))
        drop(box, title, "open", form.write(form.curve, False))
        drop(box, title, "back", form.write(back, True))
        drop(box, title, "nan", form.write(form.diverged() if form.curve else (), True))
        for case, files in cuts(form):
            drop(box, title, case, files)


def fill_again(box: Dropbox) -> None:
    for title, form in FORMS.items():
        drop(box, title, "back", form.write([*form.worse(), *form.curve] if form.restart == "log" else form.curve, True))
        for number in range(CUTS):
            drop(box, title, f"cut{number}", form.write(form.curve, True))


def snapshot(box: Dropbox) -> Taken:
    runs = ", ".join(f'"{name}"' for name in sorted({name for form in FORMS.values() for name in form.settings}))
    found: dict[str, dict[str, list[tuple[object, ...]]]] = {}
    for what, query in {**ASKED, "runs": f"SELECT namespace, status, data_seen, struct_pack({runs}) FROM runs"}.items():
        for first, *row in box.rows(query):
            found.setdefault(what, {}).setdefault(str(first).partition("/")[0], []).append(tuple(row))
    return Taken(found)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Taken, Taken]:
    """What an ingest of all logs makes of them, and what one makes of those that were written anew after it."""
    box = Dropbox(tmp_path_factory.mktemp("table") / "home")
    fill(box)
    box.ingest()
    first = snapshot(box)
    fill_again(box)
    box.ingest()
    assert box.unaccounted() == []
    return first, snapshot(box)


def curve(taken: Taken, form: Form, case: str, what: str = "values") -> list[tuple[object, object]]:
    """(step, value) of the format's metric, in order."""
    place = 3 if form.at == "step" else 5
    rows = [(row[place], row[4]) for row in taken.of(form.title, case, what) if row[:3] == form.metric]
    return sorted(rows, key=lambda row: float(str(row[0] or 0)))


def counts(form: Form, first: Taken, _later: Taken) -> None:
    rows, values, seen = form.counts
    assert [found[0] for found in first.of(form.title, "whole", "files")][:1] == [form.reader]
    assert sum(int(str(found[1])) for found in first.of(form.title, "whole", "files")) == rows
    assert len(curve(first, form, "whole")) == values
    places = [row[5] for row in first.of(form.title, "whole", "values") if row[:3] == form.metric]
    told = [row[1] for row in first.of(form.title, "whole", "runs")]
    assert max((*places, *told), key=lambda found: float(str(found or 0))) == (None if seen is None else pytest.approx(seen))
    assert first.of(form.title, "whole", "refused") == []


def status(form: Form, first: Taken, _later: Taken) -> None:
    for said, case in zip(form.status, ("whole", "open"), strict=True):
        if said is not None:
            assert {row[0] for row in first.of(form.title, case, "runs")} == {said}, case


def final_value(form: Form, first: Taken, _later: Taken) -> None:
    found = curve(first, form, "whole")
    assert found[-1] == pytest.approx(form.expected()[-1])
    final = [row[4] for row in first.of(form.title, "whole", "values") if row[6] and row[:3] == form.metric]
    assert final == (pytest.approx([form.expected()[-1][1]]) if form.status[0] == "finished" else [])


def configuration(form: Form, first: Taken, _later: Taken) -> None:
    assert form.settings
    (run,) = [row[2] for row in first.of(form.title, "whole", "runs")]
    assert isinstance(run, dict)
    assert {name: run[name] for name in form.settings} == pytest.approx(dict(form.settings))


def restart(form: Form, _first: Taken, later: Taken) -> None:
    assert curve(later, form, "back") == [pytest.approx(point) for point in form.expected()]
    gone = [value for _, value in curve(later, form, "back", "history")]
    assert gone == pytest.approx([value for _, value in form.expected(form.worse())])


def not_a_number(form: Form, first: Taken, _later: Taken) -> None:
    assert curve(first, form, "nan") == [pytest.approx(point) for point in form.expected(form.diverged())]
    assert {row[0] for row in first.of(form.title, "nan", "refused")} == {"not_a_number"}
    assert bool(first.of(form.title, "nan", "runs")) != form.whole_run


def cut(form: Form, first: Taken, later: Taken) -> None:
    whole = [tuple(point) for point in curve(later, form, "whole")]
    for number in range(CUTS):
        assert [point for point in curve(first, form, f"cut{number}") if point not in whole] == [], number
        assert curve(later, form, f"cut{number}") == whole, number


CHECKS = dict(zip(COLUMNS, (counts, status, final_value, configuration, restart, not_a_number, cut), strict=True))


@pytest.mark.parametrize(("title", "column"), PROMISED, ids=[f"{title}, {column}" for title, column in PROMISED])
def test_a_log_of_the_format_is_read_as_its_cell_says(both: tuple[Taken, Taken], title: str, column: str) -> None:
    CHECKS[column](FORMS[title], *both)


def test_the_table_has_a_row_for_every_reader() -> None:
    refused = {"huggingface console"}
    formless = {reader.name for reader in READERS} - refused - {form.reader for form in FORMS.values()}
    assert not formless, f"{sorted(formless)} lack a form in tests/readers/forms/: a log as the tool writes it"
    assert set(TABLE) == set(FORMS), f"a row in docs/formats.md, or a form, is lacking: {sorted(set(TABLE) ^ set(FORMS))}"


def test_a_cell_that_does_not_apply_says_why() -> None:
    empty = [(title, column) for title, row in TABLE.items() for column, cell in row.items() if len(cell) < 3 or cell == "none"]
    assert empty == []
