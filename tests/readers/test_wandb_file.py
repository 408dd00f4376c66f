"""W&B's own run files: written here record by record as W&B frames them, and by W&B itself where it is installed."""

import importlib.util
import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from pipeline.readers.formats.wandb_file import BLOCK, HEADER, read_records
from tests.ingest.conftest import Dropbox

NAMED = Path("wandb/offline-run-20240501_100000-abc/run-abc.wandb")


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def items(values: dict[str, object]) -> bytes:
    return b"".join(field(1, field(2, key.encode()) + field(16, json.dumps(value).encode())) for key, value in values.items())


def run(**config: object) -> bytes:
    return field(17, field(1, b"abc") + field(4, items(config)) + field(8, b"brave-sun-1"))


def history(step: int, **values: object) -> bytes:
    return field(2, items({name.replace("__", "/"): value for name, value in values.items()}) + field(2, field(1, step)))


def ended(code: int = 0) -> bytes:
    return field(18, field(1, code) if code else b"")


def framed(records: Iterable[bytes]) -> bytes:
    """A run file of these records; one that does not fit into its block is split, as LevelDB does."""
    out = b":W&B\xe1\xbe\x00"
    for record in records:
        rest, first = record, True
        while first or rest:
            left = BLOCK - len(out) % BLOCK
            if left < HEADER:
                out, left = out + b"\0" * left, BLOCK
            body, rest = rest[: left - HEADER], rest[left - HEADER :]
            kind = {(True, True): 1, (True, False): 2, (False, False): 3, (False, True): 4}[first, not rest]
            out += struct.pack("<IHB", zlib.crc32(body, zlib.crc32(bytes([kind]))), len(body), kind) + body
            first = False
    return out


LOG = [run(n_params=100, lr=0.003), history(0, train__loss=3.0, tokens_seen=0), history(10, train__loss=2.5, val__loss=2.75)]
VALUES = "SELECT metric, split, step, value FROM measurements ORDER BY step, split"


def test_a_run_file_has_history_configuration_name_and_end(box: Dropbox) -> None:
    box.drop(str(NAMED), framed([*LOG, ended()]))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id, name, params, peak_lr, status FROM runs") == [("abc", "brave-sun-1", 100, 0.003, "finished")]
    assert box.rows(VALUES) == [("loss", "train", 0, 3.0), ("loss", "train", 10, 2.5), ("loss", "validation", 10, 2.75)]


@pytest.mark.parametrize(("end", "status"), [([], "running"), ([ended()], "finished"), ([ended(1)], "failed")])
def test_how_a_run_file_ends_is_the_status_of_its_run(box: Dropbox, end: list[bytes], status: str) -> None:
    box.drop(str(NAMED), framed([*LOG, *end]))
    box.ingest()
    assert box.rows("SELECT status FROM runs") == [(status,)]


def test_a_resumed_run_has_the_values_of_all_its_files(box: Dropbox) -> None:
    box.drop(str(NAMED), framed(LOG))
    later = [run(n_params=100, lr=0.003), history(10, train__loss=2.5, val__loss=2.75), history(20, train__loss=2.25), ended()]
    box.drop("wandb/offline-run-20240502_100000-abc/run-abc.wandb", framed(later))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id, status FROM runs") == [("abc", "finished")]
    assert box.rows("SELECT step, value FROM measurements WHERE split = 'train' ORDER BY 1") == [(0, 3.0), (10, 2.5), (20, 2.25)]


def test_a_cut_tail_is_said_and_costs_itself_alone(box: Dropbox) -> None:
    box.drop(str(NAMED), framed(LOG)[:-5])
    box.ingest()
    assert box.reasons() == {"truncated": 1}
    assert box.rows(VALUES) == [("loss", "train", 0, 3.0)]
    box.drop(str(NAMED), framed([*LOG, ended()]))
    box.ingest()
    assert box.rows("SELECT status, count(*) FROM runs JOIN measurements USING (run_key) GROUP BY 1") == [("finished", 3)]


def test_a_loss_that_is_no_number_costs_its_cell(box: Dropbox) -> None:
    box.drop(str(NAMED), framed([*LOG, history(20, train__loss=float("nan"), val__loss=2.5), ended()]))
    box.ingest()
    assert box.reasons() == {"not_a_number": 1}
    assert box.rows("SELECT max(step) FROM measurements WHERE split = 'validation'") == [(20,)]


def test_a_record_longer_than_a_block_is_one_record() -> None:
    long = [bytes([65 + number]) * size for number, size in enumerate((10, 3 * BLOCK, 20, BLOCK - 7, 5))]
    assert list(read_records(framed(long))) == [(record, "") for record in long]


def test_a_damaged_block_costs_its_records_alone() -> None:
    records = [bytes([65 + number % 26]) * 1000 for number in range(100)]
    data = bytearray(framed(records))
    data[100] ^= 1
    found = list(read_records(bytes(data)))
    assert [reason for _, reason in found if reason] == ["unreadable"]
    assert [record for record, _ in found if record] == records[33:]


@pytest.mark.parametrize("size", [4, 7, 60])
def test_a_file_without_a_record_is_refused_whole(box: Dropbox, size: int) -> None:
    box.drop(str(NAMED), framed(LOG)[:size])
    assert box.ingest().refused_files == 1
    assert box.rows("SELECT count(*) FROM runs") == [(0,)]


SCRIPT = """
import wandb
run = wandb.init(project='p', name='mine', config={'n_params': 100, 'lr': 0.003, 'deep': {'a': 1}})
for step in range(3):
    run.log({'train/loss': 5.0 - step})
run.log({'val/loss': 1.5})
run.finish()
"""


@pytest.mark.skipif(importlib.util.find_spec("wandb") is None, reason="the package wandb is not installed")
def test_a_file_that_wandb_itself_writes_is_read(box: Dropbox) -> None:
    place = box.home.inbox / "lab"
    place.mkdir(parents=True)
    quiet = {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_DIR": str(place), "WANDB_CONSOLE": "off"}
    subprocess.run([sys.executable, "-c", SCRIPT], env={**os.environ, **quiet}, cwd=place, check=True, timeout=120)
    box.ingest()
    assert box.rows("SELECT name, params, peak_lr, status FROM runs") == [("mine", 100, 0.003, "finished")]
    found = box.rows("SELECT split, step, value FROM measurements WHERE step IS NOT NULL ORDER BY 2")
    assert found == [("train", 0, 5.0), ("train", 1, 4.0), ("train", 2, 3.0), ("validation", 3, 1.5)]
