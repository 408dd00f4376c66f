"""Every error that a person may see. Each names the value, the place and the fix."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Self

from pipeline.redaction import redacted


def meant(name: str, known: Iterable[str]) -> str:
    """ " (did you mean 'chinchilla'?)" where a known name begins so or is near, else nothing."""
    names = list(known)
    longer = [each for each in names if name and each.startswith(name.lower())]
    near = longer or get_close_matches(name.lower(), names, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


class LawbookError(Exception):
    """Base of all errors that Lawbook raises on purpose: what is wrong, where, and what to do about it. Holds no secret.

    LawbookError("params -3 is not positive", place="runs.csv, row 7", fix="correct the row"): as text the parts in that order.
    """

    between = "; "
    """What stands between message and fix."""

    def __init__(self, message: str = "", *, place: str = "", fix: str = "") -> None:
        self.message, self.place, self.fix = redacted(message), redacted(place), redacted(fix)
        super().__init__(self.text)

    @classmethod
    def at(cls, place: str, error: "LawbookError") -> Self:
        """What another error says, told of a place around its own: a predicate's in the key of a study."""
        return cls(error.what, place=place, fix=error.fix)

    @property
    def what(self) -> str:
        """Place and message: all but the fix."""
        return f"{self.place}: {self.message}" if self.place else self.message

    @property
    def text(self) -> str:
        """Place, message and fix as one text."""
        return f"{self.what}{self.between}{self.fix}" if self.fix else self.what


class Wrong(ValueError):
    """What a validator says of a value: what is wrong with it, and the fix, apart."""

    def __init__(self, message: str, *, fix: str) -> None:
        self.message, self.fix = message, fix
        super().__init__(f"{message}; {fix}")


class LawError(LawbookError):
    """A law is declared wrongly, or asked for something that its formula cannot give."""


class FitError(LawbookError):
    """A frame cannot be fitted: it lacks a column, has too few rows, or a value is impossible."""


class ConfigError(LawbookError):
    """config.toml is wrong; the message names file, key and fix."""


class ExpressionError(LawbookError):
    """An expression or predicate is not a pure one over known columns; the message names the part and the fix."""


class StudyError(LawbookError):
    """A study file is wrong; the message names file, key and fix."""


class MapError(LawbookError):
    """A map file is wrong; the message names file, key and fix."""


class ReaderError(LawbookError):
    """A file cannot be read by the reader that recognised it."""


class WarehouseError(LawbookError):
    """The store is locked, newer than this program, or damaged."""


class QueryError(LawbookError):
    """A query of a person does not run; the database's words point into its lines, so the fix stands on one of its own."""

    between = "\n"


class LockedError(WarehouseError):
    """Another process or program holds a file that is needed."""


class PlanError(LawbookError):
    """A plan is asked for something impossible."""


class ComputeError(LawbookError):
    """Heavy work cannot run where config.toml says."""


class HardwareError(LawbookError):
    """The hardware table is wrong, or has no such accelerator or dtype."""
