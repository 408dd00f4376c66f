"""Run by the Python of an environment that holds one DuckDB: opens and asks a published file until told to stop.

usage: python busy_reader.py published.duckdb STOP
Prints as JSON how often it read, which publications it saw, and every error or torn read. Each publication writes a number of its
own into two tables (test_readers_during_publication.py), so a read that sees parts of two is seen.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

QUERY = "SELECT min(params), max(params), (SELECT min(value) FROM measurements), (SELECT max(value) FROM measurements) FROM runs"


def read(published: str) -> float:
    """One visit: opened, asked in two statements of one connection, closed; the number of the publication that it saw."""
    with duckdb.connect(published, read_only=True) as connection:
        seen = {number for _ in range(2) for number in connection.execute(QUERY).fetchall()[0]}
    if len(seen) > 1:
        raise ValueError(f"torn: one visit saw the publications {sorted(seen)}")
    return float(seen.pop())


def main(published: str, stop: str) -> None:
    """Reads until the file `stop` is there, and once more then."""
    reads, seen, errors, last = 0, set(), [], False
    while not last:
        last = Path(stop).exists()
        try:
            seen.add(read(published))
            reads += 1
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}"[:300])
        time.sleep(0.001)
    print(json.dumps({"version": duckdb.__version__, "reads": reads, "seen": sorted(seen), "errors": errors[:5]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
