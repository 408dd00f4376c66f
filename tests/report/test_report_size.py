"""How large the report becomes: one file that can be mailed."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from pipeline.home import Home
from pipeline.report.page import page
from pipeline.report.published import opened

STUDIES, MOST = 20, 5_000_000


@pytest.mark.slow
def test_twenty_studies_of_which_each_is_a_combination_fit_into_five_megabytes(published: Home, tmp_path: Path) -> None:
    """The studies are copies of the one of two laws, with as many draws as the page takes of any."""
    copy = tmp_path / "many.duckdb"
    copy.write_bytes(published.published_db.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        tables = [
            row[0]
            for row in connection.execute(
                "SELECT table_name FROM duckdb_columns() JOIN duckdb_tables() USING (table_name) WHERE column_name = 'study'"
            ).fetchall()
        ]
        for place in range(1, STUDIES - 1):
            for table in tables:
                connection.execute(
                    f"INSERT INTO {table} SELECT * REPLACE ('copy-{place}' AS study) FROM {table} WHERE study = 'text-size'"
                )
        draws = connection.execute("SELECT max(draw) + 1 FROM fit_draws").fetchone()
        assert draws is not None
        for more in range(draws[0], 250, draws[0]):
            connection.execute(
                f"INSERT INTO fit_draws SELECT * REPLACE (draw + {more} AS draw) FROM fit_draws WHERE draw < {draws[0]}"
            )
    with opened(copy) as many:
        assert many.studies().height == STUDIES
        size = len(page(many, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
    assert size <= MOST, f"{size:,} bytes"
