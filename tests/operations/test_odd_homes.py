"""A home may lie wherever a folder can be: what its path holds is no pattern, no option and no SQL."""

from pathlib import Path

import polars as pl
import pytest

from pipeline.errors import ConfigError
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.store.compaction import archive
from pipeline.store.warehouse import Warehouse
from tests.small_home import make_home, run_rows

ODD = ["a*", "[ab] {c,d}", "a b's \"#;%20", "é语\u202enew\nline\t", "~ $HOME s3:"]


def measured(home: Home) -> int:
    with Warehouse(home) as warehouse:
        return int(warehouse.connection.execute("SELECT count(*) FROM all_points").fetchall()[0][0])


@pytest.mark.parametrize("name", ODD)
def test_logs_of_a_home_with_an_odd_path_are_taken_moved_to_the_history_and_read_back(tmp_path: Path, name: str) -> None:
    home = make_home(tmp_path / name, "first")
    pl.DataFrame(run_rows("second")).rename({"metric:loss": "metric:loss@validation"}).write_parquet(
        home.inbox / "lab" / "second.runs.parquet"
    )
    assert ingest(home).reasons == {}
    (home.root / "config.toml").write_text("shipped = false\n[retention]\nhistory_rows = 1\n", encoding="utf-8")
    home = Home.open(home.root)
    with Warehouse(home) as warehouse:
        assert archive(warehouse.connection, home) == 50
    assert list(home.history.rglob("*.parquet"))
    home.work_db.unlink()
    assert measured(home) == 50


@pytest.mark.parametrize("sign", ["?", "\\"])
def test_a_home_behind_a_sign_that_the_database_takes_for_its_own_is_refused_with_the_way_out(tmp_path: Path, sign: str) -> None:
    with pytest.raises(ConfigError, match="name another home with --home"):
        Home.open(tmp_path / f"a{sign}b")
    assert list(tmp_path.iterdir()) == []


def test_a_command_in_a_folder_that_has_been_removed_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(ConfigError, match=r"is gone; change to another folder"):
        Home.open(".lawbook")
    monkeypatch.chdir(tmp_path)
    assert Home.open(".lawbook").inbox.is_dir()
