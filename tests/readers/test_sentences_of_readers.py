"""Errors of readers and maps: each names the file and what is wrong there, and what it says to do works."""

import sys
from pathlib import Path

import pytest

from pipeline.errors import MapError, ReaderError
from pipeline.ingest.maps.maps import read_map
from pipeline.readers.formats import tensorboard
from pipeline.readers.formats.evaluations import _read_harness
from pipeline.readers.formats.mlflow_store import _read_run_folder
from pipeline.readers.reader import Reader
from pipeline.readers.shape import Shape
from pipeline.store.statements import Fragment

SHAPE = Shape("csv", ",", (("id", "VARCHAR"), ("loss", "VARCHAR")))
RUNS = 'kind = "runs"\n{0}\n[columns]\nrun_id = "id"\n{1}\n'
MAPS = {
    "tag": (
        ("tags = ['seed']", ""),
        r"tags names 'seed', which is no column of the file; use one of id, loss",
        ("tags = ['loss']", ""),
    ),
    "key": (("", 'parms = "loss"'), r"\[columns\] has the unknown key 'parms'.*; use one of ", ("", 'params = "loss"')),
}


@pytest.mark.parametrize("name", MAPS)
def test_a_map_that_names_what_is_not_there_says_what_is(name: str, tmp_path: Path) -> None:
    given, words, fixed = MAPS[name]
    path = tmp_path / "m.toml"
    path.write_text(RUNS.format(*given))
    with pytest.raises(MapError, match=words):
        read_map(path).part(Fragment("t"), SHAPE, [])
    path.write_text(RUNS.format(*fixed))
    read_map(path).part(Fragment("t"), SHAPE, [])


def test_results_that_are_no_object_of_tasks_are_no_result_of_the_harness(tmp_path: Path) -> None:
    path = tmp_path / "results_1.json"
    path.write_text('[{"results": {"a": {"acc_stderr": 0.1}}}]')
    with pytest.raises(ReaderError, match=r"'results' is no object of tasks; it is no result of lm-evaluation-harness"):
        _read_harness(path, "run")


def test_a_line_of_a_metric_that_is_no_value_is_named_and_the_whole_copy_is_read(tmp_path: Path) -> None:
    path, metric = tmp_path / "meta.yaml", tmp_path / "metrics" / "loss"
    path.write_text("run_id: a\nlifecycle_stage: active\n")
    metric.parent.mkdir()
    metric.write_text("1700000000000 3.5 1\n1700000000001 much 2\n")
    with pytest.raises(ReaderError, match=r"metrics.loss: line 2 is not 'time value step': '1700000000001 much 2'; "):
        _read_run_folder(path, "run")
    metric.write_text("1700000000000 3.5 1\n1700000000001 3.25 2\n")
    found = _read_run_folder(path, "run").measurements
    assert found is not None
    assert found.height == 2


def test_an_event_file_without_tensorboard_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.out.tfevents.1700000000.h.1.0"
    path.write_bytes(b"")
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    reader: Reader = tensorboard.READERS[0]
    with pytest.raises(ReaderError, match=r"TensorBoard files need the extra; pip install 'lawbook\[tensorboard\]'"):
        reader.read(path, "run")
