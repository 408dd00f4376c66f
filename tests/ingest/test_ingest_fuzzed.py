"""Damaged logs: no crash, no hang, no silent row."""

import random
from pathlib import Path

import duckdb
import pytest

from tests.ingest.conftest import UNACCOUNTED, Dropbox
from tests.ingest.damage import WAYS, damaged, seeds

AT_ONCE = 2000


def accounted(box: Dropbox, files: int) -> None:
    """Every file was taken or refused, and every row is where it can be found."""
    report = box.ingest()
    assert report.files + report.unchanged == files
    assert report.totals.rows == report.totals.ingested + report.totals.duplicates + report.totals.filtered + report.quarantined
    unaccounted, counted, kept, infinite = box.answers(
        UNACCOUNTED,
        "SELECT coalesce(sum(quarantined + cells), 0) FROM ingest_log",
        "SELECT count(*) FROM quarantine",
        "SELECT count(*) FROM measurements WHERE NOT isfinite(value)",
    )
    assert unaccounted == []
    assert counted == kept
    assert infinite == [(0,)]


def fuzz(box: Dropbox, shared: dict[str, bytes], cases: int, seed: int = 7) -> None:
    dice = random.Random(seed)
    names = sorted(shared)
    for start in range(0, cases, AT_ONCE):
        for number in range(start, min(start + AT_ONCE, cases)):
            name = names[number % len(names)]
            content = shared[name]
            for _ in range(dice.randrange(1, 4)):
                content = damaged(content, dice)
            box.drop(f"{number}/{name}", content)
        accounted(box, min(start + AT_ONCE, cases))


def test_damaged_logs_are_taken_or_refused_and_accounted_for(box: Dropbox) -> None:
    fuzz(box, seeds(), 200)


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_one_damage_to_each_format_is_accounted_for(box: Dropbox, way: object) -> None:
    dice = random.Random(3)
    for name, content in seeds().items():
        box.drop(f"{name.split('.')[0]}/{name}", way(content, dice))  # type: ignore[operator]
    accounted(box, len(seeds()))


def test_a_row_that_is_wrong_in_two_ways_is_refused_once(box: Dropbox) -> None:
    box.drop("p.pool_members.csv", "pool,member,share,data_unique\nu,a,0.4,10\nu,a,0.3,10\n")
    accounted(box, 1)
    assert box.reasons() == {"conflict": 2}


def test_a_nul_in_a_name_is_refused_with_the_name(box: Dropbox) -> None:
    box.drop("run/metrics.csv", b"epoch,step,train_lo\x00ss\n0,1,3.5\n")
    accounted(box, 1)
    [(reason, detail)] = box.rows("SELECT reason, detail FROM quarantine")
    assert reason == "unreadable"
    assert "holds a NUL byte" in str(detail)


def reaching_beyond_the_end(path: Path) -> list[bytes]:
    """Parquet files with a piece doubled, so that DuckDB, reading a column, looks beyond the end."""
    content, found = seeds()["t.measurements.parquet"], []
    for start in range(0, 400, 4):
        broken = content[: start + 67] + content[start:]
        path.write_bytes(broken)
        try:
            duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        except duckdb.Error as error:
            found += [broken] if "Could not read enough bytes" in str(error) else []
    return found


def test_a_parquet_file_whose_columns_reach_beyond_its_end_is_refused_alone(box: Dropbox, tmp_path: Path) -> None:
    broken = reaching_beyond_the_end(tmp_path / "x.parquet")
    assert broken
    for number, content in enumerate(broken):
        box.drop(f"{number}/t.measurements.parquet", content)
    box.drop("good.measurements.csv", "run_id,metric,step,value\na,loss,1,3\n")
    accounted(box, len(broken) + 1)
    assert box.reasons() == {"unreadable": len(broken)}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_twenty_thousand_damaged_logs_are_accounted_for(box: Dropbox, shared_data: Path, seed: int) -> None:
    real = {
        path.name: path.read_bytes()
        for path in sorted((shared_data / "log_fixtures").rglob("*"))
        if path.is_file() and path.suffix not in (".yaml", ".md")  # read with their neighbours; no logs
    }
    fuzz(box, seeds() | {name: content[:20_000] for name, content in real.items()}, 2000, seed)
