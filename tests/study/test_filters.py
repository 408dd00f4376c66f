"""Filters are proposed by their effect on held-out runs, and applied by nobody but the study."""

from pathlib import Path

import polars as pl
import pytest
from small_home import STUDY, declare, own_home, run_rows, write_runs

from pipeline.cli.main import main
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.laws import laws
from pipeline.store.warehouse import Warehouse
from pipeline.study.filters import STARVED, Compared, compared, proposed
from pipeline.study.observations import observations
from pipeline.study.studies import load_studies

WORSE = 1.15
"""Times the law's loss, of runs that are starved of data."""


def starved(row: dict[str, object]) -> bool:
    return bool(row["data_seen"] < STARVED * row["params"])  # type: ignore[operator]  # numbers


def ingested(root: Path, factor: float) -> Home:
    """A home with runs of one law, in which the starved ones are worse than it by a factor."""
    home = own_home(root)
    rows = [{**row, "metric:loss": row["metric:loss"] * (factor if starved(row) else 1.0)} for row in run_rows("first")]  # type: ignore[operator]
    write_runs(home.inbox / "lab" / "first", rows)
    declare(home, "first")
    ingest(home)
    return home


def found(home: Home) -> list[Compared]:
    """What is said of starved runs."""
    (study,), _ = load_studies(home)
    with Warehouse(home) as warehouse:
        every = compared(warehouse.connection, study, observations(warehouse.connection, study), home.laws)
    return [each for each in every if "a parameter" in each.words]


def test_a_filter_that_leaves_out_runs_of_another_law_is_seen_to_better_the_forecasts_of_the_rest(tmp_path: Path) -> None:
    (one,) = found(ingested(tmp_path / "home", WORSE))
    assert one.runs == sum(map(starved, run_rows("first")))
    assert one.without < 0.5 * one.error
    assert one.better > 0.9


def test_a_filter_of_runs_that_follow_the_law_is_not_said_to_better_it(tmp_path: Path) -> None:
    (one,) = found(ingested(tmp_path / "home", 1.0))
    assert one.without > 0.7 * one.error
    assert one.better < 0.95


def test_what_is_printed_can_be_declared_and_leaves_out_just_those_runs(tmp_path: Path) -> None:
    home = ingested(tmp_path / "home", WORSE)
    (one,) = found(home)
    declare(home, "first", STUDY.replace("draws = 50", f"draws = 50\n{one.declare}"))
    (study,), errors = load_studies(home)
    assert errors == []
    with Warehouse(home) as warehouse:
        rows = observations(warehouse.connection, study)
    assert rows.filter(~pl.col("used"))["run_key"].n_unique() == one.runs
    assert found(home) == []


def test_explain_applies_no_filter_and_says_how_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ingested(tmp_path / "home", WORSE)
    assert main(["--home", str(home.root), "explain", "first", "--filters"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "25 of 25 runs are used" in out
    assert 'To apply: exclude = "data_seen < 5 * params"' in out


def test_rows_below_the_range_of_a_laws_paper_are_a_filter() -> None:
    law = laws["data_constrained"]
    rows = pl.DataFrame({"params": [1e6, 1e8], "data_seen": [1e10, 1e10], "data_unique": [1e9, 1e9]})
    dropped = {one.declare: rows.select(one.drops).to_series().to_list() for one in proposed(law, rows)}
    assert dropped['exclude = "params < 7e+06"'] == [True, False]


def test_points_before_the_end_of_a_warm_up_are_a_filter() -> None:
    rows = pl.DataFrame({"params": [1e6] * 3, "data_seen": [1e6, 1e8, 1e9], "warmup": [1e7, 1e7, None]})
    dropped = {one.words: rows.select(one.drops).to_series().to_list() for one in proposed(laws["chinchilla"], rows)}
    assert dropped["points inside the warm-up"] == [True, False, False]
