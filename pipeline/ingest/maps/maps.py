"""Maps: how the columns of any table become the canonical ones. A map is a small TOML file (map_file.py)."""

import fnmatch
import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import ValidationError

from pipeline.config import explained
from pipeline.declarations import text_of, toml, unread
from pipeline.errors import ExpressionError, MapError, meant
from pipeline.expressions.expression import Expression, column, constant
from pipeline.expressions.expressions import compile_expression
from pipeline.home import Home
from pipeline.ingest.load.units import from_columns, in_percent, in_unit, no_loss, unsaid
from pipeline.ingest.maps.beside import Placed, columns_of, each, folder_path, keys_named
from pipeline.ingest.maps.map_file import MapFile
from pipeline.readers.parts import REQUIRED, Part, Value, wide_values, with_errors
from pipeline.readers.reader import plain_name
from pipeline.readers.settings import settings
from pipeline.readers.shape import Shape
from pipeline.schema import MEASUREMENTS, RUNS, TABLES
from pipeline.store.statements import Fragment, quote

LONGEST_SQL = 50_000
"""Characters of one expression with all that it names written out: expressions of expressions grow tenfold a level."""
NATIVE = re.compile(r"\.(runs|measurements|pools|pool_members)$", re.IGNORECASE)


@dataclass(frozen=True)
class Map:
    """A map and where it stands."""

    path: Path
    body: MapFile
    digest: str

    def stamp(self, log: Placed) -> str:
        """What makes reading the file again with this map a different reading: the map, and the path where the map uses it."""
        text = " ".join(self._texts)
        place = f"#{log.path.parent.name}/{log.path.name}" if "file_name" in text or "folder" in text else ""
        return f"@{self.digest}{place}" + (f"#{folder_path(log)}" if "folder_path" in text else "")

    def beside(self, path: Path) -> tuple[Path, ...]:
        """The configuration that is read with a log, where it lies beside it."""
        found = path.with_name(self.body.beside) if self.body.beside else path
        return (found,) if found != path and os.path.lexists(found) else ()

    @property
    def _texts(self) -> list[str]:
        body = self.body
        size = body.units.bytes_per_token if body.units else None
        keep = [body.filter.keep] if body.filter else []
        return [*body.columns.values(), *keep, *([size] if isinstance(size, str) else [])]

    def matches(self, path: Path) -> bool:
        """Whether the map is meant for that file."""
        return self.pattern.match(str(path)) is not None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What the paths of its files match."""
        patterns = [self.body.match] if isinstance(self.body.match, str) else self.body.match
        return _any_of(tuple(patterns))

    def part(self, relation: Fragment, shape: Shape, logs: Sequence[Placed]) -> Part:
        """The part that this map reads from the staged files; a MapError names file, key and fix."""
        beside = [settings(log.path.with_name(self.body.beside)) for log in logs] if self.body.beside else []
        files = {
            "file_name": each([file_name(log.path) for log in logs], "text"),
            "folder": each([log.path.parent.name for log in logs], "text"),
            "folder_path": each([folder_path(log) for log in logs], "text"),
            **columns_of(beside, keys_named(self._texts)),
        }
        columns, raw = self._compiled(shape, files), {name: column(name, kind) for name, kind in shape.columns}
        body = self.body
        missing = [name for name in REQUIRED[body.kind] if name not in columns]
        if missing:
            raise MapError(
                f"[columns] lacks {missing[0]!r}, which a map of kind {body.kind!r} needs", place=str(self.path), fix="add it"
            )
        chosen = list(raw) if body.tags == ["*"] else body.tags
        unknown = [name for name in chosen if name not in raw]
        if unknown:
            raise MapError(
                f"tags names {unknown[0]!r}, which is no column of the file",
                place=str(self.path),
                fix=f"use one of {', '.join(raw)}",
            )
        known = {name: found for name, found in columns.items() if not name.startswith("metric:")}
        keep = self._expression("filter.keep", body.filter.keep, self._scope(shape, files, columns)) if body.filter else None
        tags = tuple((name, raw[name].sql) for name in chosen)
        tags += tuple((name.removeprefix("tag:"), found.sql) for name, found in columns.items() if name.startswith("tag:"))
        rest = {name for values in beside for name in values} - keys_named(self._texts)
        told = columns_of(beside, rest)
        tags += tuple((f"config.{name}", told[f"config.{name}".lower()].sql) for name in sorted(rest))
        named = {name: found for name, found in known.items() if not name.startswith("tag:")}
        values = self._in_units(self._values(columns, shape), self._scope(shape, files, columns))
        stated = frozenset(body.units.fractions if body.units else ())
        return Part(body.kind, relation, named, values, keep, tags, stated=stated)

    def _in_units(self, values: tuple[Value, ...], scope: dict[str, Expression]) -> tuple[Value, ...]:
        units = self.body.units
        values = with_errors(from_columns(values, units.fractions if units else ()))
        if units is None:
            return values
        if names := unsaid(values, units.fractions):
            fix = f"call its column 'metric:{names[0]}', or remove it"
            raise MapError(f"[units] {names[0]} applies to no metric of the map", place=str(self.path), fix=fix)
        percent = [name for name, unit in units.fractions.items() if unit == "percent"]
        values = with_errors(in_percent(value, percent) for value in values)
        if units.loss is None:
            return values
        if names := no_loss(values):
            fix = "call its column 'metric:loss', or remove [units]"
            raise MapError(f"[units] loss applies to no metric: the map has {', '.join(names)}", place=str(self.path), fix=fix)
        size = units.bytes_per_token
        known = self._expression("units.bytes_per_token", size, scope) if isinstance(size, str) else None
        return tuple(in_unit(values, units.loss, known if isinstance(size, str) or size is None else constant(float(size))))

    def _values(self, columns: dict[str, Expression], shape: Shape) -> tuple[Value, ...]:
        split, task = columns.get("split", constant("")), columns.get("task", constant(""))
        many = {}
        for name, kind in shape.columns:
            found = next((found for metrics in self.body.metrics if (found := metrics.of(name))), None)
            if found:
                many["metric:{}@{}/{}".format(*found)] = column(name, kind)
        wide = wide_values({**many, **columns}, split, task)
        if self.body.kind == "measurements" and not wide:
            missing = [name for name in ("metric", "value") if name not in columns]
            if missing:
                raise MapError(
                    f"[columns] has neither 'metric:NAME' nor {missing[0]!r}",
                    place=str(self.path),
                    fix="a map of measurements needs one",
                )
            return (Value(columns["metric"], split, task, columns["value"]),)
        return wide

    def _compiled(self, shape: Shape, files: dict[str, Expression]) -> dict[str, Expression]:
        done: dict[str, Expression] = {}
        for name, value in self.body.constants.items():
            self._known(name, "constants")
            done[name] = constant(value)
        for name, text in self.body.columns.items():
            self._known(name, "columns")
            found = self._expression(f"columns.{name}", text, self._scope(shape, files, done))
            if len(found.sql) > LONGEST_SQL:
                raise MapError(
                    f"key 'columns.{name}' has {len(found.sql)} characters when the columns it names are written out",
                    place=str(self.path),
                    fix=f"at most {LONGEST_SQL} are read: name fewer of them",
                )
            done[name] = found
        return done

    def _scope(self, shape: Shape, files: dict[str, Expression], done: dict[str, Expression]) -> dict[str, Expression]:
        """What an expression may name: columns of the file, else canonical ones above it, else its row, place and settings."""
        scope = {"row_number": Expression("lawbook_row", "number"), **files}
        scope |= {name.lower(): Expression(f"({found.sql})", found.kind, found.numbers) for name, found in done.items()}
        return scope | {name.lower(): column(name, kind) for name, kind in shape.columns}

    def _expression(self, key: str, text: str, scope: dict[str, Expression]) -> Expression:
        plain = next((found for found in scope.values() if found.sql == quote(text)), None)
        if plain:
            return plain
        try:
            return compile_expression(text, scope)
        except ExpressionError as error:
            raise MapError.at(f"{self.path}: key {key!r}", error) from error

    def _known(self, name: str, where: str) -> None:
        kind = self.body.kind
        allowed = (
            set(TABLES[kind].names) if kind in ("pools", "pool_members") else {*RUNS, *MEASUREMENTS} - {"run_key", "namespace"}
        )
        plain = name.removeprefix("run:")
        if plain not in allowed and not name.startswith(("metric:", "tag:")):
            known, hint = ", ".join(sorted(allowed)), meant(name, allowed)
            raise MapError(
                f"[{where}] has the unknown key {name!r}{hint}",
                place=str(self.path),
                fix=f"use one of {known}, metric:NAME or tag:NAME",
            )


def read_map(path: Path) -> Map:
    """The map in that file; a MapError names file, key and fix."""
    try:
        text = text_of(path)
        body = _body(text)
    except ValidationError as error:
        message, fix = explained(error, MapFile)
        raise MapError(message, place=str(path), fix=fix) from error
    except (OSError, ValueError) as error:
        message, fix = unread(error)
        raise MapError(message, place=str(path), fix=fix) from error
    return Map(path, body, hashlib.sha256(text.encode()).hexdigest()[:16])


@lru_cache(maxsize=1000)
def _body(text: str) -> MapFile:
    """A refit reads each map twice, for its files and for its goals."""
    return MapFile.model_validate(toml(text))


@lru_cache(maxsize=1000)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Where any of the file patterns matches; of a map that is read twice they are translated once."""
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns) or r"(?!)")


