"""Files of one folder that belong together: many of one kind, and several of one run, like its result, settings and history."""

import re
from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path

from pipeline.readers.drafts.first_rows import first_rows
from pipeline.readers.names import SPLITS
from pipeline.readers.reader import plain_name
from pipeline.readers.settings import STEMS
from pipeline.readers.shape import Refused

MOST_LISTED, MOST_READ = 2000, 20
"""Files of a folder whose names are looked at, and whose columns."""
ALIKE = 0.8
"""Files that share this part of their columns are of one kind."""
MOST_ENDS = 4
"""Ends of names that a pattern lists."""
TAIL = re.compile(r"(?P<run>.+)(?P<tail>[_.-][A-Za-z][A-Za-z]+)")


def tail_of(path: Path) -> str:
    """What a file's name says of its part in a run: `_history` of `a_history.csv` beside `a.json` or `a_config.json`; else empty.

    A split is one only beside another: `a_train.csv` and `a_val.csv` are two curves of a run, `a.csv` and `a_train.csv` two runs.
    """
    stem = plain_name(path.name)
    found = TAIL.fullmatch(stem)
    if found is None:
        return ""
    stems = {plain_name(other.name) for other in islice(path.parent.iterdir(), MOST_LISTED)} - {stem}
    tails = [other["tail"] for name in stems if (other := TAIL.fullmatch(name)) and other["run"] == found["run"]]
    splits = {SPLITS.get(tail[1:].lower(), "") for tail in tails}
    if own := SPLITS.get(found["tail"][1:].lower()):
        return found["tail"] if splits - {own, ""} else ""
    return found["tail"] if found["run"] in stems or "" in splits else ""


def split_of(path: Path) -> str:
    """The split that a file holds of its run, where another file beside it holds another one; else empty."""
    return SPLITS.get(tail_of(path)[1:].lower(), "")


def pattern_of_kin(path: Path, values: Mapping[str, Sequence[str]]) -> str | list[str]:
    """A pattern of the names of the files beside it that have its columns, and of no other; empty where it has no kin."""
    beside = [
        other
        for other in islice(path.parent.iterdir(), MOST_LISTED)
        if other.suffix == path.suffix and other != path and other.is_file() and other.stem not in STEMS
    ]
    alike = {other for other in beside[:MOST_READ] if _alike(values, other)}
    unlike = {other.name for other in beside[:MOST_READ]} - {other.name for other in alike}
    for ends in _ends(path.suffix, [path, *alike], tail_of(path)) if alike else ():
        patterns = [f"*{escaped(end)}{escaped(path.suffix)}" if end != DIGIT else f"*{end}{escaped(path.suffix)}" for end in ends]
        if not any(fnmatch(name, pattern) for name in unlike for pattern in patterns):
            return patterns[0] if len(patterns) == 1 else patterns
    return ""


DIGIT = "[0-9]"


def _ends(suffix: str, kin: Sequence[Path], tail: str) -> list[Collection[str]]:
    """Ends of names that may tell files of a kind from others, the plainest first."""
    stems = [other.name.removesuffix(suffix) for other in kin]
    last = sorted({"".join(re.findall(r"[_.-][^_.-]+$", stem)) for stem in stems})
    found: list[Collection[str]] = [[tail]] if tail else [[""]]
    found += [[DIGIT]] if all(stem[-1:].isdigit() for stem in stems) else []
    return [*found, *([last] if all(last) and len(last) <= MOST_ENDS else [])]


def _alike(values: Mapping[str, Sequence[str]], other: Path) -> bool:
    try:
        names = set(first_rows(other))
    except Refused:
        return False
    return len(names & set(values)) >= ALIKE * len(names | set(values))


def escaped(text: str) -> str:
    """The text with the signs escaped that a pattern would read."""
    return re.sub(r"([*?[])", r"[\1]", text)
