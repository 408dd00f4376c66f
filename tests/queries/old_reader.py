"""Run by the Python of an environment that holds one DuckDB: asks a published file everything, prints what failed as JSON.

usage: python old_reader.py published.duckdb FOLDER_OF_QUERIES
"""

import json
import sys
from pathlib import Path

import duckdb


def failures(published: str, queries: Path) -> dict[str, str]:
    """Every table, view, query of the folder and example of a law that this DuckDB cannot answer, with its message."""
    found = {}
    with duckdb.connect(published, read_only=True) as connection:
        asked = {path.name: path.read_text(encoding="utf-8") for path in sorted(queries.glob("*.sql"))}
        tables = connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
        asked |= {name: f'SELECT * FROM "{name}" LIMIT 3' for (name,) in tables}
        asked |= {f"law {law}": example for law, example in connection.execute("SELECT law, example_sql FROM laws").fetchall()}
        studies = connection.execute("SELECT DISTINCT study FROM fits WHERE selected AND valid_to IS NULL").fetchall()
        call = "SELECT predicted FROM predict('{}', params := 1e8, data_seen := 1e9)"
        asked |= {f"predict {study}": call.format(study) for (study,) in studies}
        for name, statement in asked.items():
            try:
                connection.execute(statement).fetchall()
            except duckdb.Error as error:
                found[name] = str(error).splitlines()[0]
    return found


if __name__ == "__main__":
    print(json.dumps({"version": duckdb.__version__, "failures": failures(sys.argv[1], Path(sys.argv[2]))}))
