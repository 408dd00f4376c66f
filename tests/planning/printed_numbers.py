"""Printed numbers, read back: what each says to its digits, and whether a cell of the published rows behind it says the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.schema import TABLES

Row = Mapping[str, Any]
NUMBER = re.compile(
    r"(?<![\w.,/-])-?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?"
    r"(?P<scale> [kMBT]\b)?(?P<unit> %| FLOP\b|×| (?:second|minute|hour|day)s\b)?"
)
SCALES = {" k": 1e3, " M": 1e6, " B": 1e9, " T": 1e12}
HOURS = {" seconds": 1 / 3600, " minutes": 1 / 60, " hours": 1.0, " days": 24.0}
SPOKEN = ("more than 99 %", "less than 0.1 %", "less than 0.01", "90 % interval", " by 5 %")
"""Words for a number that is not written out, the level of every interval, and what next runs must bring to be worth it."""
ALLOWED = re.compile(r"chance allows \d+ to \d+")
ANY = ("the axis's", "the column's")


@dataclass(frozen=True)
class Printed:
    """A number as it stands in a text, half a unit of its last digit, and what follows: "%", "FLOP", "×", "hours", ""."""

    text: str
    value: float
    half: float
    unit: str

    def says(self, number: float) -> bool:
        """Whether a number printed to these digits is this one, or is it without its sign: "0.02 worse" is a gain of -0.02."""
        return abs(abs(number) - abs(self.value)) <= self.half * (1 + 1e-6) + 1e-12 * abs(number)

    def fits(self, unit: str, number: float) -> bool:
        """Whether it is a cell of this number and unit (of `cells_of`)."""
        if self.unit == "%":
            return not unit and self.says(100 * number)
        kinds = {"FLOP": ("FLOP", "any"), "hours": ("hours",), "×": ("times",)}.get(self.unit, ("", "amount", "any"))
        return unit in kinds and self.says(number)


def printed(text: str, names: Iterable[str] = ()) -> list[Printed]:
    """The numbers of a text that are no parts of names. The first end of a range has the scale and unit of the second;
    ends in brackets are FLOP where the number before them is."""
    for name in (*SPOKEN, *sorted({name for name in names if any(letter.isdigit() for letter in name)}, key=len, reverse=True)):
        text = text.replace(name, "_")
    text = ALLOWED.sub("_", text)
    matches = list(NUMBER.finditer(text))
    found: list[Printed] = []
    for place, match in enumerate(matches):
        after = matches[place + 1] if place + 1 < len(matches) else None
        ranged = after is not None and text[match.end() : after.start()] in ("–", " to ")
        scale = match["scale"] or (after["scale"] if after and ranged else None)
        unit = match["unit"] or (after["unit"] if after and ranged else None)
        if unit is None and place and text[matches[place - 1].end() : match.start()] in (" (", "–"):
            unit = {"FLOP": " FLOP"}.get(found[-1].unit)
        found.append(_read(match, scale, unit or ""))
    return found


def _read(match: re.Match[str], scale: str | None, unit: str) -> Printed:
    digits = match[0].removesuffix(match["unit"] or "").removesuffix(match["scale"] or "").replace(",", "")
    mantissa, _, power = digits.partition("e")
    last = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2])) * SCALES.get(scale or "", 1.0)
    value = float(digits) * SCALES.get(scale or "", 1.0)
    rounded = len(mantissa) > 2 and mantissa[-1] == "0" and "." not in mantissa and not scale and "," not in match[0]
    half = 0.5 * last * (10.0 ** (len(mantissa) - 2) if rounded and mantissa[2:].strip("0") == "" else 1.0)
    times = HOURS.get(unit, 1.0)
    return Printed(match[0], value * times, half * times, "hours" if unit in HOURS else unit.strip())


def unfounded(text: str, table: str, rows: Iterable[Row]) -> list[str]:
    """The numbers of a text that no cell of the rows says."""
    rows = list(rows)
    cells = [cell for row in rows for cell in cells_of(table, row)]
    names = [name for row in rows for name in _texts(row)]
    return [each.text for each in printed(text, names) if not any(each.fits(unit, number) for unit, number in cells)]


def cells_of(table: str, row: Row) -> Iterator[tuple[str, float]]:
    """Every number of a row, with its unit: "FLOP", "hours", "times" the runs, "amount" of what has another unit,
    "" of what has none and may be a share, and "any" where an axis says it."""
    for name, value in row.items():
        base = name.removesuffix("_low").removesuffix("_high")
        column = next((TABLES[table][each] for each in (name, base) if each in TABLES[table].names), None)
        unit = "" if column is None else column.unit
        if isinstance(value, list | tuple):
            yield "amount", float(len(value))
        for number in _numbers(value):
            if name == "interval_reduction":
                yield "", number - 1
            if name == "distance":
                yield "times", 10.0**number
            elif name == "accelerator_hours" or base == "days" or name == "deadline_days":
                yield "hours", number * (1 if name == "accelerator_hours" else 24)
            elif unit.startswith("FLOP"):
                yield "FLOP" if ";" not in unit else "any", number
            else:
                yield "any" if unit in ANY or name == "given" else unit and "amount", number


def _numbers(value: object) -> Iterator[float]:
    if isinstance(value, Mapping):
        yield from _numbers([each for key, each in value.items() if key != "key"])
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _numbers(each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
