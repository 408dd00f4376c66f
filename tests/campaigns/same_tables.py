"""Whether a change leaves every published number as it is: the same homes refitted by the code of two commits.

`make same-tables BASE=COMMIT`, or `python -m tests.campaigns.same_tables COMMIT[..LATER] [STUDY ...]`, LATER being today's code
unless it is said: the wind tunnel and seven studies of public runs (these where ../shared is). Every table is compared to the
bit, without moments and hashes of the code; each code ships its own runs of the wind tunnel. Exit code 1 where a row stands in
one file alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import duckdb

from tests.benchmarks.earlier import ROOT, earlier_code

PUBLIC = ROOT.parent / "shared" / "data"
FOLDERS = {
    **{"massivetext": "epoch_chinchilla", "datablations": "datablations", "clip": "clip_pools_buckets"},
    **{"open_athena": "misfitting", "openclip_repetition": "openclip_repetition"},
}
STUDIES = ("tests/public/studies", "tests/backtests/studies")
OF_ITS_OWN = (
    *("fit_id", "before_fit_id", "forecast_id", "refit_key", "forecast_key", "plan_key", "parameters_version"),
    *("valid_from", "valid_to", "as_of", "stale_since", "month", "seconds", "source_uri"),
)
"""Columns that each refit fills otherwise, as do those of moments (`…_at`): hashes of the code, times, where the home lies."""


def homes(place: Path, code: Path) -> dict[str, Path]:
    """A home of the wind tunnel and one of the public runs of a checkout, not yet refitted, by the folder of their studies."""
    tunnel, public = place / "wind-tunnel", place / "public"
    (tunnel / "studies").mkdir(parents=True)
    (tunnel / "config.toml").write_text("shipped = true\n")
    if not PUBLIC.is_dir():
        return {"data/studies": tunnel}
    (public / "studies").mkdir(parents=True)
    watched = "\n".join(f'{name} = "{PUBLIC / folder}"' for name, folder in FOLDERS.items())
    (public / "config.toml").write_text(f"[watch]\n{watched}\n")
    for study in (file for folder in STUDIES for file in (code / folder).glob("*.toml")):
        shutil.copy(study, public / "studies")
    return {"data/studies": tunnel, str(public / "studies"): public}


def asked_of(folder: Path, studies: list[str]) -> list[str] | None:
    """The arguments that ask for those of the named studies that a folder declares; None where it has none of them."""
    declared = {path.stem for path in folder.rglob("*.toml")}
    own = [word for study in studies if study in declared for word in ("--study", study)]
    return None if studies and not own else own


def refitted(code: Path, home: Path, asked: list[str]) -> Path:
    """The file that a checkout publishes of the home."""
    command = [sys.executable, "-m", "pipeline.cli.main", "refit", "--home", str(home), *asked]
    subprocess.run(command, cwd=code, env={**os.environ, "PYTHONPATH": str(code)}, check=True, stdout=subprocess.DEVNULL)
    return home / "published.duckdb"


def differences(before: Path, now: Path) -> Iterator[tuple[str, int, int, int, str]]:
    """Of each table that both files have: rows before, rows now, those that stand in one file alone, and the columns to blame."""
    with duckdb.connect() as connection:
        for name, path in (("before", before), ("now", now)):
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        for table, columns in _common(connection):
            had, has, alone = _counts(connection, table, ", ".join(columns))
            blamed = [column for column in columns if alone and _counts(connection, table, column)[2]]
            yield table, had, has, alone, ", ".join(blamed)


def _counts(connection: duckdb.DuckDBPyConnection, table: str, columns: str) -> tuple[int, int, int]:
    """Rows before, rows now, and those that stand in one file alone, of some columns of a table."""
    sides = [f"SELECT {columns} FROM {side}.{table}" for side in ("before", "now")]
    counts = [f"(SELECT count(*) FROM ({query}))" for query in (*sides, _alone(*sides))]
    had, has, alone = connection.execute(f"SELECT {', '.join(counts)}").fetchall()[0]
    return had, has, alone


def _alone(one: str, other: str) -> str:
    """Rows of either query that the other has not as often."""
    return f"(({one}) EXCEPT ALL ({other})) UNION ALL (({other}) EXCEPT ALL ({one}))"


def _common(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, list[str]]]:
    """The tables that both files have, with the columns that are compared. A certificate is JSON: its text is compared."""
    asked = """SELECT table_name, list(DISTINCT '"' || column_name || '"' ORDER BY '"' || column_name || '"')
        FROM (SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'before' AND NOT internal
              INTERSECT SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'now')
        WHERE column_name NOT IN (SELECT unnest(?)) AND NOT suffix(column_name, '_at')
          AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE database_name = 'before')
        GROUP BY table_name ORDER BY table_name"""
    yield from connection.execute(asked, [list(OF_ITS_OWN)]).fetchall()


def main(arguments: list[str]) -> int:
    """Prints the tables that differ and a count of those that are equal; 1 where one differs."""
    commits, *studies = arguments
    commit, _, later = commits.partition("..")
    wrong, after = 0, earlier_code(later) if later else nullcontext(ROOT)
    with earlier_code(commit) as code, after as today, tempfile.TemporaryDirectory(prefix="lawbook-same-") as folder:
        if code is None or today is None:
            print(f"this clone has no commit {commit if code is None else later}")
            return 2
        sides = (homes(Path(folder) / side, code if later else ROOT).items() for side in ("before", "now"))
        for (declared, before), (_, now) in zip(*sides, strict=True):
            if (asked := asked_of(code / declared, studies)) is None:
                continue
            found = list(differences(refitted(code, before, asked), refitted(today, now, asked)))
            apart = [row for row in found if row[3]]
            for table, had, has, alone, blamed in apart:
                print(f"{now.name}: {table}: {alone} rows in one file alone (of {had} and {has}): {blamed or 'together'}")
            print(f"{now.name}: {len(found) - len(apart)} of {len(found)} tables equal, {sum(row[2] for row in found)} rows")
            wrong += len(apart)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
