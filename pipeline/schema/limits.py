"""What column `outside` of a plan says: a limit that a row leaves, and the one place that writes and reads its form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Whose = Literal["the runs", "the law's paper"]
HAS: dict[Whose, str] = {"the runs": "have", "the law's paper": "has"}
CLOSE = 0.005
"""Decades beyond the largest run that are no distance: a budget is written in few digits."""
SHARE_OF = "share of "
"""How the column of a pool's share begins."""
_RANGE = re.compile(
    rf"(?P<column>.+) (?P<value>\S+): (?P<whose>{'|'.join(HAS)}) (?:have|has) (?P<low>\S+) to (?P<high>\S+)", re.DOTALL
)
_UNLIKE = re.compile(r"(?P<column>metric|data_unit) (?P<logged>.+): the law is of (?P<law>.+)", re.DOTALL)


@dataclass(frozen=True)
class Beyond:
    """A value outside the range of the fitted runs or of the law's paper: "params 7e+10: the runs have 1e+07 to 1e+09"."""

    column: str
    value: float
    whose: Whose
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.column} {self.value:.3g}: {self.whose} {HAS[self.whose]} {self.low:.3g} to {self.high:.3g}"


@dataclass(frozen=True)
class Unlike:
    """A study that measures otherwise than the law, or counts its data otherwise: "metric error: the law is of loss"."""

    column: Literal["metric", "data_unit"]
    logged: str
    law: str

    def __str__(self) -> str:
        return f"{self.column} {self.logged}: the law is of {self.law}"


def limit(text: str) -> Beyond | Unlike:
    """The limit that an entry of `outside` says. Raises ValueError for a text of another form."""
    if found := _RANGE.fullmatch(text):
        value, low, high = (float(found[name]) for name in ("value", "low", "high"))
        return Beyond(found["column"], value, found["whose"], low, high)  # type: ignore[arg-type]  # no other words match
    if found := _UNLIKE.fullmatch(text):
        return Unlike(found["column"], found["logged"], found["law"])  # type: ignore[arg-type]  # no other words match
    raise ValueError(f"{text!r} names no limit of a plan")
