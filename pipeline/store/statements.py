"""SQL lives in sql/<package>/*.sql, one statement a file; this finds it by name and puts identifiers into it safely."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pipeline.errors import WarehouseError
from pipeline.places import SHIPPED
from pipeline.schema.column import Table

SQL = SHIPPED / "sql"
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
PATTERN_SIGN = re.compile(r"[*?[]")


class Fragment(str):
    """SQL text that this program has made or checked itself, and that `sql` may therefore insert as it is."""


@cache
def statement_files() -> Mapping[str, Path]:
    """The file of each statement by its name, which is unique over all packages."""
    files = sorted(SQL.rglob("*.sql"))
    named = {path.stem: path for path in files}
    if len(named) < len(files):
        twice = sorted(stem for stem, count in Counter(path.stem for path in files).items() if count > 1)
        raise WarehouseError(f"sql/: {twice[0]}.sql stands in two folders", fix="rename one of them")
    return MappingProxyType(named)


@cache
def _statement(name: str) -> str:
    return statement_files()[name].read_text(encoding="utf-8")


@cache
def placeholders(name: str) -> frozenset[str]:
    """What the statement wants to be filled in."""
    return frozenset(PLACEHOLDER.findall(_statement(name)))


def quote(name: str) -> str:
    """An identifier, quoted so that any name is only a name."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A string literal, quoted so that any text is only text."""
    return "'" + value.replace("'", "''") + "'"


def plain(path: Path | str) -> str:
    """The path of a file to read, with the signs escaped that DuckDB would take for a pattern."""
    return PATTERN_SIGN.sub(r"[\g<0>]", str(path))


def places(*folders: Path) -> Fragment:
    """The folders as a list of literals: as they are, where their links lead, and as `plain` has them."""
    either = [each for folder in folders for each in (folder, folder.resolve())]
    return Fragment(
        ", ".join(literal(name) for name in dict.fromkeys(name for each in either for name in (str(each), plain(each))))
    )


def sql(name: str, **identifiers: str | Sequence[str]) -> str:
    """The statement in sql/<name>.sql with each {{placeholder}} replaced by a quoted identifier (or a list of them).

    Values belong into parameters ($name), never here. A `Fragment` is inserted as it is.
    """
    text = _statement(name)
    missing = placeholders(name) ^ set(identifiers)
    if missing:
        raise WarehouseError(
            f"sql/{name}.sql and its caller differ in the placeholders {sorted(missing)}", fix="give exactly those of the file"
        )

    def filled(match: re.Match[str]) -> str:
        value = identifiers[match.group(1)]
        if isinstance(value, Fragment):
            return value
        return quote(value) if isinstance(value, str) else ", ".join(quote(item) for item in value)

    return PLACEHOLDER.sub(filled, text)


def view_sql(table: Table) -> str:
    """The statement that makes a view; one that selects {{columns}} has those that the schema declares, in their order."""
    name = f"view_{table.name}"
    return sql(name, columns=table.names) if "columns" in placeholders(name) else sql(name)
