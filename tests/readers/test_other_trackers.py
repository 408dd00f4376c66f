"""Exports of Neptune, Comet, Aim and ClearML in the forms that their programs write (docs/formats.md)."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.ingest.conftest import Dropbox

POINTS = "SELECT run_id, metric, split, step, value FROM measurements JOIN runs USING (run_key) ORDER BY ALL"
RUNS = "SELECT run_id, status, peak_lr, batch_size FROM runs ORDER BY 1"
CURVE = [(100, 3.0), (200, 2.5)]
EXPECTED = [("r", "loss", "train", 100, 3.0), ("r", "loss", "train", 200, 2.5)]
NEPTUNE = {
    "project_id": pl.String,
    "run_id": pl.String,
    "attribute_path": pl.String,
    "attribute_type": pl.String,
    "step": pl.Decimal(18, 6),
    "timestamp": pl.Datetime("ms", "UTC"),
    "int_value": pl.Int64,
    "float_value": pl.Float64,
    "string_value": pl.String,
    "bool_value": pl.Boolean,
    "datetime_value": pl.Datetime("ms", "UTC"),
}
Curve = list[tuple[int, float]]


def neptune(path: Path, curve: Curve, failed: bool = False) -> None:
    moments = [datetime(2025, 1, 1, second=n, tzinfo=UTC) for n in range(len(curve))]
    series = [
        {
            "attribute_path": "train/loss",
            "attribute_type": "float_series",
            "step": Decimal(step),
            "timestamp": moment,
            "float_value": v,
        }
        for (step, v), moment in zip(curve, moments, strict=True)
    ]
    own: list[dict[str, Any]] = [
        {"attribute_path": "parameters/learning_rate", "attribute_type": "float", "float_value": 1e-3},
        {"attribute_path": "parameters/batch_size", "attribute_type": "int", "int_value": 32},
        {"attribute_path": "sys/failed", "attribute_type": "bool", "bool_value": failed},
    ]
    rows = [{"project_id": "lab/p", "run_id": "r", **row} for row in (*own, *series)]
    pl.DataFrame(rows, schema=NEPTUNE).write_parquet(path)


def comet(path: Path, curve: Curve, failed: bool = False) -> None:
    rows = [
        {"metricName": "train_loss", "metricValue": str(value), "timestamp": 1735689600000 + n, "step": step, "epoch": None}
        for n, (step, value) in enumerate(curve)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    metadata = {"experimentKey": "r", "experimentName": "base", "running": False, "hasCrashed": failed}
    path.with_name("metadata.json").write_text(json.dumps(metadata))
    settings = [{"name": "learning_rate", "valueCurrent": "0.001"}, {"name": "batch_size", "valueCurrent": "32"}]
    path.with_name("parameters.json").write_text(json.dumps(settings))


def aim(path: Path, curve: Curve) -> None:
    header = (
        "idx,step,value,epoch,time,run.hash,run.hparams.learning_rate,run.hparams.batch_size,metric.name,metric.context.subset\n"
    )
    cells = ["" if value != value else str(value) for _, value in curve]  # as pandas writes a NaN
    lines = (f"{n},{step},{cells[n]},0,2025-01-01 00:00:0{n},r,0.001,32,loss,train\n" for n, (step, _) in enumerate(curve))
    path.write_text(header + "".join(lines))


def clearml(path: Path, curve: Curve) -> None:
    steps, values = zip(*curve, strict=True)
    path.write_text(json.dumps({"loss": {"train": {"name": "train", "x": steps, "y": values}}}))


EXPORTS = {
    "neptune": ("x_part_0.parquet", neptune),
    "comet": ("e/metrics.jsonl", comet),
    "aim": ("metrics.csv", aim),
    "clearml": ("r.json", clearml),
}


def export(box: Dropbox, tracker: str, curve: Curve, **ended: bool) -> None:
    name, write = EXPORTS[tracker]
    write(box.drop(name, b""), curve, **ended)
    box.ingest()


@pytest.mark.parametrize("tracker", EXPORTS)
def test_the_values_of_an_export_are_those_of_its_run(box: Dropbox, tracker: str) -> None:
    export(box, tracker, CURVE)
    assert box.rows(POINTS) == EXPECTED
    assert box.reasons() == {}


@pytest.mark.parametrize("tracker", ["neptune", "comet", "aim"])
def test_the_settings_of_an_export_are_columns_of_its_run(box: Dropbox, tracker: str) -> None:
    export(box, tracker, CURVE)
    ((_, _, rate, batch),) = box.rows(RUNS)
    assert (rate, batch) == (1e-3, 32)


@pytest.mark.parametrize(("failed", "status"), [(False, "finished"), (True, "failed")])
@pytest.mark.parametrize("tracker", ["neptune", "comet"])
def test_an_export_says_how_its_run_ended(box: Dropbox, tracker: str, failed: bool, status: str) -> None:
    export(box, tracker, CURVE, failed=failed)
    assert [row[1] for row in box.rows(RUNS)] == [status]


@pytest.mark.parametrize("tracker", ["aim", "clearml"])
def test_a_run_whose_export_has_no_status_is_running(box: Dropbox, tracker: str) -> None:
    export(box, tracker, CURVE)
    assert [row[1] for row in box.rows(RUNS)] == ["running"]


@pytest.mark.parametrize("tracker", EXPORTS)
def test_the_later_value_of_a_step_stands(box: Dropbox, tracker: str) -> None:
    export(box, tracker, [(100, 9.0), *CURVE])
    assert box.rows(POINTS) == EXPECTED


@pytest.mark.parametrize("tracker", EXPORTS)
def test_a_value_that_is_no_number_costs_itself_and_is_told(box: Dropbox, tracker: str) -> None:
    export(box, tracker, [*CURVE, (300, float("nan"))])
    assert box.rows(POINTS) == EXPECTED
    assert box.reasons() == {"not_a_number": 1}


@pytest.mark.parametrize("tracker", EXPORTS)
def test_an_export_that_is_cut_is_refused_or_waits_and_is_never_read_wrongly(box: Dropbox, tracker: str) -> None:
    name, write = EXPORTS[tracker]
    path = box.drop(name, b"")
    write(path, CURVE)
    whole = path.read_bytes()
    for cut in range(1, len(whole), max(1, len(whole) // 12)):
        path.write_bytes(whole[:cut])
        box.ingest()
        assert {row[1:] for row in box.rows(POINTS)} <= {row[1:] for row in EXPECTED}, cut
    path.write_bytes(whole)
    box.ingest()
    assert [row[1:] for row in box.rows(POINTS) if row[0] == "r"] == [row[1:] for row in EXPECTED]


def test_the_parts_of_a_neptune_run_are_one_run(box: Dropbox) -> None:
    neptune(box.drop("x_part_0.parquet", b""), CURVE[:1])
    neptune(box.drop("x_part_1.parquet", b""), CURVE[1:])
    box.ingest()
    assert box.rows(POINTS) == EXPECTED


def test_a_comet_series_without_steps_has_its_order(box: Dropbox) -> None:
    rows = [{"metricName": "train_loss", "metricValue": value, "timestamp": time} for value, time in ((2.5, 2), (3.0, 1))]
    box.drop("e/metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    box.ingest()
    assert box.rows("SELECT step, value FROM measurements ORDER BY 1") == [(0, 3.0), (1, 2.5)]


def test_contexts_of_aim_beside_the_subset_keep_series_apart(box: Dropbox) -> None:
    header = "step,value,run.hash,metric.name,metric.context.subset,metric.context.corpus\n"
    box.drop("aim.csv", f"{header}1,3.0,r,loss,val,c4\n1,4.0,r,loss,val,wiki\n")
    box.ingest()
    assert box.rows("SELECT split, task, value FROM measurements ORDER BY 2") == [
        ("validation", "c4", 3.0),
        ("validation", "wiki", 4.0),
    ]
