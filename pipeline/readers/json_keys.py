"""Which columns JSON Lines have, from the lines at the start of the file, and cells of a table that hold JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Inner = tuple[tuple[str, str, str], ...]
"""Columns that stand inside an object: the name of each, the column it is in, and the path there."""


def json_keys(text: str) -> list[str]:
    """The keys of the objects in the text, in order of appearance; a line that is no object says nothing here."""
    return list(dict.fromkeys(key for record in _objects(text) for key in record))


def inner_columns(text: str, keys: Sequence[str]) -> Inner:
    """What stands inside an object of a line, as a column `outer.inner`.

    A name that a column of the line itself has, in any case, is that column's.
    """
    return _inner(_objects(text), keys)


def inner_cells(rows: Iterable[Sequence[str]], names: Sequence[str]) -> Inner:
    """What stands inside the cells of columns that hold JSON objects and nothing else."""
    whole: dict[str, list[Any]] = {name: [] for name in names}
    for row in rows:
        for name, cell in zip(names, row, strict=False):
            if name in whole and cell.strip():
                whole[name].append(object_in(cell))
                if whole[name][-1] is None:
                    del whole[name]
    return _inner(({name: value} for name, values in whole.items() for value in values), names)


def object_in(cell: str) -> dict[str, Any] | None:
    """The JSON object that a cell holds; None where it holds anything else."""
    if not cell.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _inner(records: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> Inner:
    taken = {key.lower() for key in keys}
    found: dict[str, tuple[str, str, str]] = {}
    for record in records:
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
