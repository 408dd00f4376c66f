"""Every error that a person may see. Each names the value, the place and the cure."""

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str]) -> str:
    """ " (did you mean 'chinchilla'?)" where a known name begins so or is near, else nothing."""
    names = list(known)
    longer = [each for each in names if name and each.startswith(name.lower())]
    near = longer or get_close_matches(name.lower(), names, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


class LawbookError(Exception):
    """Base of all errors that Lawbook raises on purpose."""


class LawError(LawbookError):
    """A law is declared wrongly, or asked for something that its formula cannot give."""


class FitError(LawbookError):
    """A frame cannot be fitted: it lacks a column, has too few rows, or a value is impossible."""


class ConfigError(LawbookError):
    """config.toml is wrong; the message names file, key and cure."""


class ExpressionError(LawbookError):
    """An expression or predicate is not a pure one over known columns; the message names the part and the cure."""


class StudyError(LawbookError):
    """A study file is wrong; the message names file, key and cure."""


class MapError(LawbookError):
    """A map file is wrong; the message names file, key and cure."""


class ReaderError(LawbookError):
    """A file cannot be read by the reader that recognised it."""


class WarehouseError(LawbookError):
    """The store is locked, newer than this program, or damaged."""


class PlanError(LawbookError):
    """A plan is asked for something impossible."""


class ComputeError(LawbookError):
    """Heavy work cannot run where config.toml says."""


class HardwareError(LawbookError):
    """The hardware table is wrong, or has no such accelerator or dtype."""
