"""The same bytes in other clothes are the same rows, and a log that grew byte by byte is the log that came whole."""

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ingest.conftest import Dropbox
from tests.readers.test_consoles import MODDED, TORCHTITAN

NATIVE = "run_id,metric,split,value,step\n" + "".join(f"r{n % 3},loss,train,{9 - n / 4},{n}\n" for n in range(12))
NANOGPT = "max_iters = 300\n" + "".join(
    f"step {step}: train loss {5 - step / 100:.2f}, val loss {6 - step / 100:.2f}\n" for step in range(0, 301, 100)
)
LIGHTNING = "epoch,step,train_loss,val_loss\n0,1,3.5,\n0,2,3.25,3.75\n1,3,3.0,\n"
LOGS = {
    "native": ("a.measurements.csv", NATIVE),
    "nanogpt": ("train.log", NANOGPT),
    "lightning": ("metrics.csv", LIGHTNING),
    "modded-nanogpt": ("slurm-1.out", MODDED),
    "torchtitan": ("slurm-2.out", TORCHTITAN),
}
LOGGED = "metric, split, task, step, m.data_seen, m.lr, value, final, r.status, r.data_seen"
ALL_ROWS = f"SELECT r.namespace, {LOGGED} FROM measurements m JOIN runs r USING (run_key) ORDER BY ALL"
ROWS = f"SELECT {LOGGED} FROM measurements m JOIN runs r USING (run_key) WHERE r.namespace = {{!r}} ORDER BY ALL"
Boxes = Callable[[str], Dropbox]
Change = Callable[[str, bytes], tuple[str, bytes]]


def placed(folder: str) -> Change:
    return lambda name, data: (f"{folder}/{name}", data)


def rewritten(old: bytes, new: bytes) -> Change:
    return lambda name, data: (name, data.replace(old, new))


CHANGES: dict[str, Change] = {
    "a deep folder": placed("x/y/z"),
    "a folder named as a column": placed("lr=0.5,step=7"),
    "a folder with signs": placed("Übung [1] 'a'; b%20"),
    "line ends of Windows": rewritten(b"\n", b"\r\n"),
    "blank lines at the end": lambda name, data: (name, data + b"\n\n"),
}


def rows(box: Dropbox, namespace: str = "lab") -> list[tuple[object, ...]]:
    return box.rows(ROWS.format(namespace))


def taken(box: Dropbox) -> list[tuple[object, ...]]:
    assert box.ingest().quarantined == 0
    return rows(box)


def test_the_same_bytes_in_another_place_or_with_other_line_ends_are_the_same_rows(box: Dropbox) -> None:
    for log, (name, text) in LOGS.items():
        box.drop(name, text, log)
        for number, change in enumerate(CHANGES.values()):
            box.drop(*change(name, text.encode()), f"{log} {number}")
    assert box.ingest().quarantined == 0
    for log in LOGS:
        expected = rows(box, log)
        assert expected
        for number, what in enumerate(CHANGES):
            assert rows(box, f"{log} {number}") == expected, (log, what)


def test_a_compressed_table_has_the_rows_of_the_plain_one(box: Dropbox) -> None:
    box.drop("a.measurements.csv", NATIVE)
    box.drop("a.measurements.csv.gz", gzip.compress(NATIVE.encode()), "compressed")
    assert taken(box) == rows(box, "compressed") != []


def test_files_in_any_order_and_any_batch_are_the_same_rows(make_box: Boxes) -> None:
    logs = {f"{log}/{name}": text for log, (name, text) in LOGS.items()}
    together, apart = make_box("together"), make_box("apart")
    for name, text in logs.items():
        together.drop(name, text)
    for name in reversed(logs):
        apart.drop(name, logs[name])
        apart.ingest()
    assert rows(apart) == taken(together) != []


def test_a_table_in_two_parts_has_the_rows_of_the_whole(make_box: Boxes) -> None:
    whole, parts = make_box("whole"), make_box("parts")
    whole.drop("a.measurements.csv", NATIVE)
    head, *lines = NATIVE.splitlines(keepends=True)
    parts.drop("a.measurements.csv", head + "".join(lines[:5]))
    parts.drop("b.measurements.csv", head + "".join(lines[5:]))
    assert taken(parts) == taken(whole)


def test_logs_that_grew_in_pieces_are_the_logs_that_came_whole(box: Dropbox) -> None:
    cuts = {log: sorted(random.Random(log).sample(range(1, len(text)), 4)) for log, (_, text) in LOGS.items()}
    for number in range(5):
        for log, (name, text) in LOGS.items():
            data = text.encode()
            box.drop(name, data[: [*cuts[log], len(data)][number]], log)
        box.ingest()
    for log, (name, text) in LOGS.items():
        box.drop(name, text, f"{log} whole")
    box.ingest()
    for log in LOGS:
        assert rows(box, log) == rows(box, f"{log} whole") != [], log


def fixture_lines(shared_data: Path, name: str, lines: slice) -> bytes:
    return b"".join((shared_data / "log_fixtures" / name).read_bytes().splitlines(keepends=True)[lines])


REAL = {
    "lightning_csv/version_5/metrics.csv": ("metrics.csv", slice(0, 20)),
    "nanogpt_log/modded_nanogpt_adamw.log": ("main.log", slice(0, 20)),
    "openclip_log/small_scale_tmars_5x.err": ("out.log", slice(484, 494)),
}


@pytest.mark.slow
@pytest.mark.parametrize("fixture", REAL)
def test_every_prefix_of_a_real_log_and_then_the_whole_is_the_whole(box: Dropbox, shared_data: Path, fixture: str) -> None:
    name, lines = REAL[fixture]
    data = fixture_lines(shared_data, fixture, lines)
    cuts = range(1, len(data))
    for cut in cuts:
        box.drop(name, data[:cut], f"cut {cut}")
    box.ingest()
    for cut in cuts:
        box.drop(name, data, f"cut {cut}")
    box.drop(name, data, "whole")
    box.ingest()
    found: dict[object, list[tuple[object, ...]]] = {}
    for namespace, *row in box.rows(ALL_ROWS):
        found.setdefault(namespace, []).append(tuple(row))
    assert set(found) == {"whole", *(f"cut {cut}" for cut in cuts)}
    assert [namespace for namespace, rows_of in found.items() if rows_of != found["whole"]] == []
