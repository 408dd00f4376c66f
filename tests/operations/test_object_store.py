"""The history in an object store: in place, exactly once, killed or not, and its keys stay in the environment."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.errors import ConfigError, WarehouseError
from pipeline.home import Home
from pipeline.journal import journal, record
from pipeline.operations.doctor import examine
from pipeline.refit.refit import refit
from pipeline.store.history import disk_state, state_folder
from tests.ingest.conftest import Dropbox
from tests.object_store import SECRET, served
from tests.operations.history_case import ALWAYS, an_older_store_moves_nothing, both, curve, hunt, move, moving_box, state

MakeBox = Callable[[str], Dropbox]


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    with served() as system:
        yield system


@pytest.fixture
def make_box(store: Any, tmp_path: Path) -> MakeBox:
    """Homes whose measurements move into a bucket at every compaction; the one named `kept` has its history in a folder."""

    def made(name: str) -> Dropbox:
        store.mkdir(bucket(tmp_path, name))
        setting = "" if name == "kept" else f'history = "s3://{bucket(tmp_path, name)}/of/lab"\n'
        return moving_box(tmp_path / name, setting)

    return made


def bucket(where: Path, name: str) -> str:
    return f"{where.name}-{name}".lower().replace("_", "-")[-60:].strip("-")


def test_measurements_move_into_a_bucket_and_read_as_before_with_corrections(make_box: MakeBox, store: Any) -> None:
    moved, kept = both(
        make_box,
        {"a1.measurements.csv": curve("a", range(50)), "a.runs.csv": "run_id,params\na,1e6\n"},
        {"a2.measurements.csv": curve("a", range(45, 55), shift=0.5)},
    )
    assert state(moved) == state(kept)
    assert moved.rows("SELECT count(*) FROM points") == [(0,)]
    assert not (moved.home.root / "history").exists()
    files = store.find(str(moved.home.history).removeprefix("s3://"))
    assert {path.split("/")[4] for path in files if "/measurements/" in path} == {"source=lab"}
    assert [path.split("/")[-1] for path in files if path.endswith(".complete")] == [
        "state-000001.complete",
        "state-000002.complete",
    ]


def test_a_store_that_is_lost_is_made_anew_from_the_bucket(make_box: MakeBox) -> None:
    moved, kept = both(make_box, {"a.measurements.csv": curve("a", range(50))}, {"b.measurements.csv": curve("a", range(9), 0.5)})
    for path in sorted((moved.home.inbox / "lab").iterdir()):
        path.unlink()
    moved.home.work_db.unlink()
    assert state(moved) == state(kept)


def test_a_state_whose_mark_was_not_written_counts_at_the_next_start_only_if_the_store_knows_it(make_box: MakeBox) -> None:
    moved, _ = both(make_box, {"a.measurements.csv": curve("a", range(50))})
    mark = state_folder(moved.home, 1).with_suffix(".complete")
    mark.unlink()
    (state_folder(moved.home, 2) / "runs_history.parquet").write_bytes(b"half")
    assert disk_state(moved.home) == 0
    assert moved.rows("SELECT count(*) FROM measurements") == [(50,)]
    assert disk_state(moved.home) == 1


def test_a_missing_object_is_named(make_box: MakeBox) -> None:
    moved, _ = both(make_box, {"a.measurements.csv": curve("a", range(50))})
    (file,) = (moved.home.history / "measurements").rglob("*.parquet")
    file.unlink()
    with pytest.raises(WarehouseError, match=f"s3://.*{file.name}.*put it back"):
        moved.rows("SELECT 1")


def test_a_store_that_is_older_than_its_bucket_moves_nothing_and_removes_nothing(make_box: MakeBox) -> None:
    an_older_store_moves_nothing(make_box("old"))


def test_the_connection_reaches_its_own_place_in_the_bucket_only(make_box: MakeBox, store: Any) -> None:
    moved, _ = both(make_box, {"a.measurements.csv": curve("a", range(50))})
    (file,) = (moved.home.history / "measurements").rglob("*.parquet")
    other = f"s3://{file.path.split('/')[0]}/of/laboratory.parquet"
    store.pipe(other, file.read_bytes())
    with pytest.raises(duckdb.PermissionException):
        moved.rows(f"SELECT * FROM read_parquet('{other}')")


def test_a_killed_move_into_a_bucket_loses_nothing_and_doubles_nothing(make_box: MakeBox) -> None:
    hunt(make_box, kills=1)


@pytest.mark.slow
def test_fifty_killed_moves_into_a_bucket_lose_nothing_and_double_nothing(make_box: MakeBox) -> None:
    hunt(make_box, kills=50)


def test_the_keys_of_the_bucket_are_nowhere_but_in_the_environment(home: Home, store: Any) -> None:
    store.mkdir("keys-stay")
    settings = home.root / "config.toml"
    settings.write_text('history = "s3://keys-stay/history"\n' + settings.read_text() + ALWAYS, encoding="utf-8")
    opened = Dropbox(home.root)
    assert move(opened) > 0
    refit(opened.home)
    record(opened.home, "looked", findings=[finding.message for finding in examine(opened.home)])
    files = [path.read_bytes() for path in home.root.rglob("*") if path.is_file()]
    objects = [store.cat(path) for path in store.find("keys-stay")]
    assert journal(opened.home).exists()
    assert objects
    assert not [text for text in files + objects if SECRET.encode() in text]


def test_a_bucket_that_is_not_there_is_said_with_its_cure_and_without_keys(store: Any, tmp_path: Path) -> None:
    assert not store.exists("no-such-bucket")
    box = moving_box(tmp_path / "home", 'history = "s3://no-such-bucket/history"\n')
    with pytest.raises(WarehouseError, match="check the address, the network and the keys") as raised:
        box.ingest()
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "address", ["s3://KEY:SECRET@bucket/x", "memory://x", "file:///x", "http://host/x", "s3://bucket/x?key=1"]
)
def test_an_address_with_keys_in_it_or_of_no_store_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError, match="keys come from the environment"):
        moving_box(tmp_path / "home", f'history = "{address}"\n')
