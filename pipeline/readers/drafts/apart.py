"""What tells the runs of one unknown table apart: a name, or the settings of curves whose steps come again."""

import re
from collections.abc import Iterable, Mapping, Sequence

from pipeline.readers.drafts.drafted_counts import quoted
from pipeline.readers.drafts.first_rows import numbers


def several_each(values: Sequence[str]) -> bool:
    """Whether a name has several values, each in several rows: a kind of run, and no run."""
    return 1 < len(set(values)) <= len(values) / 2


def curves_apart(
    values: Mapping[str, Sequence[str]], metrics: Iterable[str], amounts: Iterable[str], step: str | None
) -> list[str]:
    """Columns by which a table whose steps come again holds several curves: those of text, then settings until no step does.

    `metrics` are columns that measure; `amounts` are expressions of amounts, whose columns of text are no names.
    """
    steps, measured = values.get(step or "", ()), {*metrics, step}
    if len(set(steps)) == len(steps):
        return []
    left = [name for name in values if name not in measured and len(values[name]) == len(steps) and several_each(values[name])]
    apart = [name for name in left if not numbers(values[name]) and not reads(amounts, name)]
    for name in left:
        before, after = (len(set(zip(steps, *(values[key] for key in kept), strict=True))) for kept in (apart, [*apart, name]))
        if before < after and _along_steps(values[name], steps):
            apart.append(name)
    return apart


def _along_steps(values: Sequence[str], steps: Sequence[str]) -> bool:
    """Whether each value has half of all steps or more: a setting of a curve, and nothing that changes along one."""
    each: dict[str, set[str]] = {}
    for value, step in zip(values, steps, strict=True):
        each.setdefault(value, set()).add(step)
    return min(map(len, each.values())) >= max(len(set(steps)) / 2, 2)


def reads(expressions: Iterable[str], name: str) -> bool:
    """Whether one of the expressions reads the column."""
    whole = re.compile(rf'(?<![\w"]){re.escape(quoted(name))}(?![\w"])')
    return any(whole.search(text) for text in expressions)
