"""The report of twenty studies, plan queries on a large published file, and the next runs among a thousand candidates."""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "planning")]

from planning_cases import study_of  # noqa: E402 - the folders of the tests are no package
from published_case import published_home  # noqa: E402
from test_next_runs import fitted, sweep  # noqa: E402

from pipeline.home import Home  # noqa: E402
from pipeline.planning.questions.costs import next_runs  # noqa: E402
from pipeline.report import write  # noqa: E402

STUDIES, PLAN_ROWS, DRAWS = 200, 1000, 1000
QUERIES = {
    "best pool sets of one study": "SELECT * FROM best_filtering WHERE study = $1 AND rank = 1 ORDER BY data_seen",
    "best size at one budget": "SELECT * FROM best_compute_optimal WHERE study = $1 AND flops >= 1e21",
    "interval of a parameter from its draws": """
        SELECT parameter, quantile_cont(value, [0.05, 0.5, 0.95]) FROM fit_draws JOIN fits USING (fit_id)
        WHERE study = $1 AND valid_to IS NULL GROUP BY ALL""",
}


def repeated(connection: duckdb.DuckDBPyConnection, times: int) -> None:
    """Copies every study of the file, so that it holds `times` as many."""
    tables = """
        SELECT table_name, list(column_name) FROM duckdb_columns()
        WHERE table_name IN (SELECT table_name FROM duckdb_tables()) GROUP BY 1"""
    for table, columns in connection.execute(tables).fetchall():
        keys = [c for c in ("study", "fit_id", "forecast_id") if c in columns and table not in ("runs_history",)]
        if keys:
            new = ", ".join(f"{key} || '-' || k AS {key}" for key in keys)
            connection.execute(f"INSERT INTO {table} SELECT t.* REPLACE ({new}) FROM {table} t, range(1, {times}) r(k)")


def enlarged(connection: duckdb.DuckDBPyConnection) -> None:
    """Plan rows and draws of every study up to the sizes of the target."""
    for table, condition, most in (("plan_filtering", "study", PLAN_ROWS), ("plan_compute_optimal", "study", PLAN_ROWS)):
        per = connection.execute(f"SELECT max(n) FROM (SELECT count(*) n FROM {table} GROUP BY {condition})").fetchall()[0][0]
        connection.execute(f"INSERT INTO {table} SELECT t.* FROM {table} t, range(1, {-(-most // per)})")
    per = connection.execute("SELECT count(DISTINCT draw) FROM fit_draws").fetchall()[0][0]
    more = f"SELECT t.* REPLACE (draw + {per} * k AS draw) FROM fit_draws t, range(1, {-(-DRAWS // per)}) r(k)"
    connection.execute(f"INSERT INTO fit_draws {more}")


def benchmarks() -> Iterator[dict[str, Any]]:
    """Rows for `make bench`."""
    with tempfile.TemporaryDirectory() as folder:
        home = published_home(Path(folder) / "home")
        yield from _report(home)
        yield from _queries(home)
    started = time.perf_counter()
    next_runs.build(fitted(), study_of(flops=[1e21, 1e22]), sweep())
    yield {
        "name": "next runs for two targets among 1000 candidates",
        "value": time.perf_counter() - started,
        "unit": "s",
        "target": "<= 5 s",
    }


def _report(home: Home) -> Iterator[dict[str, Any]]:
    small = home.published_db.with_suffix(".small")
    shutil.copy(home.published_db, small)
    with duckdb.connect(str(home.published_db)) as connection:
        repeated(connection, 10)
    started = time.perf_counter()
    path = write(home)
    yield {"name": "report.html of 20 studies", "value": time.perf_counter() - started, "unit": "s", "target": "<= 10 s"}
    yield {"name": "its size", "value": path.stat().st_size / 1e6, "unit": "MB", "target": "<= 5 MB"}
    shutil.move(small, home.published_db)


def _queries(home: Home) -> Iterator[dict[str, Any]]:
    with duckdb.connect(str(home.published_db)) as connection:
        repeated(connection, STUDIES // 2)
        enlarged(connection)
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        for name, query in QUERIES.items():
            study = "pools-7" if "pool" in name else "text-size-7"
            times = []
            for _ in range(9):
                started = time.perf_counter()
                assert connection.execute(query, [study]).fetchall()
                times.append(time.perf_counter() - started)
            yield {
                "name": f"{name}, {STUDIES} studies",
                "value": 1e3 * statistics.median(times),
                "unit": "ms",
                "target": "<= 20 ms",
            }
