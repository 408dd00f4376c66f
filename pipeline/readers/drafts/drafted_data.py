"""Amounts of a run that follow from others of its table: tokens from a budget of compute, the length of sequences from steps."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from pipeline.readers.drafts.drafted_counts import BATCH_TOKENS, WITH_LETTER, column_of, drafted_counts, quoted
from pipeline.readers.drafts.first_rows import numbers
from pipeline.readers.names import MULTIPLES, RUN_COLUMNS

Values = Mapping[str, Sequence[str]]
STEPS = ("step", "steps", "global_step", "iter", "iters", "iteration", "iterations", "epoch", "epochs")
"""Words that say how long a run was."""
LEAST_RATIO = 1e-2
"""The least tokens a parameter of a run: FLOP that leave less are not those of its training."""
BUDGET = " / (6 * "
"""What stands between a budget of compute and a size where an expression is the tokens that it leaves."""
NEARLY = 1.02
"""Amounts whose ratio varies less are one amount in two units: of sequences the last one may be shorter."""
COUNTED = re.compile(r'(?P<name>[^\W\d]\w*|"(?:[^"]|"")+")(?: \* (?P<factor>\de\d+))?')
LETTERED = re.compile(r'CASE WHEN (?P<name>[^\W\d]\w*|"(?:[^"]|"")+") LIKE ')
"""Amounts as they are drafted: a column, or one times a multiple; a column whose values have letters behind them."""
MORE = 1.5
"""A batch whose sequences have fewer tokens is counted in tokens."""


def drafted_amounts(values: Values) -> dict[str, str]:
    """The columns of runs that a table says, and those that follow from them, as expressions."""
    found = drafted_counts(values)
    if _is_same_amount(found, values):
        del found["data_unique"]
    return _with_length(_with_tokens(_with_passes(_with_batch(found), values), values), values)


def _ratios(values: Values, *names: str) -> list[float]:
    """The first column over the product of the others, row by row; none where they have not all a number above 0 in each row."""
    columns = [_numbers_of(name, values) for name in names]
    if len({len(column) for column in columns}) != 1 or not all(value > 0 for column in columns for value in column):
        return []
    return [_quotient(*row) for row in zip(*columns, strict=True)]


def _numbers_of(expression: str, values: Values) -> list[float]:
    """What an amount comes to in each row; none where it is no column of numbers: plain, counted in millions, or like 125M."""
    found = COUNTED.fullmatch(expression) or LETTERED.match(expression)
    given = values.get(found["name"].strip('"').replace('""', '"'), ()) if found else ()
    if found and found.re is LETTERED:
        given = [_written_out(value) for value in given]
    factor = float(found.groupdict().get("factor") or 1) if found else 1.0
    return [value * factor for value in numbers(given)]


def _written_out(value: str) -> str:
    letter = WITH_LETTER.fullmatch(value)
    return f"{float(value.removesuffix(letter['of'])) * MULTIPLES[letter['of'].lower()]}" if letter else value


def _quotient(above: float, *below: float) -> float:
    for value in below:
        above /= value
    return above


def _alike(ratios: Sequence[float]) -> bool:
    """Whether the ratios of several rows are one number."""
    return len(ratios) > 1 and max(ratios) / min(ratios) < NEARLY


def _is_same_amount(found: Mapping[str, str], values: Values) -> bool:
    """Whether what is loosely called a training set is what was seen in another unit: sequences beside their tokens."""
    if not {"data_seen", "data_unique"} <= {*found} or column_of(found["data_unique"].strip('"'), RUN_COLUMNS)[0]:
        return False
    ratios = _ratios(values, found["data_seen"], found["data_unique"])
    several = len(set(values.get(found["data_seen"].strip('"'), ()))) > 1
    return several and _alike(ratios) and min(ratios) > 1


def _with_tokens(found: dict[str, str], values: Values) -> dict[str, str]:
    """The tokens that a budget of compute leaves to a size, C = 6 N D, where the table says nothing of data."""
    if {"data_seen", "data_unique"} & {*found} or not {"params", "flops"} <= {*found}:
        return found
    ratios = _ratios(values, found["flops"], found["params"], found["params"])
    if ratios and min(ratios) / 6 > LEAST_RATIO:
        found["data_seen"] = f"{found['flops']}{BUDGET}{found['params']})"
    return found


def _with_length(found: dict[str, str], values: Values) -> dict[str, str]:
    """The length of a sequence, where steps of a batch of them come to the data that the table says, in every row."""
    if "sequence_length" in found or not {"batch_size", "data_seen"} <= {*found}:
        return found
    for steps in _counted_steps(values):
        ratios = _ratios(values, found["data_seen"], found["batch_size"], steps)
        if _alike(ratios):
            whole = f"round({found['data_seen']} / ({found['batch_size']} * {quoted(steps)}))"
            found["sequence_length"] = whole if min(ratios) > MORE else "1"
            break
    return found


def _counted_steps(names: Collection[str]) -> Iterator[str]:
    return (name for name in names if _last(name) in STEPS and not _last(name).startswith("epoch"))


def _last(name: str) -> str:
    return re.split(r"[./_]", name)[-1].lower()


def _with_passes(found: dict[str, str], names: Collection[str]) -> dict[str, str]:
    """What a run sees of a training set whose size the table says: all of it in each epoch; once where it says no more."""
    seen = found.get("data_unique", "") if not {"data_seen", "flops"} & {*found} else ""
    if seen and ("epochs" in found or not any(_last(name) in STEPS for name in names)):
        found["data_seen"] = f"{seen} * {found['epochs']}" if "epochs" in found else seen
    return found


def _with_batch(found: dict[str, str]) -> dict[str, str]:
    """A batch of tokens as sequences of the length that the table says, else of one token each."""
    if tokens := found.pop(BATCH_TOKENS, ""):
        found.setdefault("sequence_length", "1")
        found.setdefault("batch_size", tokens if found["sequence_length"] == "1" else f"{tokens} / {found['sequence_length']}")
    return found
