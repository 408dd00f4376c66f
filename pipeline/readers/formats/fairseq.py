"""The log of fairseq's trainer: lines whose fields stand as JSON (`--log-format json`) or as text (`simple`).

Its losses are in bits: nats = bits * ln 2. Which of them is the cross-entropy says the perplexity beside it, 2 to its power; what
is minimised where that is another (label smoothing, experts) is `objective`, as logged. Lines `train_inner` are means since the
line before, lines `train`, and those without a label, means over the epoch. Tokens are the words a batch (`wpb`) times updates.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.readers.formats.textlogs import has_line, text_lines
from pipeline.readers.names import frame
from pipeline.readers.reader import Reader, Tables
from pipeline.readers.restarts import number, standing

LABEL = r"(?:\| (?P<tag>train_inner|train|valid\w*|test\w*) )?"
JSON_LINE = re.compile(r"\| (?P<tag>train_inner|train|valid\w*|test\w*) \| (?P<fields>\{.*num_updates.*\})\s*$")
EPOCH = r"\| epoch \d+(?::\s+\d+ / \d+ | \| (?:valid on '(?P<subset>[^']+)' subset \| )?)"
TEXT_LINE = re.compile(rf"{LABEL}{EPOCH}(?P<fields>.*\bnum_updates\b.*)$")
FIELD = re.compile(r"(?:^|[|,]\s*)(\w+)[= ]([^,|\s]+)")
KNOWN = re.compile(re.sub(r"\?P<\w+>", "?:", rf"{JSON_LINE.pattern}|{TEXT_LINE.pattern}"))
PARAMS = re.compile(r"num\. model params: ([\d,]+)")
CLOSED = re.compile(r"\| done training in [\d.]+ seconds")
ENTROPIES = ("nll_loss", "inner_loss", "loss")
"""Fields that may be the cross-entropy, where the perplexity says so."""
ROUNDED, PERPLEXITY_ROUNDED = 0.0006, 0.005
"""A loss is logged to three decimals, a perplexity to two or to six digits."""


@dataclass
class _Log:
    """What a log has said so far: tokens at the updates of its train_inner lines, and the words a batch of the last one."""

    run: dict[str, Any]
    words: float | None = None
    seen: list[tuple[int, float]] = field(default_factory=list)

    def add(self, step: int, words: float) -> None:
        """A train_inner line: words a batch since the one before; before the first line of a log those of the first."""
        self.seen = [at for at in self.seen if at[0] < step]
        self.words = words
        last, tokens = self.seen[-1] if self.seen else (0, 0.0)
        self.seen.append((step, tokens + words * (step - last)))

    def tokens(self, step: int) -> float | None:
        """Tokens after that many updates; None before any line said how many a batch has."""
        before = [at for at in self.seen if at[0] <= step]
        if self.words is None or not before:
            return None
        return before[-1][1] + self.words * (step - before[-1][0])


def _read(path: Path, run: str) -> Tables:
    log = _Log({"run_id": run, "status": "running"})
    found, replaced = standing(_records(path, log))
    seen = max((record["data_seen"] for record in found if record["data_seen"] is not None), default=None)
    log.run |= {"data_seen": seen, "data_unit": None if seen is None else "token"}
    return Tables(runs=frame([log.run]), measurements=frame(found), replaced=frame(replaced))


def _records(path: Path, log: _Log) -> Iterator[dict[str, Any]]:
    for row, line in text_lines(path):
        if found := PARAMS.search(line):
            log.run["params"] = int(found[1].replace(",", ""))
        elif CLOSED.search(line):
            log.run["status"] = "finished"
        elif point := _point(line):
            tag, fields = point
            step = int(fields["num_updates"])
            if tag == "train_inner" and (words := number(fields.get("wpb"))):
                log.add(step, words)
            values = _values(tag, fields)
            if values:
                yield {
                    "row_number": row,
                    "run_id": log.run["run_id"],
                    "step": step,
                    "data_seen": log.tokens(step),
                    "lr": number(fields.get("lr")) if tag.startswith("train") else None,
                    **values,
                }


def _point(line: str) -> tuple[str, dict[str, Any]] | None:
    """The label of a line and its fields without that label before their names; None of a line that says no update."""
    if found := JSON_LINE.search(line):
        try:
            given = dict(json.loads(found["fields"]))
        except ValueError:
            return None
        tag, start = found["tag"], f"{found['tag']}_"
    elif found := TEXT_LINE.search(line):
        tag = found["tag"] or found["subset"] or "train"
        given, start = dict(FIELD.findall(found["fields"])), f"{tag}_"
    else:
        return None
    fields = {name.removeprefix(start): value for name, value in given.items()}
    step = number(fields.get("num_updates"))
    return (tag, {**fields, "num_updates": step}) if step is not None and step.is_integer() else None


def _values(tag: str, fields: Mapping[str, Any]) -> dict[str, float]:
    """The cross-entropy in nats, what is minimised where that is another value, and the norm of the gradient."""
    split = "train" if tag.startswith("train") else "test" if tag.startswith("test") else "validation"
    where = f"@{split}/{'' if tag in ('train_inner', 'train', 'valid', 'test') else tag}"
    mean = "_mean" if tag == "train" else ""
    logged = {name: value for name in ENTROPIES if (value := number(fields.get(name))) is not None}
    entropy = next((name for name, value in logged.items() if _is_entropy(value, number(fields.get("ppl")))), None)
    found = {} if entropy is None else {f"metric:loss{mean}{where}": logged[entropy] * math.log(2)}
    if "loss" in logged and entropy != "loss":
        found[f"metric:objective{mean}{where}"] = logged["loss"]
    norm = number(fields.get("gnorm"))
    return found | ({f"metric:grad_norm{mean}{where}": norm} if norm is not None else {})


def _is_entropy(bits: float, perplexity: float | None) -> bool:
    """Whether the perplexity is 2 to the power of these bits, as far as both are logged; of a diverged run both are no number."""
    if perplexity is None or not math.isfinite(perplexity) or not math.isfinite(bits):
        return perplexity is not None and not math.isfinite(perplexity) and not math.isfinite(bits)
    rounded = max(PERPLEXITY_ROUNDED, 5e-6 * perplexity)
    return perplexity > 0 and abs(math.log2(perplexity) - bits) <= ROUNDED + rounded / (perplexity * math.log(2))


ASKED = 150
READERS = (
    Reader(
        "fairseq log",
        has_line(KNOWN),
        _read,
        says="lines 'train_inner | {...}' and 'valid | {...}' with num_updates; a loss where the perplexity shows it, in nats",
    ),
)
