"""Rows of a CSV log that a program appends to: headers that a restart wrote again, and rows that do not fit their header."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.readers.ends import UNENDED, is_open

TOO_MANY = "the row has {} cells, its header {}; write the longer header above it"


@dataclass
class CsvRows:
    """The rows of a file, each with its number, as a mapping from the header above it; and what is refused of it."""

    path: Path
    refused: list[dict[str, Any]] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Rows from 1. A row that names most columns of its header again is a header: a restart may log more."""
        text = self.path.read_text(encoding="utf-8-sig")
        whole = text
        if is_open(self.path):
            whole = text[: text.rfind("\n") + 1]
            if whole.strip():  # a header alone is whole enough to be told
                self._refuse(whole.count("\n"), "truncated", UNENDED, text[len(whole) :])
        header: list[str] = []
        rows = list(csv.reader(io.StringIO(whole, newline="")))
        if len(rows) > 1 and len(rows[-1]) < len(rows[0]) and not whole.endswith(("\n", "\r")):
            self._refuse(len(rows) - 1, "truncated", UNENDED, ",".join(rows.pop()))
        for number, cells in enumerate(rows):
            if not header or _names_again(cells, header):
                header = cells
            elif len(cells) > len(header):
                self._refuse(number, "too_many_columns", TOO_MANY.format(len(cells), len(header)), ",".join(cells))
            elif cells:
                yield number, dict(zip(header, cells, strict=False))

    def _refuse(self, number: int, reason: str, detail: str, raw: str) -> None:
        self.refused.append({"row_number": number, "reason": reason, "detail": detail, "raw": raw[:10_000]})


def _names_again(cells: list[str], header: list[str]) -> bool:
    return 2 * len({cell for cell in cells if cell} & set(header)) > len(header)
