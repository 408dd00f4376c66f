"""What another hand, or another tool, has put in the place of a file of the home's own: a sentence with a cure, or nothing."""

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import places
from pipeline.cli.main import main
from pipeline.errors import ConfigError, LawbookError, WarehouseError
from pipeline.hardware import load_hardware
from pipeline.home import Home
from pipeline.ingest.maps.maps import read_map
from pipeline.operations.doctor import examine
from pipeline.store.warehouse import Warehouse

NOTES = ("idle.json", "work.lock", "published.parquet.json")
OTHER = ("", "[]", "null", "[1]", '{"read": 1}', '"{"', "3")


def told(home: Home, capsys: pytest.CaptureFixture[str], *asked: str) -> tuple[int, str]:
    """The exit code of a command, and what it says on stderr, progress aside."""
    capsys.readouterr()
    code = main(["--home", str(home.root), *asked])
    return code, "\n".join(line for line in capsys.readouterr().err.splitlines() if line.startswith("lawbook: "))


@pytest.mark.parametrize("name", NOTES)
def test_a_note_of_another_shape_is_as_none(home: Home, capsys: pytest.CaptureFixture[str], name: str) -> None:
    for text in OTHER:
        (home.root / name).write_text(text, encoding="utf-8")
        assert told(home, capsys, "refit") == (0, ""), text


@pytest.mark.parametrize("name", ["work.lock", "published.duckdb", "published"])
def test_what_is_in_the_way_is_named_by_the_refit_and_by_the_doctor_and_the_cure_is_to_move_it(
    home: Home, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    place = home.root / name
    if place.is_dir():
        place.rename(home.root / "away")
        place.touch()
    else:
        place.unlink()
        place.mkdir()
    code, said = told(home, capsys, "refit")
    assert (code, f"{place} " in said, "; move " in said, " away" in said) == (1, True, True, True), said
    assert [found.fix for found in examine(home) if found.check == "home"] != []
    place.rmdir() if place.is_dir() else place.unlink()
    assert told(home, capsys, "refit") == (0, "")


@pytest.mark.parametrize("asked", [("plan", "first"), ("sql", "SELECT 1")])
def test_a_folder_in_the_place_of_the_published_file_is_not_answered_by_a_refit_alone(
    home: Home, capsys: pytest.CaptureFixture[str], asked: tuple[str, ...]
) -> None:
    home.published_db.unlink()
    home.published_db.mkdir()
    assert told(home, capsys, *asked) == (
        1,
        f"lawbook: {home.published_db} is no file; move it away, then run `lawbook refit`",
    )


@pytest.mark.parametrize("place", ["studies/x.toml", "laws/x.py", "maps/x.map.toml", "inbox/lab/README.md"])
def test_a_pipe_in_the_home_is_passed_over_or_told_and_nothing_waits_for_who_writes_it(
    home: Home, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    os.mkfifo(home.root / place)
    code, said = told(home, capsys, "refit")
    assert (code, said) == (0, "") or (code, "it is no plain file; move it away" in said) == (1, True)
    assert told(home, capsys, "check", str(home.inbox))[0] in (0, 1)


def unreadable(monkeypatch: pytest.MonkeyPatch, bad: Path, name: str) -> None:
    """From now on the machine answers a reader of that file with an error."""
    read = Path.read_text

    def failing(path: Path, *given: Any, **named: Any) -> str:
        if path == bad:
            raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)), str(path))
        return read(path, *given, **named)

    monkeypatch.setattr(Path, "read_text", failing)


@pytest.mark.parametrize(
    ("name", "code", "cure"),
    [("EACCES", 1, "make it readable"), ("EIO", 1, "make it readable"), ("ENOSPC", 4, "free space"), ("EMFILE", 1, "ulimit -n")],
)
@pytest.mark.parametrize("place", ["studies/first.toml", "config.toml"])
def test_what_the_machine_did_while_a_declaration_was_read_is_no_fault_of_its_lines(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: str, name: str, code: int, cure: str
) -> None:
    (home.root / "idle.json").unlink(missing_ok=True)
    unreadable(monkeypatch, home.root / place, name)
    found, said = told(home, capsys, "refit")
    assert (found, cure in said, "correct that line" in said) == (code, True, False), said


def test_a_map_and_a_hardware_table_that_cannot_be_read_say_so_and_a_full_disk_is_none_of_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for read in (read_map, load_hardware):
        bad = tmp_path / f"{read.__name__}.toml"
        bad.touch()
        for name, raised in (("EACCES", LawbookError), ("ENOSPC", OSError)):
            with monkeypatch.context() as patch:
                unreadable(patch, bad, name)
                with pytest.raises(raised) as said:
                    read(bad)
            assert raised is OSError or "make it readable for this user" in str(said.value)


@pytest.mark.parametrize(
    ("name", "fix"), [("ENOLCK", "put the home on a disk of this machine"), ("EIO", "make the home writable")]
)
def test_a_lock_that_the_file_system_does_not_keep_is_not_told_as_another_process(
    home: Home, monkeypatch: pytest.MonkeyPatch, name: str, fix: str
) -> None:
    def flock(*_given: object) -> None:
        raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(WarehouseError, match=fix), Warehouse(home):
        pass
    assert [found.state for found in examine(home) if found.check == "lock"] == ["error"]


def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "LAWBOOK_CACHE"):
        monkeypatch.delenv(name, raising=False)

    def unknown(_path: str) -> str:
        return _path

    monkeypatch.setattr(os.path, "expanduser", unknown)


def test_a_user_without_a_home_folder_refits_pictures_aside_and_keeps_nothing_on_the_machine(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody(monkeypatch)
    assert not places.kept_on_machine().exists()
    (home.root / "idle.json").unlink(missing_ok=True)
    assert told(home, capsys, "refit") == (0, "")


@pytest.mark.parametrize(
    "asked", [lambda: Home.open("~nobody-at-all/x"), lambda: places.expanded("~nobody-at-all/x")], ids=["home", "place"]
)
def test_the_folder_of_a_user_who_has_none_is_told_with_the_way_out(asked: Callable[[], object]) -> None:
    with pytest.raises(ConfigError, match=r"~nobody-at-all/x: no home folder .*; write the whole path, or set HOME"):
        asked()
