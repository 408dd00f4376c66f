"""The doctor names what is wrong and how to fix it, and the fix works."""

import json
import os

import duckdb
import pytest
from small_home import STUDY, declare, own_home, run_rows, write_runs

from pipeline.cli.main import main
from pipeline.home import Home
from pipeline.ingest.check import check
from pipeline.operations.doctor import examine
from pipeline.operations.finding import Finding
from pipeline.refit.refit import refit
from pipeline.refit.stages import audit_stage
from pipeline.store.backups import backups
from pipeline.store.warehouse import Warehouse


def wrong(home: Home) -> dict[str, Finding]:
    """What is not well, by check."""
    return {finding.check: finding for finding in examine(home) if finding.state != "ok"}


def test_a_good_home_is_well(home: Home) -> None:
    assert wrong(home) == {}


def test_every_finding_that_is_not_well_has_a_cure(home: Home) -> None:
    write_runs(home.inbox / "lab" / "bytes", [{**run_rows("first")[0], "run_id": "b", "data_unit": "byte"}])
    write_runs(home.inbox / "lab" / "bad", [{**run_rows("first")[0], "run_id": "nan", "metric:loss": "nan"}])
    refit(home)
    found = wrong(home)
    assert {"plans", "quarantine"} <= set(found)
    assert all(finding.fix for finding in found.values())


@pytest.mark.parametrize(
    ("folder", "text"),
    [("studies", "study = 'x'\nrunz = 'true'\n"), ("maps", "files = 3\n"), ("laws", "import nothing_of_that_name\n")],
)
def test_a_declaration_that_cannot_be_read_is_named_with_its_file(home: Home, folder: str, text: str) -> None:
    path = home.root / folder / f"broken.{'py' if folder == 'laws' else 'toml'}"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    found = wrong(home)["declarations"]
    assert found.state == "error"
    assert str(path) in found.message


def test_a_study_without_a_usable_fit_is_named_with_the_reason(home: Home) -> None:
    declare(home, "first", STUDY.replace('"chinchilla"', '"vocabulary"'))
    (home.studies / "first.toml").rename(home.studies / "other.toml")
    text = (home.studies / "other.toml").read_text(encoding="utf-8")
    (home.studies / "other.toml").write_text(text.replace('study = "first"', 'study = "other"'), encoding="utf-8")
    refit(home)
    found = wrong(home)["fits"]
    assert "other has no fit that can be used: vocabulary is refused" in found.message
    assert found.fix


def test_a_writer_is_named_and_not_waited_for(home: Home) -> None:
    with Warehouse(home):
        assert "process" in wrong(home)["lock"].message


def test_a_home_without_a_refit_is_told_to_refit(tmp_path) -> None:
    assert wrong(own_home(tmp_path / "empty"))["published"].fix == "run `lawbook refit`"


@pytest.mark.parametrize("kept", [0.0, 0.4, 0.9])
def test_a_published_file_that_was_copied_in_part_is_published_anew_by_its_cure(home: Home, kept: float) -> None:
    os.truncate(home.published_db, int(kept * home.published_db.stat().st_size))
    assert wrong(home)["published"].fix == "run `lawbook refit`, which publishes it anew"
    refit(home)
    assert wrong(home) == {}


def test_a_published_file_in_whose_place_another_database_lies_is_published_anew_by_its_cure(home: Home) -> None:
    home.published_db.unlink()
    with duckdb.connect(str(home.published_db)) as other:
        other.execute("CREATE TABLE x AS SELECT 1")
    assert wrong(home)["published"].fix == "run `lawbook refit`, which publishes it anew"
    refit(home)
    assert wrong(home) == {}


def test_a_file_where_a_folder_of_the_home_belongs_is_told_with_a_cure_that_works(home: Home) -> None:
    home.studies.rename(home.root / "kept")
    home.studies.touch()
    assert wrong(home)["home"].message == f"{home.studies} is no folder"
    home.studies.unlink()
    (home.root / "kept").rename(home.studies)
    assert wrong(home) == {}


