"""A damaged record of an event file costs itself alone, and a writer that starts again ends what lies behind its step."""

import struct
from pathlib import Path
from typing import Any

import pytest

from pipeline.readers import read_log
from pipeline.readers.formats import tensorboard
from pipeline.readers.reader import Tables
from tests.ingest.conftest import Dropbox

events = pytest.importorskip("tensorboard.compat.proto.event_pb2", reason="needs the extra tensorboard")
summaries = pytest.importorskip("tensorboard.compat.proto.summary_pb2")
plugin = pytest.importorskip("tensorboard.plugins.hparams.plugin_data_pb2")
pywrap = pytest.importorskip("tensorboard.compat.tensorflow_stub.pywrap_tensorflow")
FIRST, LATER = "events.out.tfevents.1700000000.h.1.0", "events.out.tfevents.1700000999.h.1.0"


def record(event: Any) -> bytes:
    body = event.SerializeToString()
    head = struct.pack("<Q", len(body))
    return head + struct.pack("<I", pywrap.masked_crc32c(head)) + body + struct.pack("<I", pywrap.masked_crc32c(body))


def scalar(step: int, better: float = 0.0, time: float = 0.0) -> bytes:
    value = summaries.Summary.Value(tag="val/loss", simple_value=float(9 - step) - better)
    return record(events.Event(step=step, wall_time=time, summary=summaries.Summary(value=[value])))


def read(path: Path, content: bytes) -> Tables:
    path.write_bytes(content)
    return read_log(tensorboard.READERS[0], path, "run")


@pytest.mark.parametrize(("place", "reason"), [(None, "truncated"), (14, "unreadable")])
def test_five_of_six_are_read_and_the_sixth_is_refused_by_name(tmp_path: Path, place: int | None, reason: str) -> None:
    records = [scalar(step) for step in range(1, 7)]
    content = bytearray(b"".join(records))
    if place is None:
        content = content[:-5]
    else:
        content[len(records[0]) + len(records[1]) + place] ^= 255
    tables = read(tmp_path / FIRST, bytes(content))
    assert tables.measurements is not None
    assert tables.quarantined is not None
    assert (tables.measurements.height, tables.quarantined["reason"].to_list()) == (5, [reason])


def test_a_later_file_that_starts_again_ends_what_lies_behind(tmp_path: Path) -> None:
    start = record(events.Event(step=4, session_log=events.SessionLog(status=events.SessionLog.START)))
    (tmp_path / LATER).write_bytes(start + scalar(4))
    tables = read(tmp_path / FIRST, b"".join(scalar(step) for step in range(1, 7)))
    assert tables.measurements is not None
    assert tables.replaced is not None
    assert (tables.measurements["step"].to_list(), tables.replaced["step"].to_list()) == ([1, 2, 3], [4, 5, 6])


def test_two_writers_at_once_in_one_folder_are_told_and_the_first_stands(tmp_path: Path) -> None:
    (tmp_path / FIRST).write_bytes(b"".join(scalar(step, time=step) for step in range(1, 7)))
    tables = read(tmp_path / LATER, b"".join(scalar(step, better=0.5, time=step + 0.5) for step in range(5, 9)))
    assert tables.measurements is not None
    assert tables.quarantined is not None
    assert tables.measurements["step"].to_list() == [7, 8]
    assert tables.quarantined["reason"].to_list() == ["conflict", "conflict"]
    assert f"{FIRST}, which was written at the same time, has 4" in tables.quarantined["detail"][0]


def test_a_writer_that_begins_when_the_first_has_ended_is_a_restart(tmp_path: Path) -> None:
    (tmp_path / FIRST).write_bytes(b"".join(scalar(step, time=step) for step in range(1, 7)))
    tables = read(tmp_path / LATER, b"".join(scalar(step, better=0.5, time=step + 10) for step in range(5, 9)))
    assert tables.quarantined is None
    assert tables.measurements is not None
    assert tables.measurements["step"].to_list() == [5, 6, 7, 8]


def tensor(step: int, metadata: bool) -> bytes:
    """A scalar as TensorFlow 2 logs it: a tensor, whose plugin only its first value names."""
    value = summaries.Summary.Value(tag="val/loss")
    value.tensor.dtype, value.tensor.float_val[:] = 1, [9.0 - step]
    if metadata:
        value.metadata.plugin_data.plugin_name = "scalars"
    return record(events.Event(step=step, summary=summaries.Summary(value=[value])))


def test_tensors_of_which_the_first_alone_says_that_they_are_scalars_are_read(tmp_path: Path) -> None:
    tables = read(tmp_path / FIRST, b"".join(tensor(step, metadata=step == 1) for step in range(1, 7)))
    assert tables.measurements is not None
    assert tables.measurements["metric:loss@validation/"].to_list() == [8.0, 7.0, 6.0, 5.0, 4.0, 3.0]


def hparams(**values: str) -> bytes:
    """What `add_hparams` writes into a folder of its own inside the run's, with the run's last value once more."""
    content = plugin.HParamsPluginData(session_start_info=plugin.SessionStartInfo(hparams={}))
    for name, text in values.items():
        content.session_start_info.hparams[name].string_value = text
    value = summaries.Summary.Value(tag="_hparams_/session_start_info")
    value.metadata.plugin_data.plugin_name, value.metadata.plugin_data.content = "hparams", content.SerializeToString()
    return record(events.Event(summary=summaries.Summary(value=[value]))) + scalar(0)


def test_add_hparams_makes_no_run_of_its_own_and_no_value(box: Dropbox) -> None:
    box.drop(f"a/{FIRST}", b"".join(scalar(step) for step in range(1, 4)))
    box.drop(f"a/1700000000.123/{LATER}", hparams(kind="dense", n_params="1000"))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id, params, tags['config.kind'] FROM runs") == [("a", 1000.0, "dense")]
    assert box.rows("SELECT step, value FROM measurements ORDER BY step") == [(1, 8.0), (2, 7.0), (3, 6.0)]
