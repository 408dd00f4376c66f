"""SQL lives in sql/*.sql, one statement a file; this loads it and puts identifiers into it safely."""

import re
from collections.abc import Sequence
from functools import cache

from pipeline.errors import WarehouseError
from pipeline.home import PROJECT

SQL = PROJECT / "sql"
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


class Fragment(str):
    """SQL text that this program has made or checked itself, and that `sql` may therefore insert as it is."""


@cache
def _statement(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def quote(name: str) -> str:
    """An identifier, quoted so that any name is only a name."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A string literal, quoted so that any text is only text."""
    return "'" + value.replace("'", "''") + "'"


def sql(name: str, **identifiers: str | Sequence[str]) -> str:
    """The statement in sql/<name>.sql with each {{placeholder}} replaced by a quoted identifier (or a list of them).

    Values belong into parameters ($name), never here. A `Fragment` is inserted as it is.
    """
    text = _statement(name)
    missing = set(PLACEHOLDER.findall(text)) ^ set(identifiers)
    if missing:
        raise WarehouseError(
            f"sql/{name}.sql and its caller differ in the placeholders {sorted(missing)}; give exactly those of the file"
        )

    def filled(match: re.Match[str]) -> str:
        value = identifiers[match.group(1)]
        if isinstance(value, Fragment):
            return value
        return quote(value) if isinstance(value, str) else ", ".join(quote(item) for item in value)

    return PLACEHOLDER.sub(filled, text)
