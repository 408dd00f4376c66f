"""TensorBoard event files: the records as they lie there, the messages by TensorBoard's own classes (extra `tensorboard`).

TensorBoard's own loader ends at the first damaged record without a word; here it costs itself alone and is refused by name.
"""

import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import ReaderError
from pipeline.readers.formats.split_folders import of_its_folder
from pipeline.readers.histories import places_of
from pipeline.readers.names import frame, metric_columns, run_columns
from pipeline.readers.reader import Reader, Tables
from pipeline.readers.restarts import Restarts

SCALARS, HPARAMS = "scalars", "hparams"
HEADER, FOOTER, FIRST_EVENTS = 12, 4, 4096
LONGEST_RECORD = 1 << 30
MOST_SIBLINGS = 200


def _is_events(path: Path, _head: bytes) -> bool:
    return ".tfevents." in path.name


@dataclass
class _Events:
    """The whole records of a file, numbered from 1; `refused` has the damaged ones and a tail that was cut."""

    path: Path
    size: int | None = None
    refused: list[dict[str, Any]] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        try:
            from google.protobuf.message import DecodeError
            from tensorboard.compat.proto.event_pb2 import Event
            from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
        except ImportError as error:
            raise ReaderError(
                "TensorBoard files need the extra", place=str(self.path), fix="pip install 'lawbook[tensorboard]'"
            ) from error
        data, place, number = _bytes(self.path, self.size), 0, 0
        while place < len(data):
            number += 1
            head = data[place : place + HEADER]
            length = struct.unpack("<Q", head[:8])[0] if len(head) == HEADER else 0
            if len(head) == HEADER and (masked_crc32c(head[:8]) != struct.unpack("<I", head[8:])[0] or length > LONGEST_RECORD):
                self._refuse(number, "unreadable", f"the length of a record at byte {place} is damaged: the rest cannot be read")
                return
            body, end = data[place + HEADER : place + HEADER + length], place + HEADER + length + FOOTER
            if len(head) < HEADER or end > len(data):
                self._refuse(
                    number, "truncated", f"the last record, at byte {place}, is cut; copy the file again when it is whole"
                )
                return
            try:
                if masked_crc32c(body) != struct.unpack("<I", data[end - FOOTER : end])[0]:
                    raise ValueError("its checksum is another")
                yield number, Event.FromString(body)
            except (ValueError, DecodeError) as error:
                self._refuse(number, "unreadable", f"the record at byte {place} is damaged: {error}")
            place = end

    def _refuse(self, number: int, reason: str, detail: str) -> None:
        self.refused.append({"row_number": number, "reason": reason, "detail": detail, "raw": None})


def _bytes(path: Path, size: int | None = None) -> bytes:
    with path.open("rb") as file:
        return file.read() if size is None else file.read(size)


def _read_events(path: Path, run: str) -> Tables:
    """Every scalar of the file; a writer that starts again at a step ends what was logged there and behind it."""
    events, plugins, config = _Events(path), dict[str, str](), dict[str, Any]()
    logged: list[tuple[int, int, str, float]] = []
    for number, event in events:
        if _starts(event):
            logged.append((number, event.step, "", 0.0))
        for value in event.summary.value:
            plugin = plugins.setdefault(value.tag, value.metadata.plugin_data.plugin_name)  # only the first value says it
            if plugin == HPARAMS:
                config |= _hparams(value.metadata.plugin_data.content)
            elif (scalar := _scalar(value, plugin)) is not None:
                logged.append((number, event.step, value.tag, scalar))
    run, logged = of_its_folder(path.parent, run, logged)
    records, replaced = _records(logged, run)
    if config:  # a run of its own only by its folder: its values say again how the run around it ended
        records = []
    for start in _later_starts(path):
        replaced += [record for record in records if record["step"] >= start]
        records = [record for record in records if record["step"] < start]
    row = [{"run_id": run, "status": "running", **run_columns(config)}] if config else []  # it is written when a run begins, too
    records, conflicts = _of_one_writer(path, records)
    return Tables(frame(row), frame(records), replaced=frame(replaced), quarantined=frame([*events.refused, *conflicts]))


def _starts(event: Any) -> bool:
    return bool(event.HasField("session_log") and event.session_log.status == event.session_log.START)


