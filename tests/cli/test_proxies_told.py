"""Small mixture runs that repeat a source otherwise than the plan does are named by `check` and `explain`, with the factor."""

import csv
from pathlib import Path

import polars as pl
import pytest
from small_home import own_home

from pipeline.cli.main import main
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.study.repeats import proxies

SIZES = {"scarce": 1e8, "web": 1e11}
PLAN = {"data_seen": [2e10]}
STUDY = """study = "mix"
question = "Which share of the scarce pool?"
runs = "dataset = 'mixed'"
metric = "loss"
laws = ["pooled_effective_loss"]
plan = { params = [1e9], data_seen = [2e10] }
"""
PROXIES = {"whole": (1.25e9, 1.0), "sixteenth": (1.25e9, 1 / 16), "near": (1.25e9, 1.2 / 16)}
"""Data of a small run, and which part of the pools it may draw from: a sixteenth repeats the scarce pool as the plan does."""


def frame() -> pl.DataFrame:
    """A tenth of each run from the scarce pool: 20 epochs of it in the plan."""
    members = [
        [{"pool": pool, "share": share, "unique": SIZES[pool] * part, "size": SIZES[pool]}
         for pool, share in (("scarce", 0.1), ("web", 0.9))]
        for _, part in PROXIES.values()
    ]  # fmt: skip
    return pl.DataFrame(
        {"run_key": list(PROXIES), "run_id": list(PROXIES), "data_seen": [seen for seen, _ in PROXIES.values()],
         "members": members}
    )  # fmt: skip


def test_the_run_on_whole_pools_is_named_with_its_source_and_factor() -> None:
    found = proxies(frame(), PLAN)
    assert found is not None
    (off,) = found.unlike
    assert (off.run, off.pool, found.runs) == ("whole", "scarce", 3)
    assert (off.epochs, off.planned, off.factor) == pytest.approx((1.25, 20.0, 16.0))


def test_runs_as_large_as_the_plan_stand_for_nothing_and_runs_of_one_pool_are_no_mixtures() -> None:
    assert proxies(frame(), {"data_seen": [1.25e9]}) is None
    assert proxies(frame().with_columns(pl.col("members").list.head(1)), PLAN) is None


def test_pools_of_unknown_size_are_told_nothing_of() -> None:
    unknown = [[{"pool": pool, "share": 0.5, "unique": None} for pool in SIZES]]
    schema = {"members": pl.List(pl.Struct({"pool": pl.String, "share": pl.Float64, "unique": pl.Float64}))}
    runs = pl.DataFrame({"run_key": ["a"], "run_id": ["a"], "data_seen": [1e9], "members": unknown}, schema_overrides=schema)
    assert proxies(runs, PLAN) is None


@pytest.fixture
def logged(tmp_path: Path) -> tuple[Home, Path]:
    """A home with the study, and a folder of logs that nobody has taken in."""
    home, logs = own_home(tmp_path / "home"), tmp_path / "logs"
    (home.studies / "mix.toml").write_text(STUDY)
    logs.mkdir()
    tables: dict[str, list[dict[str, object]]] = {"runs": [], "pools": [], "pool_members": []}
    tables["pools"] = [{"pool": pool, "dataset": "mixed", "data_unique": size, "quality_rank": i}
                       for i, (pool, size) in enumerate(SIZES.items())]  # fmt: skip
    for name, (seen, part) in PROXIES.items():
        tables["runs"].append({"run_id": name, "status": "finished", "dataset": "mixed", "data_unit": "token", "params": 1e9,
                               "data_seen": seen, "pool": name, "metric:loss": 3.0})  # fmt: skip
        for pool, share in (("scarce", 0.1), ("web", 0.9)):
            tables["pool_members"].append({"pool": name, "member": pool, "share": share, "data_unique": SIZES[pool] * part})
    for kind, rows in tables.items():
        with (logs / f"m.{kind}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return home, logs


SAID = (
    "1 of 3 small mixture runs repeats a source otherwise than a run on 20 B would at the same shares: "
    "whole (1.25 epochs of scarce instead of 20: 16 times)"
)


def test_check_names_them_before_anything_is_taken_in(logged: tuple[Home, Path], capsys: pytest.CaptureFixture[str]) -> None:
    home, logs = logged
    assert main(["--home", str(home.root), "check", str(logs)]) == 0
    assert f"study mix: {SAID}" in " ".join(capsys.readouterr().out.split())


def test_explain_names_them_of_a_study(logged: tuple[Home, Path], capsys: pytest.CaptureFixture[str]) -> None:
    home, logs = logged
    logs.rename(home.inbox / "logs")
    ingest(home)
    main(["--home", str(home.root), "explain", "mix"])
    assert SAID in " ".join(capsys.readouterr().out.split())
