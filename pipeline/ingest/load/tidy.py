"""Names as they are meant: without blanks around them, and a known metric in the case in which it is known.

Of measurements they are looked at series by series, and their rows read again only where one is not so.
"""

from dataclasses import replace

from pipeline.expressions.expression import Expression
from pipeline.readers.parts import Part, Value
from pipeline.schema import RUNS, TABLES
from pipeline.schema.metrics import METRICS
from pipeline.store.statements import Fragment, literal

KNOWN = Fragment(", ".join(map(literal, METRICS)))


class UntidyNames(Exception):
    """A series is named with blanks around, or is a known metric in another case."""


def tidied(part: Part) -> Part:
    """The part with every name as it is meant."""
    texts = {*RUNS, "split", "task"} if part.kind in ("runs", "measurements") else {*TABLES[part.kind].names}
    columns = {
        name: _trimmed(source) if name.removeprefix("run:") in texts and source.kind in ("raw", "text") else source
        for name, source in part.columns.items()
    }
    return replace(part, columns=columns, values=tuple(map(_named, part.values)), tidy=True)


def _named(value: Value) -> Value:
    labels = {name: source if name in value.constants else _trimmed(source) for name, source in value.labels.items()}
    metric = labels["metric"]
    if "metric" not in value.constants:
        known = f"CASE WHEN lower({metric.sql}) IN ({KNOWN}) THEN lower({metric.sql}) ELSE {metric.sql} END"
        metric = Expression(known, "text", metric.numbers)
    return replace(value, metric=metric, split=labels["split"], task=labels["task"])


def _trimmed(source: Expression) -> Expression:
    return Expression(f"trim(CAST({source.sql} AS VARCHAR))", "text", source.numbers)
