"""Whatever fails at whichever point of a refit: a sentence, the right exit code, and the next refit makes all right."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.operations.fault_points import FAULTS, tables
from tests.small_home import make_home

ROOT = Path(__file__).resolve().parents[2]
SAMPLED = {"ENOSPC": 0.85, "EIO": 0.4, "EACCES": 0.7, "SIGINT": 0.9, "SIGTERM": 0.55}
"""At which part of the points of a refit each fault comes in every run of the tests; the slow test takes all points."""
HOOK = "import json, pathlib, sys; (pathlib.Path(json.load(sys.stdin)['home']) / 'hooked').touch()"
"""Leaves a mark in the home whose study failed: each point has a home of its own."""
CODES = {"ENOSPC": {0, 4}, "EIO": {0, 1}, "EACCES": {0, 1}, "SIGINT": {130}, "SIGTERM": {130}}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_home(tmp_path_factory.mktemp("points") / "home", "first")
    hook = json.dumps([sys.executable, "-c", HOOK])
    with (made.root / "config.toml").open("a", encoding="utf-8") as config:
        config.write(f'compute = "local"\non_failure = {hook}\n')  # a killed process leaves workers behind
    return made.root


def disturbed(home: Path, asked: list[str]) -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", "tests.operations.fault_points", str(home), *asked]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(zip(asked, map(json.loads, done.stdout.splitlines()), strict=True))


def holds(found: dict[str, Any]) -> bool:
    """What is promised of each point. A file that cannot be read is told by name; no fault is the failure of a study."""
    said = found["said"].rpartition("lawbook: ")[2] if "lawbook: " in found["said"] else ""
    told = "Traceback" not in found["said"] and (found["code"] in (0, 130) or "; " in said) and (found["code"] == 0 or said != "")
    untouched = found["failures"] == 0 and not found["hooked"]
    return found["code"] in CODES[found["fault"]] and told and untouched and found["again"] == 0 and found["same"]


@pytest.fixture(scope="module")
def sampled(home: Path) -> dict[str, dict[str, Any]]:
    found = disturbed(home, [f"{fault}:{part}" for fault, part in SAMPLED.items()])
    return {asked.partition(":")[0]: answer for asked, answer in found.items()}


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_fault_one_refit_more_makes_all_as_it_would_have_been(sampled: dict[str, dict[str, Any]], fault: str) -> None:
    assert holds(sampled[fault]), sampled[fault]


@pytest.mark.slow
@pytest.mark.parametrize("first", range(len(FAULTS) if os.environ.get("LAWBOOK_ALL_FAULTS") else 1))
def test_after_a_fault_at_any_point_one_refit_more_makes_all_as_it_would_have_been(home: Path, first: int) -> None:
    """Every point, the faults in turn; with LAWBOOK_ALL_FAULTS=1 every fault at every point, which takes five times as long."""
    command = [sys.executable, "-m", "tests.operations.fault_points", str(home), "count"]
    counted = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    points = range(1, json.loads(counted.stdout)["points"] + 1)
    found = disturbed(home, [f"{FAULTS[(first + point) % len(FAULTS)]}:{point}" for point in points])
    assert [each for each in found.values() if not holds(each)] == []


def test_two_published_files_are_told_apart_by_one_value(tmp_path: Path) -> None:
    """What `same` stands on: an answer for each table, which moves with a value and not with a moment."""
    digests = []
    for value, moment in ((1.0, "2024-01-01"), (1.0, "2025-01-01"), (1.5, "2024-01-01")):
        place = tmp_path / f"{len(digests)}.duckdb"
        with duckdb.connect(str(place)) as connection:
            connection.execute(f"CREATE TABLE fits AS SELECT {value} AS rmse, TIMESTAMP '{moment}' AS fitted_at")
        digests.append(tables(place))
    assert list(digests[0]) == ["fits"]
    assert digests[0] == digests[1] != digests[2]