def test_a_damaged_store_is_restored_from_the_nightly_backup_and_nothing_is_lost(home: Home) -> None:
    audit_stage(home, map)
    write_runs(home.inbox / "lab" / "later", [{**run_rows("first")[0], "run_id": "later", "params": 2e9}])
    refit(home)
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        before = connection.execute("SELECT run_id, params FROM runs ORDER BY ALL").fetchall()
    home.work_db.write_bytes(home.work_db.read_bytes()[:5000] + b"\x00" * 5000)
    fix = wrong(home)["store"].fix
    assert backups(home)[-1].name in fix
    home.work_db.write_bytes(backups(home)[-1].read_bytes())
    assert refit(home).exit_code == 0
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        assert connection.execute("SELECT run_id, params FROM runs ORDER BY ALL").fetchall() == before
    assert wrong(home) == {}


def test_a_damaged_store_without_a_backup_is_rebuilt_from_the_logs(home: Home) -> None:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        before = connection.execute("SELECT run_id, params FROM runs ORDER BY ALL").fetchall()
    home.work_db.write_bytes(b"nothing of a database")
    assert "move work.duckdb away" in wrong(home)["store"].fix
    home.work_db.rename(home.work_db.with_suffix(".broken"))
    assert refit(home).exit_code == 0
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        assert connection.execute("SELECT run_id, params FROM runs ORDER BY ALL").fetchall() == before


def test_only_so_many_backups_are_kept(home: Home) -> None:
    from pipeline.store.backups import backup

    with Warehouse(home) as warehouse:
        for label in "abcde":
            backup(home, warehouse.connection, label)
    assert [path.name for path in backups(home)] == [f"work.{label}.backup" for label in "cde"]


def test_what_a_killed_backup_left_is_removed_by_the_next(home: Home) -> None:
    from pipeline.store.backups import backup

    left = home.root / "work.old.backup.tmp"
    left.write_bytes(b"half a store")
    with Warehouse(home) as warehouse:
        backup(home, warehouse.connection, "new")
    assert not left.exists()


def test_the_command_answers_in_json_and_fails_only_for_errors(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(home.root), "doctor", "--json"]) == 0
    assert {finding["state"] for finding in json.loads(capsys.readouterr().out)} == {"ok"}
    home.published_db.unlink()
    assert main(["--home", str(home.root), "doctor"]) == 1
    assert "fix: run `lawbook refit`" in capsys.readouterr().out


MAP = 'kind = "runs"\nnamespace = "{}"\n[columns]\nrun_id = "name"\n'


def test_a_map_in_one_folder_that_writes_the_runs_of_another_is_named(home: Home) -> None:
    beside = home.inbox / "evil" / "t.csv.map.toml"
    beside.parent.mkdir()
    beside.write_text(MAP.format("lab"), encoding="utf-8")
    found = wrong(home)["namespaces"]
    assert found.message.startswith(f"{beside} writes into namespace 'lab', which is that of {home.inbox / 'lab'}")
    assert "maps/" in found.fix


@pytest.mark.parametrize("namespace", ["evil", "a-new-one"])
def test_a_map_that_stays_in_its_own_namespace_or_makes_a_new_one_is_well(home: Home, namespace: str) -> None:
    beside = home.inbox / "evil" / "t.csv.map.toml"
    beside.parent.mkdir()
    beside.write_text(MAP.format(namespace), encoding="utf-8")
    assert wrong(home) == {}


def test_check_tells_that_a_map_writes_the_runs_of_another_folder(home: Home) -> None:
    file = home.inbox / "evil" / "t.csv"
    file.parent.mkdir()
    file.write_text("name\na\n", encoding="utf-8")
    file.with_name("t.csv.map.toml").write_text(MAP.format("lab"), encoding="utf-8")
    assert any("writes into namespace 'lab'" in warning for warning in check(file, home=home).warnings)
