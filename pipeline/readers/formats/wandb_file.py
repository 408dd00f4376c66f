"""W&B's own run file (run-ID.wandb), as it lies on a cluster: offline, finished or not, without export or server.

A header of seven bytes, then blocks of 32 KiB with records in the framing of LevelDB's log (checksum, length, kind), each a
message of protocol buffers. The numbers below are those of wandb/proto/wandb_internal.proto; all else in the file is left aside.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import ReaderError
from pipeline.readers.histories import history_records
from pipeline.readers.names import frame, run_columns
from pipeline.readers.reader import Reader, Tables
from pipeline.readers.restarts import standing

MAGIC, HEADER, BLOCK = b":W&B", 7, 1 << 15
WHOLE, FIRST, LAST = 1, 2, 4
HISTORY, CONFIG, RUN, EXIT = 2, 5, 17, 18
RUN_ID, RUN_CONFIG, RUN_NAME = 1, 4, 8
ITEM, STEP, KEY, NESTED_KEY, VALUE_JSON = 1, 2, 1, 2, 16
EXIT_CODE = 1
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
Fields = dict[int, list[Any]]


def _is_file(_path: Path, head: bytes) -> bool:
    return head.startswith(MAGIC)


def read_records(data: bytes) -> Iterator[tuple[bytes | None, str]]:
    """The records of a run file; instead of one that is damaged or cut, what is wrong with it."""
    place = HEADER
    parts: bytes | None = None  # of a record that goes on
    while place < len(data):
        left = BLOCK - place % BLOCK
        if left < HEADER:
            place += left
            continue
        if place + HEADER > len(data):
            yield None, "truncated"
            return
        checksum, length, kind = struct.unpack_from("<IHB", data, place)
        body = data[place + HEADER : place + HEADER + length]
        if len(body) < length:
            yield None, "truncated"
            return
        if zlib.crc32(body, zlib.crc32(bytes([kind]))) != checksum:
            yield None, "unreadable"
            place, parts = place + left, None  # the next block begins with a record, or with the rest of a lost one
            continue
        place += HEADER + length
        if kind in (WHOLE, FIRST):
            parts = body
        elif parts is not None:
            parts += body
        if kind in (WHOLE, LAST) and parts is not None:
            yield parts, ""
            parts = None


def fields(message: bytes) -> Fields:
    """The fields of a message by their number, each with its values in order. Raises ValueError where it is none."""
    found: Fields = {}
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, wire = key >> 3, key & 7
        value: int | bytes
        if wire == VARINT:
            value, place = _varint(message, place)
        elif wire == BYTES:
            size, place = _varint(message, place)
            value, place = message[place : place + size], place + size
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
            value, place = message[place : place + size], place + size
        else:
            raise ValueError(f"a field has the unknown kind {wire}")
        if place > len(message):
            raise ValueError("a field is longer than its message")
        found.setdefault(number, []).append(value)
    return found


Rows = list[tuple[int, dict[str, Any]]]
"""Numbered rows of a history."""


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(message) and shift < 64:
        byte = message[place]
        value, place, shift = value | (byte & 0x7F) << shift, place + 1, shift + 7
        if byte < 0x80:
            return value, place
    raise ValueError("a number has no end")


def _items(found: Fields, number: int = ITEM) -> dict[str, Any]:
    """Keys and values of a history, a configuration or its like; parts of a nested key are joined by dots."""
    pairs = {}
    for item in map(fields, found.get(number, [])):
        key = b".".join(item.get(NESTED_KEY) or item.get(KEY) or [b""]).decode("utf-8", errors="replace")
        pairs[key] = json.loads(item[VALUE_JSON][0]) if VALUE_JSON in item else None
    return pairs


def _text(found: Fields, number: int) -> str:
    return bytes(found[number][0]).decode("utf-8", errors="replace") if number in found else ""


def _read(path: Path, run: str) -> Tables:
    """One run: its history by step, its configuration, and how it ended; a file without an end is of a running one."""
    config: dict[str, Any] = {}
    own: dict[str, Any] = {"run_id": run, "name": None, "status": "running"}
    rows: Rows = []
    refused: list[dict[str, Any]] = []
    for number, (record, reason) in enumerate(read_records(path.read_bytes()), 1):
        try:
            if record is None:
                raise ValueError("its bytes end within it" if reason == "truncated" else "its checksum is another")
            _take(fields(record), number, own, config, rows)
        except (ValueError, IndexError, RecursionError) as error:
            detail = f"record {number} of the run file cannot be read: {error}; what stands before and behind it is taken"
            refused.append({"row_number": number, "reason": reason or "unreadable", "detail": detail, "raw": ""})
    if not rows and not config and own["name"] is None:
        raise ReaderError("no record of a run can be read", place=str(path), fix="copy the file again")
    stands, replaced = standing({"run_id": own["run_id"], **record} for record in history_records(rows))
    shown = run_columns({name: value for name, value in config.items() if not name.startswith("_")})
    tables = {"runs": frame([{**shown, **own}]), "measurements": frame(stands), "replaced": frame(replaced)}
    return Tables(**tables, quarantined=frame(refused))


def _take(
    record: Fields, number: int, own: dict[str, Any], config: dict[str, Any], rows: list[tuple[int, dict[str, Any]]]
) -> None:
    if RUN in record:
        found = fields(record[RUN][0])
        own |= {"run_id": _text(found, RUN_ID) or own["run_id"], "name": _text(found, RUN_NAME) or None, "status": "running"}
        for part in found.get(RUN_CONFIG, []):
            config |= _items(fields(part))
    elif CONFIG in record:
        config |= _items(fields(record[CONFIG][0]))
    elif HISTORY in record:
        found = fields(record[HISTORY][0])
        said = fields(found[STEP][0]).get(1, [0])[0] if STEP in found else None
        items = _items(found)
        rows.append((number, {"_step": said, **items}))
    elif EXIT in record:
        own["status"] = "failed" if fields(record[EXIT][0]).get(EXIT_CODE, [0])[0] else "finished"


ASKED = 20
READERS = (
    Reader(
        "wandb run file",
        _is_file,
        _read,
        says="one run: its history by step, its configuration, how it ended",
        names_runs=True,
    ),
)
