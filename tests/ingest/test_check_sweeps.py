"""`lawbook check` names a run that the sweep around it contradicts, before anything is taken."""

from pathlib import Path

import pytest

from pipeline.ingest.ingest import check
from tests.small_home import run_rows, write_runs

BAD = 12


def warnings(folder: Path, **changed: float) -> list[str]:
    """What a check says of a sweep of 25 runs, one of which has these values."""
    rows = run_rows("small")
    rows[BAD] |= {name.replace("__", ":"): value for name, value in changed.items()}
    write_runs(folder / "small", rows)
    return [warning for warning in check(folder).warnings if "runs beside it" in warning]


def test_a_sound_sweep_names_no_run(tmp_path: Path) -> None:
    assert warnings(tmp_path) == []


@pytest.mark.parametrize(("changed", "cause"), [({"metric__loss": 4.2}, "above"), ({"data_seen": 1.6e6}, "below")])
def test_a_run_that_the_others_contradict_is_named(tmp_path: Path, changed: dict[str, float], cause: str) -> None:
    (warning,) = warnings(tmp_path, **changed)
    assert warning.startswith(f"run 'small-{BAD}' has a final loss")
    assert cause in warning
