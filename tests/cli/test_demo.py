"""The runs that ship with the project belong to the demo home; a home of one's own starts empty."""

import json
from pathlib import Path

import pytest

from pipeline.cli.main import main, parser
from pipeline.errors import ConfigError
from pipeline.home import Home
from pipeline.ingest.sources.discover import discover
from pipeline.study.studies import load_studies


def test_a_home_of_ones_own_starts_empty(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "own")
    assert (list(discover(home)), load_studies(home)) == ([], ([], []))


def test_the_demo_home_has_the_shipped_runs_and_studies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path / "demo"), "--json", "demo", "--prepare"]) == 0
    assert json.loads(capsys.readouterr().out) == {"home": str(tmp_path / "demo")}
    home = Home.open(tmp_path / "demo")
    assert {"grid.runs.parquet", "pools.runs.parquet"} <= {found.path.name for found in discover(home)}
    assert "wind-tunnel-filtering" in {study.study for study in load_studies(home)[0]}


@pytest.mark.parametrize("command", ["refit", "plan"])
def test_the_demo_runs_its_commands_with_every_option_that_they_have(command: str) -> None:
    asked = {name: value for name, value in vars(parser().parse_args([command])).items() if name != "command"}
    assert asked.items() <= vars(parser().parse_args(["demo"])).items()


def test_a_demo_home_stays_one_and_keeps_its_settings(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[retention]\nbackups = 7\n")
    Home.demo(tmp_path)
    (tmp_path / "inbox" / "mine.csv").write_text("a\n")
    config = Home.demo(tmp_path).config
    assert (config.shipped, config.retention.backups) == (True, 7)


@pytest.mark.parametrize("own", ["inbox/mine.runs.csv", "config.toml"])
def test_a_home_of_ones_own_does_not_become_the_demo(tmp_path: Path, own: str) -> None:
    Home.open(tmp_path)
    (tmp_path / own).write_text("shipped = false\n")
    with pytest.raises(ConfigError, match="a home of its own; name another with --home"):
        Home.demo(tmp_path)