def _records(logged: Sequence[tuple[int, int, str, float]], run: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The values that stand and those that were replaced; values that were all logged without a step are numbered from 0.

    Rates and amounts of data that are logged at a step are also where its values lie.
    """
    found, times = Restarts(purge=False), Counter(tag for *_, tag, _ in logged)
    _, steps = places_of((tag, step, value) for _, step, tag, value in logged if tag)
    columns = metric_columns(tag for tag in times if tag)
    unstepped = {tag for tag, count in times.items() if count > 1} - {tag for _, step, tag, _ in logged if step}
    place: Counter[str] = Counter()
    for number, step, tag, value in logged:
        if not tag:
            found.go_back(run, step)
            continue
        at = place[tag] if tag in unstepped else step
        found.add({"row_number": number, "run_id": run, "step": at, **steps.get(at, {}), columns[tag]: value})
        place[tag] += 1
    return found.standing, found.replaced


def _of_one_writer(path: Path, records: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The records without values that another writer of the folder, at work at the same time, has too and has otherwise."""
    other = _beside(path)
    if other is None:
        return records, []
    logged = [(n, e.step, v.tag, x) for n, e in _Events(other) for v in e.summary.value if (x := _scalar(v, "")) is not None]
    _, named = of_its_folder(path.parent, "", logged)
    theirs = {(record["step"], name): value for record in _records(named, "")[0] for name, value in record.items()}
    kept, conflicts = [], []
    for record in records:
        name, value = next((name, value) for name, value in record.items() if name.startswith("metric:"))
        said = theirs.get((record["step"], name), value)
        if not (said < value or said > value):
            kept.append(record)
            continue
        what = (
            f"{name} = {value:.6g} at step {record['step']}, but {other.name}, which was written at the same time, has {said:.6g}"
        )
        detail = f"{what}: two writers log into one folder; give each a folder of its own"
        conflicts.append({"row_number": record["row_number"], "reason": "conflict", "detail": detail, "raw": None})
    return kept, conflicts


def _beside(path: Path) -> Path | None:
    """The file of the folder that was begun before this one and was still written to when this one was begun."""
    before = [other for other in _siblings(path) if _created(other) < _created(path)]
    begun = next((event.wall_time for _, event in _Events(path, FIRST_EVENTS)), None)
    if not before or begun is None:
        return None
    other = max(before, key=_created)
    return other if any(event.wall_time > begun for _, event in _Events(other)) else None


def _scalar(value: Any, plugin: str) -> float | None:
    from tensorboard.util.tensor_util import make_ndarray

    if value.HasField("simple_value"):
        return float(value.simple_value)
    if not value.HasField("tensor") or plugin not in (SCALARS, ""):
        return None
    array = make_ndarray(value.tensor)
    return float(array.reshape(-1)[0]) if array.size == 1 and array.dtype.kind in "fiu" else None


def _hparams(content: bytes) -> dict[str, Any]:
    """The hyperparameters that `add_hparams` has written."""
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    given = HParamsPluginData.FromString(content).session_start_info.hparams
    return {name: getattr(value, str(value.WhichOneof("kind")), None) for name, value in given.items()}


def _later_starts(path: Path) -> list[int]:
    """The steps at which later files of the folder start again (SummaryWriter's purge_step): the first event of each says it."""
    later = [other for other in _siblings(path) if _created(other) > _created(path)]
    return [step for other in later if (step := _start(other)) is not None]


def _siblings(path: Path) -> list[Path]:
    found = sorted(other for other in path.parent.glob("*.tfevents.*") if other != path and other.is_file())
    return found[-MOST_SIBLINGS:]


def _created(path: Path) -> tuple[str, str]:
    """The time that stands in the name behind `tfevents`, and the name."""
    return path.name.partition(".tfevents.")[2].partition(".")[0].zfill(20), path.name


def _start(path: Path) -> int | None:
    try:
        for _, event in _Events(path, FIRST_EVENTS):
            if _starts(event):
                return int(event.step)
    except OSError:
        return None
    return None


def _depends(path: Path) -> str:
    return ",".join(map(str, _later_starts(path)))


ASKED = 90
READERS = (
    Reader(
        "tensorboard",
        _is_events,
        _read_events,
        says="every scalar; the run is the folder",
        same_in_all="*",
        inside=r"\d{9,}\.\d+",  # the folder that add_hparams makes inside a run's own
        depends=_depends,
    ),
)
