"""Two published files are held against each other to the bit, and only in what two refits can have in common."""

from math import nextafter
from pathlib import Path

import duckdb
import pytest

from tests.campaigns.same_tables import differences


def published(path: Path, value: float, fit_id: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE plans AS SELECT ? AS fit_id, now() AS planned_at, unnest([?, 2.0]) AS value", [fit_id, value]
        )
    return path


@pytest.mark.parametrize(("value", "alone"), [(1.0, 0), (nextafter(1.0, 2.0), 2), (float("nan"), 2)])
def test_rows_that_differ_in_the_last_bit_are_counted_and_names_of_fits_are_not(tmp_path: Path, value: float, alone: int) -> None:
    files = published(tmp_path / "before.duckdb", 1.0, "a"), published(tmp_path / "now.duckdb", value, "b")
    assert list(differences(*files)) == [("plans", 2, 2, alone, '"value"' if alone else "")]
