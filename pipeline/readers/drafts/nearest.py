"""A text log that no reader knows: which formats it resembles, and a draft of the map that would read its lines."""

import json
import re
from collections import Counter
from pathlib import Path

from pipeline.readers import READERS
from pipeline.readers.drafts.nearest_table import match_of
from pipeline.readers.formats.printed.console import VALUE
from pipeline.readers.formats.textlogs import plain_lines
from pipeline.readers.settings import run_by_place

NUMBER = re.compile(rf"(?<![\w.]){VALUE}")
WORD = re.compile(r"[a-z]+")
SPLITS = {
    "train": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "eval": "validation",
    "test": "test",
}
PLACE = re.compile(rf"(?P<name>(?:(?:{'|'.join(SPLITS)})\s+)?[A-Za-z][\w/.-]*)(?P<gap>\s*[:=|]\s*|\s+)(?P<value>{VALUE})")
LOSSES = {"nll", "ce", "xent", "cross_entropy", "crossentropy"}
"""What a loss is called beside a name with the word itself."""
STEPS = ("step", "steps", "iter", "iteration", "global_step", "batch", "it")
DRAFT = "a draft of its map, which `lawbook new --maps` saves in maps/ of the home:"
FEWEST, MOST = 2, 3
"""Lines of one shape that make it a log; formats that are named."""


def nearest_formats(path: Path, head: bytes) -> str:
    """Which formats a text log resembles, in words; empty of no text."""
    near = nearest(plain_lines(path, head) or [])
    return f"the nearest formats are {', '.join(near)}" if near else ""


def line_draft(path: Path, head: bytes) -> str:
    """A map with `pattern` where lines say a step and a loss; empty where none do."""
    pattern = _pattern(plain_lines(path, head) or [])
    return _map(path, *pattern) if pattern else ""


def nearest(lines: list[str]) -> list[str]:
    """The formats whose lines share most words with these, at most three, the nearest first."""
    words = {word for line in lines for word in WORD.findall(line.lower())}
    logs = [reader for reader in READERS if reader.says.startswith("lines ")]
    shared = {reader.name: len(words & set(WORD.findall(reader.says.lower()))) for reader in logs}
    return [name for name, count in Counter(shared).most_common(MOST) if count]


def _pattern(lines: list[str]) -> tuple[str, str, list[str]] | None:
    """An expression for the most frequent shape of lines that say a step and a loss: with the step's group, and the losses'."""
    shapes = Counter(NUMBER.sub("#", line).strip() for line in lines)
    for shape, count in shapes.most_common():
        line = next(line for line in lines if NUMBER.sub("#", line).strip() == shape)
        fields = list(PLACE.finditer(line))
        step = next((found for found in fields if found["name"].lower() in STEPS), None)
        losses = [found for found in fields if _is_loss(found["name"].lower())]
        if count >= FEWEST and step and losses:
            groups = {_group(found["name"]): found for found in (step, *losses)}
            used = sorted(groups.items(), key=lambda item: item[1].start())
            pattern = ".*?".join(_part(group, found) for group, found in used)
            return pattern, _group(step["name"]), [group for group in groups if group != _group(step["name"])]
    return None


def _is_loss(name: str) -> bool:
    """Whether it says a loss, with or without its split: `val_nll`, `eval/ce`."""
    return "loss" in name or "_".join(word for word in re.split(r"[\s_./-]+", name) if word not in SPLITS) in LOSSES


def _part(group: str, found: re.Match[str]) -> str:
    """A named number; what stands between name and number, and how many blanks, may differ."""
    sign = found["gap"].strip()
    gap = rf"\s*{re.escape(sign)}\s*" if sign else r"\s+"
    name = r"\s+".join(map(re.escape, found["name"].split()))
    return rf"\b{name}{gap}(?P<{group}>[-+\w.]+)"


def _group(name: str) -> str:
    return re.sub(r"\W", "_", name).lower()


def _map(path: Path, pattern: str, step: str, losses: list[str]) -> str:
    named = {loss: next((SPLITS[word] for word in loss.split("_") if word in SPLITS), "train") for loss in losses}
    columns = [f'"metric:loss@{split}" = "{loss}"' for loss, split in named.items()]
    return "\n".join(
        [
            'kind = "measurements"',
            f"match = {json.dumps(match_of(path), ensure_ascii=False)}",
            f"pattern = '{pattern}'",
            "[columns]",
            f'run_id = "{run_by_place(path)}"',
            f'step = "{step}"',
            *columns,
        ]
    )
