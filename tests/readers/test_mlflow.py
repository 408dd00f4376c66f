"""MLflow: a live server that is polled, and its stores on disk. Where a test needs a server it takes half a minute: slow."""

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("mlflow", reason="MLflow is an optional extra")
from mlflow.entities import Metric
from mlflow.tracking import MlflowClient

from pipeline.home import Home
from pipeline.ingest.ingest import IngestReport, ingest
from pipeline.ingest.sources.trackers import poll, spool
from pipeline.ingest.sources.watching import look
from pipeline.store.warehouse import Warehouse
from tests.ingest.conftest import Dropbox
from tests.readers.mlflow_case import RUNNING, RUNS, STEPS, log_runs, losses, server

pytestmark = pytest.mark.filterwarnings("default")  # MLflow and what it brings along warn of their own future
PER_RUN = STEPS + 2  # ten losses, one accuracy and the error that follows from it


class Alone(Home):
    """A home without the project's own runs."""

    @property
    def project_runs(self) -> Path:
        """A folder that is not there."""
        return self.root / "none"


@dataclass
class Polled:
    """Two polls of one server: reports and answers of the store after each, and a copy of the server's own store."""

    reports: list[IngestReport]
    answers: list[tuple[object, ...]]
    spooled: list[int]
    database: Path
    home: Home
    asked: list[str]


def after(home: Home) -> tuple[object, ...]:
    """Runs, finished runs, measurements."""
    with Warehouse(home) as warehouse:
        ask = "SELECT count(*), count(*) FILTER (status = 'finished'), (SELECT count(*) FROM measurements) FROM runs"
        return warehouse.connection.execute(ask).fetchall()[0]


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Polled:
    folder = tmp_path_factory.mktemp("mlflow")
    with server(folder) as address:
        client = MlflowClient(address)
        running = log_runs(client)
        root = folder / "home"
        Home.open(root)
        (root / "config.toml").write_text(f'[trackers]\nlab = "{address}"\n')
        home = Alone.open(root)
        result = Polled([], [], [], folder / "mlflow.db", home, [])

        def take() -> None:
            result.reports.append(ingest(home))
            result.answers.append(after(home))
            result.spooled.append(len(list(spool(home, "lab").glob("*.parquet"))))

        take()
        cursor = look(home).cursor
        for run in running:
            losses(client, run, range(STEPS, STEPS + 3))
        client.set_terminated(running[0])
        asked = look(home, look(home, cursor).cursor).new  # the sensor polls; the ingest that it asks for takes what it laid down
        laid_down = [Path(place) for place in asked if Path(place).is_relative_to(spool(home, "lab"))]
        result.asked = sorted(path.name.split(".", 1)[1] for path in laid_down)
        take()
        take()
        shutil.copy(folder / "mlflow.db", folder / "copy.db")
        result.database = folder / "copy.db"
    return result


@pytest.mark.slow
def test_the_first_poll_takes_every_run_and_value(polled: Polled) -> None:
    assert polled.reports[0].errors == []
    assert polled.answers[0] == (RUNS, RUNS - RUNNING, RUNS * PER_RUN)


@pytest.mark.slow
def test_the_second_poll_takes_only_what_is_new(polled: Polled) -> None:
    assert polled.answers[1] == (RUNS, RUNS - RUNNING + 1, RUNS * PER_RUN + RUNNING * 3)
    second = polled.reports[1].totals
    assert (second.measurements, second.quarantined) == (RUNNING * 3, 0)
    assert second.rows == RUNNING + RUNNING * 4  # five runs; three new values each, and the newest one of before again
    assert second.duplicates >= RUNNING


@pytest.mark.slow
def test_the_sensor_asks_for_a_run_when_a_server_has_news(polled: Polled) -> None:
    assert polled.asked == ["measurements.parquet", "runs.parquet"]


@pytest.mark.slow
def test_a_poll_without_news_leaves_no_file(polled: Polled) -> None:
    assert polled.answers[2] == polled.answers[1]
    assert polled.spooled == [2, 4, 4]


@pytest.mark.slow
def test_what_mlflow_says_of_the_user_is_not_stored(polled: Polled) -> None:
    with Warehouse(polled.home) as warehouse:
        ask = "SELECT name, params, peak_lr, tags FROM runs WHERE name = 'run-3'"
        [(name, params, rate, tags)] = warehouse.connection.execute(ask).fetchall()
    assert (name, params, rate) == ("run-3", 4e6, 0.001)
    assert tags == {"config.note": "dense", "tag.team": "a", "experiment": "sweep"}


