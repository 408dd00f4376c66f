"""Which columns JSON Lines have, from the lines at the start of the file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def json_keys(text: str) -> list[str]:
    """The keys of the objects in the text, in order of appearance; a line that is no object says nothing here."""
    return list(dict.fromkeys(key for record in _objects(text) for key in record))


def inner_columns(text: str, keys: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """What stands inside an object of a line, as a column `outer.inner`: its name, the column it is in, and the path there.

    A name that a column of the line itself has, in any case, is that column's.
    """
    taken = {key.lower() for key in keys}
    found: dict[str, tuple[str, str, str]] = {}
    for record in _objects(text):
        for column, value in record.items():
            for names in _paths(value) if isinstance(value, Mapping) else ():
                name = ".".join((column, *names))
                if name.lower() not in taken and not any('"' in part for part in names):
                    found.setdefault(name.lower(), (name, column, "$" + "".join(f'."{part}"' for part in names)))
    return tuple(found.values())


def _paths(value: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            yield from ((name, *names) for names in _paths(inner))
        else:
            yield (name,)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record