class MapBook:
    """All maps of a home; a bad map is an error of its own and stops no other."""

    def __init__(self, home: Home) -> None:
        self.errors: list[MapError] = []
        self.levels = [self._read(home.maps), self._read(home.project_maps)]
        self._any = [re.compile("|".join(item.pattern.pattern for item in level) or r"(?!)") for level in self.levels]
        self._beside = {item.body.beside for level in self.levels for item in level}

    def _read(self, folder: Path) -> list[Map]:
        found = []
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else []:
            try:
                found.append(read_map(path))
            except MapError as error:
                self.errors.append(error)
        return found

    def is_beside(self, path: Path, given: Path | None = None) -> bool:
        """Whether a map reads that file with a log beside it."""
        if given and _beside_of(given) == path.name:
            return True
        if path.name not in self._beside:  # asked of every file at every look
            return False
        maps = [item for level in self.levels for item in level if item.body.beside == path.name]
        return bool(maps) and any(item.matches(other) for other in path.parent.iterdir() if other != path for item in maps)

    def find(self, path: Path, given: Path | None = None) -> Sequence[Map]:
        """The maps for a file: the given one, else the one beside it, else those of the home that match, else the project's."""
        beside = f"{path}.map.toml"
        if given or os.path.exists(beside):  # noqa: PTH110  # asked of every file at every look: a Path would cost more than the look
            return [read_map(given or Path(beside))]
        for level, some in zip(self.levels, self._any, strict=True):
            if some.match(str(path)) and (found := [item for item in level if item.matches(path)]):
                return found
        return []


def _beside_of(given: Path) -> str:
    """What a given map reads beside logs; of one that cannot be read, nothing: its error is told where a log is read with it."""
    try:
        return read_map(given).body.beside
    except MapError:
        return ""


def file_name(path: Path) -> str:
    """The file's name without what says its format: `a.measurements.csv.gz` is `a`, `p6_olr0.5_H5.out` is `p6_olr0.5_H5`."""
    name = plain_name(path.name)
    return NATIVE.sub("", name)