def test_a_server_that_is_down_stops_nothing(tmp_path: Path) -> None:
    Home.open(tmp_path)
    (tmp_path / "config.toml").write_text('[trackers]\nlab = "http://127.0.0.1:9"\n')
    [error] = poll(Home.open(tmp_path))
    assert "lab" in error
    assert "cannot be polled" in error


@pytest.mark.slow
def test_the_store_of_a_server_is_read_as_a_file(box: Dropbox, polled: Polled) -> None:
    box.drop("any_name.db", polled.database.read_bytes())
    report = box.ingest()
    points = RUNS * (STEPS + 1) + RUNNING * 3
    assert (report.totals.rows, report.quarantined) == (RUNS + points, 0)
    assert box.rows("SELECT DISTINCT source_format FROM ingest_log") == [("mlflow store",)]
    assert after(box.home) == polled.answers[1]


@pytest.mark.slow
def test_a_store_with_runs_deleted_and_diverged(box: Dropbox, polled: Polled, tmp_path: Path) -> None:
    path = Path(shutil.copy(polled.database, tmp_path / "changed.db"))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE runs SET lifecycle_stage = 'deleted' WHERE name = 'run-19'")
        connection.execute("UPDATE metrics SET is_nan = 1, value = 0 WHERE step = 3")
        connection.execute("UPDATE metrics SET value = 1.7976931348623157e308 WHERE step = 4")
    connection.close()
    box.drop("changed.db", path.read_bytes())
    box.ingest()
    assert box.rows("SELECT count(*) FROM runs") == [(RUNS - 1,)]
    assert box.reasons() == {"not_a_number": RUNS - 1, "infinite": RUNS - 1}


@pytest.mark.slow
def test_a_damaged_store_is_refused_whole(box: Dropbox, polled: Polled) -> None:
    content = bytearray(polled.database.read_bytes())
    content[len(content) // 4 :] = b""
    box.drop("cut.db", bytes(content))
    box.ingest()
    assert box.rows("SELECT count(*), min(row_number) FROM quarantine") == [(1, 0)]
    assert box.rows("SELECT count(*) FROM runs") == [(0,)]


def test_a_file_store_is_read_run_by_run(box: Dropbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    client = MlflowClient(str(box.home.inbox / "lab" / "mlruns"))
    experiment = client.create_experiment("files")
    runs = [client.create_run(experiment, run_name=f"f{number}").info.run_id for number in range(3)]
    for run in runs:
        losses(client, run, range(STEPS))
        client.log_param(run, "batch_size", 64)
    client.set_terminated(runs[0])
    box.ingest()
    assert box.reasons() == {}
    assert box.rows("SELECT name, status, batch_size FROM runs ORDER BY 1") == [
        ("f0", "finished", 64.0),
        ("f1", "running", 64.0),
        ("f2", "running", 64.0),
    ]
    losses(client, runs[1], range(STEPS, STEPS + 1))  # meta.yaml does not change by it
    box.ingest()
    assert box.rows("SELECT count(*) FROM measurements") == [(3 * STEPS + 1,)]


def of_a_run(box: Dropbox, monkeypatch: pytest.MonkeyPatch, logged: list[tuple[int, int, float]]) -> list[tuple[object, ...]]:
    """Step and value of what stands of one run that logged (timestamp, step, value) into MLflow's own file store."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    client = MlflowClient(str(box.home.inbox / "lab" / "mlruns"))
    run = client.create_run(client.create_experiment("one"), run_name="a").info.run_id
    client.log_batch(run, metrics=[Metric("train/loss", value, moment, step) for moment, step, value in logged])
    client.set_terminated(run)
    box.ingest()
    assert box.reasons() == {}
    return box.rows("SELECT step, value FROM measurements ORDER BY step")


def test_a_resumed_run_has_its_later_values_and_the_earlier_as_history(box: Dropbox, monkeypatch: pytest.MonkeyPatch) -> None:
    first = [(1000 + step, step, 4.0 - step) for step in range(3)]
    again = [(9000 + step, step, 3.5 - step) for step in range(1, 4)]
    assert of_a_run(box, monkeypatch, [*first, *again]) == [(0, 4.0), (1, 2.5), (2, 1.5), (3, 0.5)]
    assert box.rows("SELECT count(*) FROM measurements_history WHERE valid_to IS NOT NULL") == [(2,)]


def test_values_that_were_logged_without_a_step_lie_in_the_order_of_their_moments(
    box: Dropbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = [(3000, 0, 2.0), (1000, 0, 4.0), (2000, 0, 3.0)]
    assert of_a_run(box, monkeypatch, logged) == [(0, 4.0), (1, 3.0), (2, 2.0)]
