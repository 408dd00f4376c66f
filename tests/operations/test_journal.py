"""A failed study is told to the hook once, in the journal too; neither holds what is in the environment."""

import json
import sys
from pathlib import Path

import pytest
from small_home import run_rows, write_runs

from pipeline.compute import IN_PROCESS
from pipeline.home import Home
from pipeline.journal import journal, record
from pipeline.refit.refit import refit
from pipeline.refit.stages import fit_stage, ingest_stage, publish_stage


def with_hook(home: Home, *command: str) -> Home:
    """The home with a hook in its config.toml."""
    (home.root / "config.toml").write_text(f"shipped = false\non_failure = {json.dumps(list(command))}\n")
    return Home.open(home.root)


def spoil(home: Home) -> None:
    """A run whose unit differs: study `first` fails."""
    write_runs(home.inbox / "lab" / "bytes", [{**run_rows("first")[0], "run_id": "b", "data_unit": "byte"}])


def events(home: Home) -> list[dict[str, object]]:
    return [json.loads(line) for line in journal(home).read_text().splitlines()]


def test_hook_is_told_of_a_new_failure_once_and_by_standard_input(home: Home, tmp_path: Path) -> None:
    told = tmp_path / "told.jsonl"
    home = with_hook(home, sys.executable, "-c", f"import sys; open({str(told)!r}, 'a').write(sys.stdin.read() + chr(10))")
    spoil(home)
    refit(home)
    refit(home)
    [said] = [json.loads(line) for line in told.read_text().splitlines()]
    assert said["study"] == "first"
    assert "data_unit" in said["reason"]


@pytest.mark.parametrize("command", [["no-such-program-anywhere"], [sys.executable, "-c", "raise SystemExit(3)"]])
def test_a_hook_that_fails_is_recorded_and_stops_nothing(home: Home, command: list[str]) -> None:
    home = with_hook(home, *command)
    spoil(home)
    assert refit(home).failed
    assert "hook failed" in {event["event"] for event in events(home)}


def test_every_refit_is_one_line_with_what_it_did(home: Home) -> None:
    refit(home)
    last = events(home)[-1]
    assert (last["event"], last["refitted"], last["published"]) == ("refit", [], False)


def test_a_stage_of_the_daemon_is_one_line_with_what_it_did(home: Home) -> None:
    spoil(home)
    ingest_stage(home)
    fit_stage(home, ["first", "second"], IN_PROCESS)
    publish_stage(home)
    taken, failure, fitted, published = events(home)[-4:]
    assert (taken["event"], taken["quarantined"], failure["event"]) == ("ingest", 0, "study failed")
    assert (fitted["event"], fitted["refitted"], fitted["failed"]) == ("fit", [], ["first"])
    assert (published["event"], published["published"]) == ("publish", True)


def test_no_value_of_the_environment_is_in_the_journal(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "open-sesame-17")
    spoil(home)
    refit(home)
    assert "open-sesame-17" not in journal(home).read_text()


def test_a_long_journal_starts_anew_and_keeps_the_one_before(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.journal.LARGEST", 10)
    record(home, "first")
    record(home, "second")
    assert [event["event"] for event in events(home)] == ["second"]
    assert journal(home).with_suffix(".old.jsonl").exists()
