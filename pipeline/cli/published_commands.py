"""`lawbook plan`, `pictures`, `laws` and `sql`: what is read of the published file and of the law book."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from pipeline.cli import published_constants as constants
from pipeline.cli.spoken import say, tell
from pipeline.errors import LawbookError, LockedError, QueryError, WarehouseError

if TYPE_CHECKING:
    import duckdb

    from pipeline.home import Home


def published(home: Home) -> duckdb.DuckDBPyConnection:
    """The published file, read-only. Raises WarehouseError where nothing has been published yet."""
    if not home.published_db.exists():
        raise WarehouseError(f"{home.published_db} is not there yet", fix="run `lawbook refit` first")
    if not home.published_db.is_file():
        raise WarehouseError(f"{home.published_db} is no file", fix="move it away, then run `lawbook refit`")
    import duckdb

    try:
        return duckdb.connect(str(home.published_db), read_only=True)
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise WarehouseError(
                f"{home.published_db} does not open: {error}", fix="`lawbook refit` publishes it anew"
            ) from error
        fix = "close it there, or open it read-only: readers never hold each other up"
        raise LockedError(f"{home.published_db} is open for writing in another program", fix=fix) from error


def of_this_release(home: Home) -> duckdb.DuckDBPyConnection:
    """The published file, where it has the columns that this release reads. Raises WarehouseError where another one wrote it."""
    from pipeline.schema import TABLES
    from pipeline.store.statements import sql

    connection = published(home)
    there = set(connection.execute(sql("select_published_columns")).fetchall())
    needed = [(table.name, column) for table in TABLES.values() if table.published for column in table.names]
    if missing := next((pair for pair in needed if pair not in there), None):
        connection.close()
        raise WarehouseError(
            f"{home.published_db} was published by another release: it has no {'.'.join(missing)}",
            fix="run `lawbook refit`, which publishes it anew",
        )
    return connection


def study_arguments(own: ArgumentParser) -> None:
    """A command of one study or of all."""
    own.add_argument("study", nargs="?", metavar="STUDY", help="one study (default: all)")


def plan_arguments(own: ArgumentParser) -> None:
    """`lawbook plan [STUDY] [--all]`, or `--published LAW/SETTING` with its budgets."""
    study_arguments(own)
    own.add_argument("--all", action="store_true", help="print every plan, not only what is needed first")
    constants.arguments(own)


def plan(home: Home, options: Namespace) -> int:
    """Prints the plan of a study, of all, or from published constants."""
    from pipeline.cli.plan_text import plan_json, plan_text

    if getattr(options, "published", None):
        return constants.run(options)
    with of_this_release(home) as connection:
        if options.json:
            print(json.dumps(plan_json(connection, options.study), default=str, ensure_ascii=False))
        else:
            print(plan_text(connection, options.study, home, options.all))
    return 0


def pictures(home: Home, options: Namespace) -> int:
    """Draws the pictures of a study, or of all, as files."""
    from pipeline.report import write_pictures
    from pipeline.store.statements import sql

    with of_this_release(home) as connection:
        known = [row[0] for row in connection.execute(sql("select_study_names")).fetchall()]
    if options.study is not None and options.study not in known:
        raise LawbookError(f"no study {options.study!r} is published", fix=f"the studies are {', '.join(known) or 'none yet'}")
    paths = write_pictures(home, options.study)
    say(options, [str(path) for path in paths], "\n".join(map(str, paths)) or "no study has rows to draw yet")
    return 0


def laws(home: Home, options: Namespace) -> int:
    """Prints the law book, with the home's own laws."""
    from pipeline.laws import load_user_laws
    from pipeline.laws.book import law_rows

    for error in load_user_laws(home.laws):
        tell(str(error))
    rows = law_rows().to_dicts()
    text = "\n".join(_law_text(row) for row in rows)
    say(options, rows, text)
    return 0


def _law_text(row: dict[str, Any]) -> str:
    lines = (row["question"], f"{row['response']} = {row['formula']}", row["source"])
    return f"{row['law']:<28} " + f"\n{'':<28} ".join(lines)


SQL_HELP = 'The published file is only read, and no other; `lawbook sql "SHOW TABLES"` lists its tables.'


def sql_arguments(own: ArgumentParser) -> None:
    """`lawbook sql QUERY`."""
    own.add_argument("query", metavar="QUERY", help="SQL on the published tables")


def sql(home: Home, options: Namespace) -> int:
    """Asks the published file, read-only."""
    import duckdb

    from pipeline.cli.answers import table_text
    from pipeline.store.statements import sql

    with published(home) as connection:
        connection.execute(sql("set_external_access_off"))
        try:
            answer = connection.execute(options.query)
            names = [item[0] for item in answer.description or []]
            rows = answer.fetchall()
        except duckdb.Error as error:
            raise QueryError(str(error), fix=SQL_HELP) from error
    say(options, [dict(zip(names, row, strict=True)) for row in rows], table_text(names, rows))
    return 0
