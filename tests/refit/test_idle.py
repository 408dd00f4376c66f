"""A refit that has nothing to do is known by names, sizes and times; whatever might be news is left to the refit itself."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.home import Home
from pipeline.refit.idle import Idle

ANSWER = {"json": {"refitted": []}, "text": "nothing refitted"}
LONG_AGO = 10**18
"""Nanoseconds since 1970: a time at which no test wrote a file."""


def aged(folder: Path) -> None:
    """Gives every file an old time: what has just been written may be written again within the same tick."""
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, ns=(LONG_AGO, LONG_AGO))


@pytest.fixture
def idle_home(home: Home) -> Home:
    """A home whose last refit was this process's and found all current."""
    (home.studies / "more").mkdir()
    (home.maps / "own.map.toml").write_text("")
    home.report.write_text("drawn")
    (home.root / "work.lock").write_text(json.dumps({"pid": os.getpid(), "since": "now"}))
    aged(home.root)
    Idle(home).remember(ANSWER)
    assert Idle(home).answer() == ANSWER
    return home


def _edit(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")
    os.utime(path, ns=(LONG_AGO + 1, LONG_AGO + 1))


def _same_size(path: Path) -> None:
    path.write_bytes(bytes(reversed(path.read_bytes())))
    os.utime(path, ns=(LONG_AGO + 1, LONG_AGO + 1))


def _log(home: Home) -> Path:
    return next(home.inbox.rglob("*.csv"))


NEWS: dict[str, Callable[[Home], object]] = {
    "a log grows": lambda home: _edit(_log(home)),
    "a log is replaced by one of its size": lambda home: _same_size(_log(home)),
    "a log appears": lambda home: shutil.copy2(_log(home), home.inbox / "lab" / "new.csv"),
    "a log goes": lambda home: _log(home).unlink(),
    "a log is renamed": lambda home: _log(home).rename(home.inbox / "renamed.csv"),
    "a log was written this very moment": lambda home: os.utime(_log(home)),
    "a study changes": lambda home: _edit(home.studies / "first.toml"),
    "a map changes": lambda home: _edit(home.maps / "own.map.toml"),
    "a law appears": lambda home: shutil.copy2(home.studies / "first.toml", home.laws / "own.py"),
    "the settings change": lambda home: _edit(home.root / "config.toml"),
    "the published file goes": lambda home: home.published_db.unlink(),
    "the report goes": lambda home: home.report.unlink(),
    "the store is written": lambda home: _edit(home.work_db),
    "a folder is linked": lambda home: (home.inbox / "linked").symlink_to(home.studies),
    "a link leads nowhere": lambda home: (home.inbox / "lost").symlink_to(home.root / "nowhere"),
}


@pytest.mark.parametrize("news", NEWS.values(), ids=NEWS)
def test_whatever_may_be_news_is_left_to_the_refit(idle_home: Home, news: Callable[[Home], object]) -> None:
    news(idle_home)
    assert Idle(idle_home).answer() is None


@pytest.mark.parametrize("asked", ['[trackers]\nlab = "http://127.0.0.1:9"\n', '[watch]\nlab = "s3://bucket/logs"\n'])
def test_a_home_that_asks_a_server_is_never_idle(idle_home: Home, asked: str) -> None:
    config = idle_home.root / "config.toml"
    config.write_text(config.read_text() + asked)
    os.utime(config, ns=(LONG_AGO, LONG_AGO))
    asking = Home.open(idle_home.root)
    Idle(asking).remember(ANSWER)
    assert Idle(asking).answer() is None


def test_a_file_of_a_watched_folder_is_news(idle_home: Home, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    config = idle_home.root / "config.toml"
    config.write_text(config.read_text() + f'[watch]\nlab = "{tmp_path / "logs"}"\n')
    os.utime(config, ns=(LONG_AGO, LONG_AGO))
    watching = Home.open(idle_home.root)
    Idle(watching).remember(ANSWER)
    assert Idle(watching).answer() == ANSWER
    (tmp_path / "logs" / "new.csv").write_text("run_id\n")
    os.utime(tmp_path / "logs" / "new.csv", ns=(LONG_AGO, LONG_AGO))
    assert Idle(watching).answer() is None


def test_what_another_process_wrote_meanwhile_is_not_taken_for_seen(idle_home: Home) -> None:
    _edit(idle_home.work_db)
    (idle_home.root / "work.lock").write_text(json.dumps({"pid": os.getpid() + 1, "since": "now"}))
    Idle(idle_home).remember(ANSWER)
    assert Idle(idle_home).answer() is None


def test_settings_of_this_very_moment_are_known_by_what_they_say(idle_home: Home) -> None:
    os.utime(idle_home.root / "config.toml")
    assert Idle(idle_home).answer() == ANSWER


def test_a_damaged_note_is_no_answer(idle_home: Home) -> None:
    (idle_home.root / "idle.json").write_text("{")
    assert Idle(idle_home).answer() is None


def test_an_idle_refit_is_in_the_journal(idle_home: Home) -> None:
    Idle(idle_home).answer()
    last = (idle_home.root / "logs" / "lawbook.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["event"] == "refit"


@pytest.mark.parametrize("made", [Path.mkdir, lambda place: place.symlink_to(place.name)], ids=["a folder", "a link to itself"])
def test_what_is_called_like_a_study_and_is_none_is_left_to_the_refit(idle_home: Home, made: Callable[[Path], object]) -> None:
    made(idle_home.studies / "odd.toml")
    assert Idle(idle_home).answer() is None
