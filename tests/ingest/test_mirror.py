"""Logs in an object store: copied once, taken like files of a folder, named by their address, and nothing of them is lost."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pipeline.compute import Workers, mapper
from pipeline.home import Home
from pipeline.ingest.ingest import IngestReport, ingest
from pipeline.ingest.sources.mirror import folder_of
from pipeline.ingest.sources.objects import fetch
from pipeline.ingest.sources.watching import LISTED_EVERY, Seen, look
from pipeline.refit.refit import refit
from tests.compute.compute_cases import cluster
from tests.ingest.conftest import Dropbox
from tests.object_store import SECRET, s3fs, served

LARGE = 17 << 20
KILLED = """
import os, signal, sys
import pipeline.ingest.sources.mirror as mirror
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
mirror.MOST_OBJECTS = 10
ingest(Home.open(sys.argv[1]), progress=lambda _done, _all, what: what.startswith("s3:") and os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.fixture(scope="module")
def system() -> Iterator[Any]:
    with served() as found:
        yield found


class Bucket:
    """A home that watches a bucket's folder, and that bucket."""

    numbers = count(1)

    def __init__(self, system: Any, root: Path, settings: str = "") -> None:
        self.system, self.name = system, f"logs-{next(self.numbers)}"
        system.mkdir(self.name)
        root.mkdir(parents=True, exist_ok=True)
        (root / "config.toml").write_text(f'{settings}\nshipped = false\n[watch]\nlab = "s3://{self.name}/team/logs/"\n')
        self.box = Dropbox(root)
        self.copies = folder_of(self.box.home, "lab")

    @property
    def url(self) -> str:
        return f"s3://{self.name}/team/logs"

    def put(self, key: str, content: str | bytes) -> None:
        self.system.pipe(f"{self.name}/team/logs/{key}", content.encode() if isinstance(content, str) else content)

    def remove(self, key: str) -> None:
        self.system.rm_file(f"{self.name}/team/logs/{key}")

    def ingest(self, **options: Any) -> IngestReport:
        return ingest(Home.open(self.box.home.root), **options)

    def asked(self, seen: Seen) -> list[str]:
        """The objects for which the sensor asks for a run."""
        return [place.removeprefix(f"{self.url}/") for place in seen.new if place.startswith(self.url)]

    def fetched(self) -> dict[str, int]:
        """When each copy was made."""
        files = [path for path in self.copies.rglob("*") if path.is_file() and not path.name.startswith(".")]
        return {path.relative_to(self.copies).as_posix(): path.stat().st_mtime_ns for path in files}


@pytest.fixture
def bucket(system: Any, tmp_path: Path) -> Iterator[Bucket]:
    made = Bucket(system, tmp_path / "home")
    yield made
    assert made.box.unaccounted() == []


def curve(run: str, steps: int) -> str:
    return "run_id,step,metric:loss\n" + "".join(f"{run},{step},{4 - step / 100}\n" for step in range(steps))


def thirty(bucket: Bucket) -> None:
    for number in range(30):
        bucket.put(f"sweep{number % 3}/run{number}.measurements.csv", curve(f"run{number}", 20))


def test_objects_become_runs_that_name_their_address(bucket: Bucket) -> None:
    thirty(bucket)
    report = bucket.ingest()
    assert (report.files, report.totals.measurements, report.quarantined) == (30, 600, 0)
    assert bucket.box.rows("SELECT namespace, source_uri FROM runs WHERE run_id = 'run7'") == [
        ("lab", f"{bucket.url}/sweep1/run7.measurements.csv")
    ]


def test_unchanged_objects_are_neither_fetched_nor_taken_again(bucket: Bucket) -> None:
    thirty(bucket)
    bucket.ingest()
    before = bucket.fetched()
    again = bucket.ingest()
    assert (again.files, again.unchanged, again.totals.rows) == (0, 30, 0)
    assert bucket.fetched() == before


def test_of_a_log_that_grew_only_the_new_values_are_taken(bucket: Bucket) -> None:
    thirty(bucket)
    bucket.ingest()
    before = bucket.fetched()
    bucket.put("sweep0/run0.measurements.csv", curve("run0", 50))
    report = bucket.ingest()
    assert (report.files, report.totals.measurements, report.totals.duplicates) == (1, 30, 20)
    assert {key for key, at in bucket.fetched().items() if before[key] != at} == {"sweep0/run0.measurements.csv"}


def test_a_changed_object_of_the_same_size_is_taken(bucket: Bucket) -> None:
    bucket.put("a.measurements.csv", "run_id,step,metric:loss\na,1,3.5\n")
    bucket.ingest()
    bucket.put("a.measurements.csv", "run_id,step,metric:loss\na,1,3.6\n")
    bucket.ingest()
    assert bucket.box.rows("SELECT value, version FROM measurements") == [(3.6, 2)]


def test_a_broken_object_is_in_quarantine_under_its_address_and_stops_no_other(bucket: Bucket) -> None:
    bucket.put("broken.runs.parquet", b"PAR1 and then nothing")
    bucket.put("good.measurements.csv", curve("good", 3))
    report = bucket.ingest()
    assert (report.totals.measurements, report.quarantined) == (3, 1)
    ((uri, detail),) = bucket.box.rows("SELECT source_uri, detail FROM quarantine")
    assert uri == f"{bucket.url}/broken.runs.parquet"
    assert str(bucket.copies) not in str(detail)


@pytest.mark.parametrize("key", ["../../outside.runs.csv", "a//b.runs.csv", "./c.runs.csv", f"{'n' * 300}.runs.csv"])
def test_a_name_that_no_file_can_have_is_in_quarantine_and_written_nowhere(bucket: Bucket, key: str, tmp_path: Path) -> None:
    client = bucket.system
    client.call_s3("put_object", Bucket=bucket.name, Key=f"team/logs/{key}", Body=b"run_id,params\nx,1e6\n")
    bucket.put("good.measurements.csv", curve("good", 3))
    bucket.ingest()
    bucket.ingest()
    ((uri, reason, detail),) = bucket.box.rows("SELECT source_uri, reason, detail FROM quarantine")
    assert (uri, reason) == (f"{bucket.url}/{key}", "unreadable")
    assert "rename the object" in str(detail)
    assert {path.name for path in tmp_path.rglob("*.csv")} == {"good.measurements.csv"}


def test_an_object_that_is_also_a_folder_is_in_quarantine_and_what_lies_in_it_is_taken(bucket: Bucket) -> None:
    bucket.put("a.measurements.csv", curve("a", 3))
    bucket.ingest()
    bucket.put("a.measurements.csv/b.measurements.csv", curve("b", 3))
    report = bucket.ingest()
    assert (report.totals.measurements, report.quarantined) == (3, 1)
    bucket.remove("a.measurements.csv/b.measurements.csv")
    bucket.put("a.measurements.csv", curve("a", 5))
    assert bucket.ingest().totals.measurements == 2


def test_the_copy_of_an_object_that_is_gone_is_removed_and_what_was_taken_stays(bucket: Bucket) -> None:
    thirty(bucket)
    bucket.ingest()
    bucket.remove("sweep2/run2.measurements.csv")
    bucket.ingest()
    assert "sweep2/run2.measurements.csv" not in bucket.fetched()
    assert bucket.box.rows("SELECT count(*) FROM measurements JOIN runs USING (run_key) WHERE run_id = 'run2'") == [(20,)]


def test_of_large_objects_only_logs_are_copied(bucket: Bucket) -> None:
    bucket.put("model.safetensors", bytes(LARGE))
    bucket.put("run.jsonl", b'{"_step": 1, "loss": 3.0}\n' + b'{"_step": 2, "loss": 2.9}\n' * (LARGE // 26))
    bucket.put("small.txt", "no log")
    report = bucket.ingest()
    assert set(bucket.fetched()) == {"run.jsonl", "small.txt"}
    assert (report.files, report.totals.measurements) == (1, 2)


def test_a_map_that_comes_later_has_a_large_object_looked_at_again(bucket: Bucket) -> None:
    bucket.put("table.csv", b"name,N\n" + b"a,1000000\n" * (LARGE // 10))
    assert bucket.ingest().files == 0
    text = 'kind = "runs"\nmatch = "*/table.csv"\n[columns]\nrun_id = "name"\nparams = "N"\n'
    (bucket.box.home.maps / "table.toml").write_text(text)
    bucket.ingest()
    assert bucket.box.rows("SELECT run_id, params FROM runs") == [("a", 1e6)]


def test_files_beside_a_log_are_read_with_it_and_a_change_of_them_reads_it_again(bucket: Bucket) -> None:
    bucket.put("run-1/files/wandb-summary.json", '{"loss": 3.0, "_step": 5}')
    bucket.put("run-1/files/config.yaml", "params:\n  value: 1000000\n")
    bucket.ingest()
    bucket.put("run-1/files/config.yaml", "params:\n  value: 2000000\n")
    bucket.ingest()
    assert bucket.box.rows("SELECT params FROM runs") == [(2e6,)]


def test_a_map_beside_an_object_is_used(bucket: Bucket) -> None:
    bucket.put("mine.csv", "name,N\na,1000000\n")
    bucket.put("mine.csv.map.toml", 'kind = "runs"\n[columns]\nrun_id = "name"\nparams = "N"\n')
    bucket.ingest()
    assert bucket.box.rows("SELECT run_id, params FROM runs") == [("a", 1e6)]


def test_an_object_above_the_limit_is_refused_without_a_copy(system: Any, tmp_path: Path) -> None:
    bucket = Bucket(system, tmp_path / "home", "largest_file = 50")
    bucket.put("a.measurements.csv", curve("a", 30))
    bucket.ingest()
    assert bucket.fetched() == {}
    ((detail,),) = bucket.box.rows("SELECT detail FROM quarantine")
    assert "largest_file in config.toml allows 50" in str(detail)


def test_a_store_that_is_down_stops_nothing_and_its_copies_are_read_with_a_changed_map(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("table.csv", "name,N,M\na,1000000,2000000\n")
    mapped = bucket.box.home.maps / "table.toml"
    text = 'kind = "runs"\nmatch = "*/table.csv"\n[columns]\nrun_id = "name"\nparams = "{}"\n'
    mapped.write_text(text.format("N"))
    bucket.ingest()
    mapped.write_text(text.format("M"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    report = bucket.ingest()
    s3fs.S3FileSystem.clear_instance_cache()
    (error,) = report.errors
    assert bucket.url in error
    assert "check the address, the network and the keys" in error
    assert bucket.box.rows("SELECT params FROM runs") == [(2e6,)]


def test_a_bucket_that_is_not_there_is_named_with_its_cure_and_without_keys(system: Any, tmp_path: Path) -> None:
    bucket = Bucket(system, tmp_path / "home")
    system.rmdir(bucket.name)
    bucket.box.drop("a.measurements.csv", curve("a", 3))
    report = bucket.ingest()
    (error,) = report.errors
    assert report.totals.measurements == 3
    assert f"lab = '{bucket.url}' in config.toml: nothing lies there; check the address" in error
    assert SECRET not in error


def test_the_keys_are_nowhere_but_in_the_environment(bucket: Bucket) -> None:
    thirty(bucket)
    bucket.put("broken.runs.parquet", b"PAR1")
    bucket.ingest()
    files = [path.read_bytes() for path in bucket.box.home.root.rglob("*") if path.is_file()]
    assert len(files) > 30
    assert not [content for content in files if SECRET.encode() in content]


def test_workers_of_a_cluster_copy_and_read_the_same_rows(system: Any, tmp_path: Path) -> None:
    alone, shared = Bucket(system, tmp_path / "alone"), Bucket(system, tmp_path / "shared")
    for bucket in (alone, shared):
        thirty(bucket)
        bucket.put("broken.runs.parquet", b"PAR1")
    alone.ingest()
    with cluster(tmp_path) as (address, _), mapper(address) as over:
        shared.ingest(over=over)
    every = "SELECT run_key, step, value, version FROM measurements ORDER BY ALL"
    assert shared.box.rows(every) == alone.box.rows(every)
    assert shared.box.reasons() == alone.box.reasons() == {"unreadable": 1}


def test_what_a_worker_copied_to_a_disk_of_its_own_is_copied_here(bucket: Bucket, tmp_path: Path) -> None:
    def apart(function: Any, lists: Any) -> Iterator[tuple[int, Any]]:
        own = [*lists[:-1], [tmp_path / "its own"] * len(lists[-1])]
        return enumerate(map(function, *(own if function is fetch else lists)))

    elsewhere = Workers(apart)
    bucket.put("a.measurements.csv", "run_id,step,metric:loss\na,1,3.5\n")
    bucket.ingest(over=elsewhere)
    bucket.put("a.measurements.csv", "run_id,step,metric:loss\na,1,3.6\n")
    assert bucket.ingest(over=elsewhere).errors == []
    assert bucket.box.rows("SELECT value, version FROM measurements") == [(3.6, 2)]


def test_an_object_that_cannot_be_fetched_keeps_its_copy_and_stops_no_other(bucket: Bucket) -> None:
    bucket.put("run-1/files/wandb-summary.json", '{"loss": 3.0, "_step": 5}')
    bucket.put("run-1/files/config.yaml", "params:\n  value: 1000000\n")
    bucket.ingest()
    changed, key = b"params:\n  value: 2000000\n", "run-1/files/config.yaml"
    place = {"Bucket": bucket.name, "Key": f"team/logs/{key}"}
    bucket.system.call_s3("put_object", Body=changed, StorageClass="GLACIER", **place)
    bucket.put("b.measurements.csv", curve("b", 3))
    (error,) = bucket.ingest().errors
    assert f"{bucket.url}/{key} cannot be copied: " in error
    assert bucket.box.rows("SELECT run_id, params FROM runs ORDER BY 1") == [("b", None), ("run-1", 1e6)]
    bucket.put(key, changed)
    assert bucket.ingest().errors == []
    assert bucket.box.rows("SELECT params FROM runs WHERE run_id = 'run-1'") == [(2e6,)]


def test_an_ingest_that_is_killed_while_it_copies_goes_on_where_it_was(bucket: Bucket) -> None:
    thirty(bucket)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(bucket.box.home.root)], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    first = bucket.fetched()
    assert len(first) == 10
    report = bucket.ingest()
    assert (report.files, report.totals.measurements) == (30, 600)
    assert {key: at for key, at in bucket.fetched().items() if key in first} == first


def test_a_damaged_memory_of_the_copies_only_has_them_fetched_again(bucket: Bucket) -> None:
    thirty(bucket)
    bucket.ingest()
    (bucket.copies / ".cursor.json").write_text("{")
    again = bucket.ingest()
    assert (again.totals.ingested, again.totals.measurements) == (0, 0)


def wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the sensor lists the store again."""
    later = time.time() + LISTED_EVERY
    monkeypatch.setattr(time, "time", lambda: later)


def test_the_sensor_asks_at_once_for_new_objects_and_once_only(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    thirty(bucket)
    first = look(bucket.box.home)
    wait(monkeypatch)
    again = look(bucket.box.home, first.cursor)
    assert (len(bucket.asked(first)), bucket.asked(again)) == (30, [])
    assert bucket.fetched() == {}


def test_the_sensor_asks_for_an_object_that_changed_and_for_none_that_is_taken(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    thirty(bucket)
    refit(bucket.box.home)
    first = look(bucket.box.home)
    settled = look(bucket.box.home, first.cursor)
    bucket.put("sweep0/run0.measurements.csv", curve("run0", 50))
    wait(monkeypatch)
    changed = look(bucket.box.home, settled.cursor)
    asked = [bucket.asked(seen) for seen in (first, settled, changed)]
    assert asked == [[], [], ["sweep0/run0.measurements.csv"]]


@pytest.mark.parametrize("place", ["s3://KEY:SECRET@bucket/x", "memory://x", "http://host/x", "s3://bucket/x?key=1"])
def test_an_address_with_keys_in_it_or_of_no_store_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "config.toml").write_text(f'[watch]\nlab = "{place}"\n')
    with pytest.raises(Exception, match=r"watch.*keys come from the environment"):
        Home.open(tmp_path)
