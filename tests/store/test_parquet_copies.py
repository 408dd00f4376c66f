"""The Parquet files beside published.duckdb: small ones that say what they said stay, all others are written anew."""

from pathlib import Path

import duckdb
import polars as pl
from small_home import loss, write_runs

from pipeline.home import Home
from pipeline.refit.refit import refit
from pipeline.store.publication.publish import published_tables


def one_more_run(home: Home, name: str) -> None:
    """A run that is new in the dataset `first`."""
    row = {"run_id": name, "status": "finished", "dataset": "first", "data_unit": "token", "params": 3e8, "data_seen": 4e9}
    write_runs(home.inbox / "lab" / name, [{**row, "metric:loss": loss(3e8, 4e9)}])


def files(home: Home) -> dict[str, tuple[int, int]]:
    return {path.stem: (path.stat().st_ino, path.stat().st_mtime_ns) for path in home.published_dir.glob("*.parquet")}


def republished(home: Home, name: str) -> set[str]:
    """The tables whose files a publication after one more run wrote anew."""
    before = files(home)
    one_more_run(home, name)
    assert refit(home).published
    after = files(home)
    assert set(after) == {table.name for table in published_tables()}
    return {name for name in after if after[name] != before.get(name)}


def test_files_of_small_tables_that_say_what_they_said_stay(home: Home) -> None:
    written = republished(home, "more")
    assert {"runs", "fits", "fit_parameters", "plan_compute_optimal"} <= written
    assert not {"laws", "law_published", "pools", "quarantine", "plan_filtering"} & written


def test_a_file_that_another_hand_changed_or_took_away_is_written_anew(home: Home) -> None:
    (home.published_dir / "laws.parquet").write_bytes(b"another hand")
    (home.published_dir / "pools.parquet").unlink()
    assert {"laws", "pools"} <= republished(home, "more")
    assert pl.read_parquet(home.published_dir / "laws.parquet").height > 0


def test_notes_that_cannot_be_read_cost_a_copy_and_no_publication(home: Home) -> None:
    (home.root / "published.parquet.json").write_text("[torn")
    assert {"laws", "pools"} <= republished(home, "more")


def test_every_file_holds_the_rows_of_its_published_table(home: Home) -> None:
    """Views apart: a mean over rows in another order differs in its last bit."""
    republished(home, "more")
    republished(home, "again")
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        for table in (table for table in published_tables() if not table.view):
            file: Path = home.published_dir / f"{table.name}.parquet"
            both = "SELECT count(*), sum(hash(t)) FROM {} AS t"
            stored, copied = (connection.execute(both.format(x)).fetchall() for x in (table.name, f"'{file}'"))
            assert copied == stored, table.name
