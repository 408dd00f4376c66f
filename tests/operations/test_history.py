"""Measurements move into Parquet files and stay what they were: read in place, corrected, counted once."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipeline.errors import WarehouseError
from pipeline.home import Home
from pipeline.operations.doctor import examine
from pipeline.refit.refit import refit
from pipeline.store.history import disk_state
from pipeline.store.maintenance import compact
from pipeline.store.warehouse import Warehouse
from pipeline.study.observations import study_digests
from pipeline.study.studies import load_studies
from tests.ingest.conftest import Dropbox
from tests.operations.history_case import ALWAYS, an_older_store_moves_nothing, both, curve, hunt, move, moving_box, state


@pytest.fixture
def make_box(tmp_path: Path) -> Callable[[str], Dropbox]:
    """Homes whose measurements move at every compaction."""
    return lambda name: moving_box(tmp_path / name)


def test_moved_measurements_read_as_before(make_box: Callable[[str], Dropbox]) -> None:
    moved, kept = both(make_box, {"a.measurements.csv": curve("a", range(50)), "b.measurements.csv": curve("b", range(50))})
    assert moved.rows("SELECT count(*) FROM points") == [(0,)]
    assert state(moved) == state(kept)


def test_corrections_and_repeats_of_moved_measurements_make_the_same_versions(make_box: Callable[[str], Dropbox]) -> None:
    moved, kept = both(
        make_box,
        {"a1.measurements.csv": curve("a", range(50))},
        {"a2.measurements.csv": curve("a", range(40, 60))},
        {"a3.measurements.csv": curve("a", range(45, 55), shift=0.5)},
        {"a4.measurements.csv": curve("a", range(45, 50), shift=0.25)},
    )
    assert state(moved) == state(kept)
    assert moved.rows("SELECT count(*), max(version) FROM measurements_history") == [(50 + 10 + 10 + 5, 3)]


def test_the_history_lies_by_source_and_day_and_is_read_by_anyone(make_box: Callable[[str], Dropbox]) -> None:
    (moved, _) = both(make_box, {"a.measurements.csv": curve("a", range(50))})
    files = list((moved.home.history / "measurements").rglob("*.parquet"))
    assert [path.parts[-3] for path in files] == ["source=lab"]
    frame = pl.read_parquet(moved.home.history / "measurements", hive_partitioning=True)
    assert frame.filter(source="lab", metric="loss").height == 50
    assert frame["day"].n_unique() == 1


def test_a_namespace_is_a_folder_below_the_history_whatever_its_name(make_box: Callable[[str], Dropbox]) -> None:
    box = make_box("evil")
    path = box.drop("x.csv", curve("a", range(5)))
    path.with_name("x.csv.map.toml").write_text(
        'kind = "measurements"\nnamespace = "../../../out"\n[columns]\nrun_id = "run_id"\nstep = "step"\n'
        '"metric:loss" = "\\"metric:loss\\""\n'
    )
    box.ingest()
    assert move(box) == 5
    assert not (box.home.root.parent / "out").exists()
    assert box.rows("SELECT count(*) FROM measurements") == [(5,)]


def test_a_move_makes_no_refit_due(home: Home) -> None:
    (home.root / "config.toml").write_text((home.root / "config.toml").read_text() + ALWAYS, encoding="utf-8")
    opened = Home.open(home.root)
    studies, _ = load_studies(opened)
    with Warehouse(opened) as warehouse:
        before = study_digests(warehouse.connection, studies)
        assert compact(opened, warehouse.connection)["measurements moved to the history"] > 0
        assert study_digests(warehouse.connection, studies) == before
    assert refit(opened).refitted == []


def test_a_correction_of_a_moved_value_makes_a_refit_due_and_taking_it_back_another(make_box: Callable[[str], Dropbox]) -> None:
    moved, kept = both(make_box, {"a.measurements.csv": curve("a", range(50))}, {"b.measurements.csv": curve("a", range(9), 0.5)})
    hashes = []
    for box in (moved, kept):
        with Warehouse(box.home) as warehouse:
            study_digests(warehouse.connection, [])
            hashes.append(warehouse.connection.execute("SELECT * FROM measurement_hashes ORDER BY ALL").fetchall())
    assert hashes[0] == hashes[1] != []


def test_a_lost_store_is_made_anew_from_the_history_without_the_logs(make_box: Callable[[str], Dropbox]) -> None:
    moved, kept = both(
        make_box,
        {"a.measurements.csv": curve("a", range(50)), "a.runs.csv": "run_id,params\na,1e6\n"},
        {"b.measurements.csv": curve("a", range(9), 0.5)},
    )
    for path in sorted((moved.home.inbox / "lab").iterdir()):
        path.unlink()
    moved.home.work_db.unlink()
    assert state(moved) == state(kept)


def test_a_damaged_store_with_a_history_is_cured_by_moving_it_away(make_box: Callable[[str], Dropbox]) -> None:
    (moved, kept) = both(make_box, {"a.measurements.csv": curve("a", range(50))})
    for backup in moved.home.root.glob("work.*.backup"):
        backup.unlink()
    moved.home.work_db.write_bytes(b"nothing of a database")
    (found,) = (finding for finding in examine(moved.home) if finding.check == "store")
    assert "move work.duckdb away" in found.fix
    moved.home.work_db.unlink()
    moved.ingest()
    assert state(moved)[:3] == state(kept)[:3]


def test_a_missing_file_of_the_history_is_named(make_box: Callable[[str], Dropbox]) -> None:
    (moved, _) = both(make_box, {"a.measurements.csv": curve("a", range(50))})
    (file,) = (moved.home.history / "measurements").rglob("*.parquet")
    file.rename(file.with_suffix(".away"))
    with pytest.raises(WarehouseError, match=f"{file.name}.*put it back"):
        moved.rows("SELECT 1")


def test_a_store_that_is_older_than_its_history_moves_nothing(make_box: Callable[[str], Dropbox]) -> None:
    an_older_store_moves_nothing(make_box("old"))


def test_a_home_that_is_moved_takes_its_history_along(make_box: Callable[[str], Dropbox]) -> None:
    (moved, kept) = both(make_box, {"a.measurements.csv": curve("a", range(50))})
    target = moved.home.root.with_name("elsewhere")
    moved.home.root.rename(target)
    assert state(Dropbox(target)) == state(kept)


def test_three_killed_compactions_lose_nothing_and_double_nothing(make_box: Callable[[str], Dropbox]) -> None:
    hunt(make_box, kills=3)


@pytest.mark.slow
def test_fifty_killed_compactions_lose_nothing_and_double_nothing(make_box: Callable[[str], Dropbox]) -> None:
    hunt(make_box, kills=50)


def test_what_was_written_is_listed_with_its_rows(make_box: Callable[[str], Dropbox]) -> None:
    (moved, _) = both(make_box, {"a.measurements.csv": curve("a", range(50))}, {"b.measurements.csv": curve("b", range(7))})
    assert moved.rows("SELECT source, rows, state FROM archive_files ORDER BY state") == [("lab", 50, 1), ("lab", 7, 2)]
    assert disk_state(moved.home) == 2


def test_measurements_of_nothing_stay_where_they_are_and_are_told(make_box: Callable[[str], Dropbox]) -> None:
    box = make_box("lost")
    box.drop("a.measurements.csv", curve("a", range(5)))
    box.ingest()
    with Warehouse(box.home) as warehouse:
        warehouse.connection.execute("CREATE TEMP TABLE whole AS FROM series; DELETE FROM series")
        with pytest.raises(WarehouseError, match=r"0 of 5 measurements were written, and none was moved; .* go back to a copy"):
            compact(box.home, warehouse.connection)
        warehouse.connection.execute("INSERT INTO series FROM whole")
    assert box.rows("SELECT count(*) FROM measurements") == [(5,)]
    assert move(box) == 5


def test_a_history_in_a_store_whose_package_is_not_here_names_the_package(tmp_path: Path) -> None:
    pytest.importorskip("upath")
    if importlib.util.find_spec("gcsfs") is not None:
        pytest.skip("gcsfs is installed: no package of a store is lacking")
    box = moving_box(tmp_path / "home", 'history = "gs://bucket/history"\n')
    with pytest.raises(WarehouseError, match=r"gs://bucket/history.*gcsfs.*; install the package that it names"):
        box.ingest()
    (box.home.root / "config.toml").write_text(ALWAYS)
    Dropbox(box.home.root).ingest()
