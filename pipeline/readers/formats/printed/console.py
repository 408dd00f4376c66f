"""What trainers print: lines that say a step and what was measured there, one declaration a trainer (see consoles.py)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.readers.formats.textlogs import has_line, text_lines
from pipeline.readers.names import frame
from pipeline.readers.reader import Reader, Tables
from pipeline.readers.restarts import standing

VALUE = r"[-+]?(?:\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?[KMBT]?|(?i:nan|inf))\b"
"""A number as trainers print it: 1.2E+00, 11,534,336, 480B, nan, and NAN where 1.2E+00 has its E."""
SUFFIXES = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
ASIDE = ("samples", "tokens", "batches", "samples_before", "tokens_before")
"""Fields that say how much data was consumed: in samples or tokens, and in batches, samples or tokens before this batch."""
Amounts = Mapping[str, Any]
Point = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """A kind of line. Its groups are `step` (absent: the last one, 0 before any), `of` (steps of the whole run), and the fields.

    columns: what becomes of a field: a column, or `samples` or `tokens`. Fields are groups of the pattern or, with `fields`
    (groups name and value), stand anywhere behind the place; with `beneath` on the lines that follow. A `shared` line
    is printed by others too: alone it does not show whose log it is.
    """

    pattern: re.Pattern[str]
    columns: Mapping[str, str]
    fields: re.Pattern[str] | None = None
    beneath: bool = False
    shared: bool = False


def as_logged(point: Point, said: Amounts) -> float | None:
    """Tokens as the line says them, or its samples times the sequence length that the log says."""
    samples, length = point.get("samples"), said.get("sequence_length")
    return point.get("tokens") or (samples * length if samples is not None and length else None)


def by_batch(point: Point, said: Amounts) -> float | None:
    """Steps times the tokens of a batch: exact where the line itself rounds; else as the line says."""
    batch = said.get("batch_tokens") or said.get("batch_size", 0) * said.get("sequence_length", 0)
    return point["step"] * batch if batch and point.get("step") is not None else as_logged(point, said)


def before_the_batch(point: Point, _said: Amounts) -> float | None:
    """Tokens of a log that says those of the batches before this one, of which this one is taken to be the mean."""
    if not point.get("batches"):
        return None
    samples, tokens = (point.get(f"{unit}_before") for unit in ("samples", "tokens"))
    if samples is not None:
        point["samples"] = samples * point["step"] / point["batches"]
    return tokens * point["step"] / point["batches"] if tokens else None


@dataclass(frozen=True)
class Console:
    """How a trainer prints.

    settings: lines whose groups are columns of the run, `of` or `batch_tokens`. closed: its last words. data: what was consumed
    at a point, from the line and what the log says. held: columns whose value is printed again until there is a new one.
    rates: lines of their own that say the learning rate of a step (groups step and lr).
    """

    name: str
    says: str
    lines: tuple[Line, ...]
    settings: tuple[re.Pattern[str], ...] = ()
    closed: re.Pattern[str] | None = None
    data: Callable[[Point, Amounts], float | None] = as_logged
    held: tuple[str, ...] = ()
    rates: re.Pattern[str] | None = None

    def reader(self) -> Reader:
        """The reader of that console's logs."""
        known = re.compile("|".join(re.sub(r"\?P<\w+>", "?:", line.pattern.pattern) for line in self.lines if not line.shared))
        return Reader(f"{self.name} log", has_line(known), self.read, says=self.says)

    def read(self, path: Path, run: str) -> Tables:
        """Where a restart goes back in steps, what it logs stands; the data consumed follow from what the log says of a batch."""
        said: dict[str, Any] = {}
        points = list(self._points(path, said))
        self._drop_held(points)
        for point in points:
            point["data_seen"] = self.data(point, said)
            if point["step"] in said.get("rates", {}):
                point.setdefault("lr", said["rates"][point["step"]])
        in_samples = all(point["data_seen"] is None for point in points) and any("samples" in point for point in points)
        records = [self._record(point, run, in_samples) for point in points]
        stands, replaced = standing(records)
        return Tables(
            runs=frame([self._run(run, said, stands, in_samples)]), measurements=frame(stands), replaced=frame(replaced)
        )

    def _points(self, path: Path, said: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """A point a line that holds a value, in the order of the log; fills `said`."""
        last: int | None = None
        open_point: dict[str, Any] = {}
        open_line: Line | None = None
        for number, text in text_lines(path):
            line, found = self._match(text)
            if line is None or found is None:
                more = self._fields(open_line, text) if open_line else {}
                open_point.update(more)
                if not more:
                    self._settings(text, said)
                continue
            if open_line:
                last = _place(open_point)
                yield from _whole(open_point)
            groups = found.groupdict()
            last = last if groups.get("step") is None else int(amount(groups["step"]) or 0)
            if groups.get("of"):
                said["of"] = int(groups["of"].replace(",", ""))
            point = {"row_number": number, "step": last or 0, **self._values(line, groups, text[found.end() :])}
            open_line, open_point = (line, point) if line.beneath else (None, {})
            if not line.beneath:
                yield from _whole(point)
        if open_line:
            last = _place(open_point)
            yield from _whole(open_point)
        said["last"] = last

    def _drop_held(self, points: list[dict[str, Any]]) -> None:
        """A value that is only printed again belongs to the line that had it first."""
        for name in self.held:
            before = None
            for point in points:
                value = point.get(name)
                if value is not None and value == before:
                    del point[name]
                before = value if value is not None else before

    def _match(self, text: str) -> tuple[Line | None, re.Match[str] | None]:
        found = ((line, match) for line in self.lines if (match := line.pattern.search(text)))
        return next(found, (None, None))

    def _values(self, line: Line, groups: Mapping[str, str | None], rest: str) -> dict[str, float | None]:
        if line.fields is None:
            return {line.columns[name]: amount(value) for name, value in groups.items() if name in line.columns and value}
        return {} if line.beneath else self._fields(line, rest)

    def _fields(self, line: Line, text: str) -> dict[str, float | None]:
        found = (
            {} if line.fields is None else {each["name"].strip().lower(): each["value"] for each in line.fields.finditer(text)}
        )
        return {line.columns[name]: amount(value) for name, value in found.items() if name in line.columns}

    def _settings(self, text: str, said: dict[str, Any]) -> None:
        for pattern in self.settings:
            if found := pattern.search(text):
                said.update({name: amount(value) for name, value in found.groupdict().items() if value})
        if self.rates and (found := self.rates.search(text)):
            said.setdefault("rates", {})[int(found["step"])] = amount(found["lr"])
        if self.closed and self.closed.search(text):
            said["closed"] = True

    def _record(self, point: dict[str, Any], run: str, in_samples: bool) -> dict[str, Any]:
        seen = point.get("samples") if in_samples else point["data_seen"]
        return {"run_id": run, **{name: value for name, value in point.items() if name not in ASIDE}, "data_seen": seen}

    def _run(self, run: str, said: Mapping[str, Any], stands: list[dict[str, Any]], in_samples: bool) -> dict[str, Any]:
        aside = ("of", "last", "closed", "batch_tokens", "rates")
        seen = max((record["data_seen"] for record in stands if record["data_seen"] is not None), default=None)
        ended = said.get("of") is not None and said["last"] is not None and said["last"] >= said["of"]
        return {
            **{name: value for name, value in said.items() if name not in aside},
            "run_id": run,
            "status": "finished" if ended or said.get("closed") else "running",
            "data_seen": seen,
            "data_unit": ("sample" if in_samples else "token") if seen is not None else None,
        }


def _place(point: Point) -> int:
    """The step of a point beneath whose line everything is read: the batch behind those that it says were before."""
    if point.get("batches") is not None:
        point["step"] = int(point["batches"]) + 1
    return int(point["step"])


def _whole(point: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The point, where it holds a value."""
    if any(name.startswith("metric:") for name in point):
        yield point


def amount(text: str | None) -> float | None:
    """A printed number as one."""
    if text is None:
        return None
    plain = text.replace(",", "")
    return float(plain[:-1]) * SUFFIXES[plain[-1]] if plain[-1:] in SUFFIXES else float(plain)
