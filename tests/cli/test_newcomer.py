"""From an empty folder with a W&B export to a printed plan with its price, by the commands that the README shows.

What they print stands in docs/first_study.md, which tests/test_documents.py holds against the program.
"""

import re
from pathlib import Path

import pytest

from tests.generated import PART
from tests.newcomer import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What each command prints, one after another in one folder."""
    page = (ROOT / "docs" / "first_study.md").read_text(encoding="utf-8")
    (part,) = (found["body"] for found in PART.finditer(page) if found["name"] == "newcomer")
    shown = re.findall(r"^```text\n\$ ([^\n]*)\n(.*?)```$", part, re.MULTILINE | re.DOTALL)
    assert [command for command, _ in shown] == list(COMMANDS)
    return [printed for _, printed in shown]


def test_six_commands_are_enough() -> None:
    assert len(COMMANDS) <= 6


def test_the_runs_are_understood_without_a_map(said: list[str]) -> None:
    assert "30 runs with loss validation" in said[1]


def test_the_plan_says_size_and_tokens_with_an_interval(said: list[str]) -> None:
    expected = r"Train [\d.]+ B parameters on [\d.]+ [BT] tokens; expect [\d.]+ nats/token \([\d.]+–[\d.]+\)"
    assert re.search(expected, _joined(said[-1]))


def test_the_plan_says_price_and_days_on_the_devices_that_the_runs_used(said: list[str]) -> None:
    assert re.search(r"FLOP: [\d,]+ USD.*h100-sxm, or [\d.]+ days on 64 devices", _joined(said[-1]))


def test_the_plan_says_which_runs_to_do_next(said: list[str]) -> None:
    assert "NEXT RUNS" in said[-1]


def test_every_command_stands_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [command for command in COMMANDS if command not in text] == []


def test_the_tour_of_the_readme_is_sixty_lines_at_most() -> None:
    _, _, tour = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Quick tour\n")
    assert 20 < len(tour.partition("\n## ")[0].splitlines()) < 60


def _joined(text: str) -> str:
    return " ".join(text.split())
