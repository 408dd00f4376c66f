"""What a stranger may lay into a shared inbox to stop an ingest: each costs itself alone, and nothing waits for it."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, LawbookError
from pipeline.home import Home
from pipeline.ingest.check import check
from pipeline.ingest.sources.discover import discover
from pipeline.ingest.sources.found import Found
from pipeline.ingest.sources.watching import look
from pipeline.study.studies import load_studies
from tests.ingest.conftest import Dropbox

GOOD = "run_id,params\ngood,1e6\n"
NOBODY = 65534
NESTED = "x = " + "[\n" * 50_000
DOTTED = "a." * 20_000 + "b = 1"


@pytest.fixture
def inbox(box: Dropbox) -> Path:
    """The inbox of a home with one good log."""
    return box.drop("good.runs.csv", GOOD).parent


def taken(box: Dropbox) -> dict[str, int]:
    """Why things were refused, after an ingest and a look by the sensor that took the good log."""
    box.ingest()
    assert ("good",) in box.rows("SELECT run_id FROM runs")
    look(box.home, look(box.home).cursor)
    return box.reasons()


def test_a_pipe_in_the_place_of_a_map_is_refused(box: Dropbox, inbox: Path) -> None:
    box.drop("a.csv", "a,b\n1,2\n")
    os.mkfifo(inbox / "a.csv.map.toml")
    assert taken(box) == {"outside": 1}


def test_a_pipe_in_the_place_of_what_is_read_with_a_log_is_not_waited_for(box: Dropbox, inbox: Path) -> None:
    box.drop("p/metrics.csv", "step,epoch,loss\n1,0,2.5\n")
    os.mkfifo(inbox / "p" / "hparams.yaml")
    assert taken(box) == {}


def test_a_pipe_and_a_socket_that_are_called_like_logs_are_named_and_not_waited_for(box: Dropbox, inbox: Path) -> None:
    os.mkfifo(inbox / "f.runs.csv")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(inbox / "s.csv"))  # such a name may have some hundred bytes
    assert taken(box) == {"unreadable": 2}


@pytest.mark.parametrize("name", [b"\xff.runs.csv", b"loop.runs.csv", b"pipe.runs.csv", b"out.runs.csv"])
def test_a_check_of_a_folder_says_why_a_file_is_refused_and_describes_the_others(box: Dropbox, inbox: Path, name: bytes) -> None:
    place = os.path.join(os.fsencode(inbox), name)  # noqa: PTH118 - pathlib takes no bytes
    if name.startswith(b"pipe"):
        os.mkfifo(place)
    elif name.startswith(b"\xff"):
        Path(os.fsdecode(place)).write_text(GOOD, encoding="utf-8")
    else:
        outside = box.home.root / "kept.runs.csv"
        outside.write_text(GOOD.replace("good", "secret"), encoding="utf-8")
        os.symlink(os.fsencode(outside) if name.startswith(b"out") else place, place)  # noqa: PTH211
    found = check(inbox, home=box.home).to_json()
    assert [run["run_id"] for run in found["runs"]] == ["good"]
    assert [file["format"] for file in found["files"]].count("refused") == 1
    assert "secret" not in str(found)


@pytest.mark.parametrize("text", [NESTED, DOTTED, "x = '" + "y" * (1 << 20) + "'"], ids=["nested", "dotted", "large"])
def test_a_map_that_only_costs_time_or_depth_is_refused(box: Dropbox, inbox: Path, text: str) -> None:
    box.drop("a.csv", "a,b\n1,2\n")
    box.drop("a.csv.map.toml", text)
    assert inbox.is_dir()
    assert taken(box) == {"bad_map": 1}


@pytest.mark.parametrize("place", ["maps", "studies"])
def test_a_pipe_and_a_nested_file_among_the_declarations_are_named_and_stop_nothing(
    box: Dropbox, inbox: Path, place: str
) -> None:
    folder = getattr(box.home, place)
    os.mkfifo(folder / "pipe.toml")
    (folder / "nested.toml").write_text(NESTED, encoding="utf-8")
    wrong: list[LawbookError] | list[str] = load_studies(box.home)[1] if place == "studies" else box.ingest().errors
    assert ["nested.toml" in str(one) or "pipe.toml" in str(one) for one in wrong] == [True, True]
    assert inbox.is_dir()
    assert taken(box) == {}


def test_settings_that_are_nested_without_end_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(NESTED, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"config\.toml.*nested too deeply"):
        Home.open(tmp_path)


def test_a_line_of_brackets_costs_only_itself(box: Dropbox, inbox: Path) -> None:
    deep = "[" * 200_000 + "]" * 200_000
    box.drop("a.measurements.jsonl", f'{{"run_id": {deep}}}\n{{"run_id":"k","metric":"loss","value":1,"step":1}}\n')
    box.drop("trainer_state.json", f'{{"log_history": {deep}, "global_step": 1}}')
    assert inbox.is_dir()
    assert sum(taken(box).values()) >= 2


def test_a_name_that_is_not_utf8_is_refused_with_the_cure(box: Dropbox, inbox: Path) -> None:
    (Path(os.fsdecode(os.fsencode(inbox) + b"/\xff\xfe.runs.csv"))).write_text(GOOD, encoding="utf-8")
    assert taken(box) == {"unreadable": 1}
    ((detail,),) = box.rows("SELECT detail FROM quarantine")
    assert "not UTF-8; rename it" in str(detail)


@pytest.mark.parametrize("name", ["a'); ATTACH 'x' AS y; --", "*", "{a,b}", "x\ny", "[a]"])
def test_a_name_that_is_sql_or_a_pattern_is_a_name(box: Dropbox, inbox: Path, name: str) -> None:
    (inbox / f"{name}.runs.csv").write_text("run_id,params\nnamed,1e6\n", encoding="utf-8")
    assert taken(box) == {}
    assert box.rows("SELECT run_id FROM runs ORDER BY 1") == [("good",), ("named",)]


def test_folders_without_end_are_refused_where_they_get_too_deep(box: Dropbox, inbox: Path) -> None:
    here = Path.cwd()
    os.chdir(inbox)
    for _ in range(100):
        Path("d").mkdir()
        os.chdir("d")
    os.chdir(here)
    assert taken(box) == {"unreadable": 1}


def test_links_that_lead_in_circles_end(box: Dropbox, inbox: Path) -> None:
    for name in ("one", "two", "three"):
        (inbox / name).symlink_to(inbox)
    assert taken(box) == {"unreadable": 27}
    assert box.rows("SELECT count(*) FROM runs") == [(1,)]


def test_settings_and_laws_that_are_dropped_like_logs_are_no_settings_and_no_laws(box: Dropbox, inbox: Path) -> None:
    box.drop("config.toml", f'on_failure = ["touch", "{inbox / "owned"}"]\n')
    box.drop("good.runs.csv.map.toml.txt", "x")
    box.drop("laws/evil.py", f"open({str(inbox / 'owned')!r}, 'w')")
    assert set(taken(box)) == {"unrecognised"}
    assert not (inbox / "owned").exists()
    assert Home.open(box.home.root).config.on_failure == []


@pytest.mark.parametrize("length", [246, 249, 255])
def test_a_name_so_long_that_nothing_can_lie_beside_it_is_a_name(box: Dropbox, inbox: Path, length: int) -> None:
    """What is read with a log is looked for under its name and nine letters more; a name may have 255 bytes."""
    name = "n" * (length - len(".runs.csv")) + ".runs.csv"
    box.drop(name, "run_id,params\nlong,2e6\n")
    assert inbox.joinpath(name).is_file()
    assert taken(box) == {}
    assert box.rows("SELECT params FROM runs WHERE run_id = 'long'") == [(2e6,)]


def test_a_pipe_in_the_place_of_the_settings_of_a_log_is_not_waited_for(box: Dropbox, inbox: Path) -> None:
    columns = '[columns]\nrun_id = "folder_path"\n"metric:loss" = "loss"\n'
    (box.home.maps / "own.toml").write_text(f'kind = "measurements"\nmatch = "*/p/*.csv"\nbeside = "config.json"\n{columns}')
    box.drop("p/m.csv", "loss\n2.5\n")
    os.mkfifo(inbox / "p" / "config.json")
    assert taken(box) == {"outside": 1, "unreadable": 1}


def test_what_vanishes_or_becomes_a_folder_before_it_is_read_costs_itself_alone(
    box: Dropbox, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.drop("gone.runs.csv", "run_id\ngone\n")
    box.drop("turned.runs.csv", "run_id\nturned\n")

    def listed_before(*given: Any) -> list[Found]:
        found = list(discover(*given))
        for name in ("gone.runs.csv", "turned.runs.csv"):
            (inbox / name).unlink()
        (inbox / "turned.runs.csv").mkdir()
        return found

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.ingest.ingest.discover", listed_before)
        assert taken(box) == {"unreadable": 2}
    assert box.rows("SELECT run_id FROM runs") == [("good",)]
    (inbox / "turned.runs.csv").rmdir()
    box.drop("turned.runs.csv", "run_id\nturned\n")
    box.ingest()
    assert box.rows("SELECT run_id FROM runs ORDER BY 1") == [("good",), ("turned",)]


@pytest.fixture
def of_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dropbox]:
    """A home of a user who is not root; where root runs the tests, of nobody for as long as the test takes."""
    monkeypatch.setenv("HOME", str(tmp_path))
    if os.geteuid() != 0:
        yield Dropbox(tmp_path / "home")
        return
    warm = Dropbox(tmp_path / "warm")  # what root loads here nobody need not be able to read
    warm.drop("good.runs.csv", GOOD)
    warm.drop("bad.txt", "nothing")
    taken(warm)
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents[: tmp_path.parents.index(Path(tempfile.gettempdir()))]:
        folder.chmod(folder.stat().st_mode | 0o011)
    os.seteuid(NOBODY)
    try:
        if not all(os.access(place, os.R_OK, effective_ids=True) for place in (__file__, tmp_path)):
            pytest.skip("nobody may not read the code here")
        yield Dropbox(tmp_path / "home")
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_may_not_be_read_costs_itself_alone_and_is_taken_when_it_may(of_nobody: Dropbox, what: str) -> None:
    """A file of mode 000, and a folder without x; the sensor asks for it again though no time of it has changed."""
    box = of_nobody
    box.drop("good.runs.csv", GOOD)
    hidden = box.drop("hidden/bad.runs.csv", "run_id,params\nhidden,3e6\n")
    place = hidden if what == "file" else hidden.parent
    before = place.stat().st_mode
    place.chmod(0o000 if what == "file" else 0o600)
    assert taken(box) == {"unreadable": 1}
    asked = look(box.home, look(box.home, look(box.home).cursor).cursor)
    assert asked.new == []  # it was asked for at the look before
    place.chmod(before)
    again = look(box.home, asked.cursor)
    assert str(hidden) in [*again.new, *look(box.home, again.cursor).new]
    box.ingest()
    assert ("hidden",) in box.rows("SELECT run_id FROM runs")
