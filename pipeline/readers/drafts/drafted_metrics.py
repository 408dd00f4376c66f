"""What the columns of an unknown table measure, by what they are called: for drafts of maps, which a person reads first."""

import re
from collections.abc import Mapping, Sequence

from pipeline.readers.drafts.first_rows import numbers
from pipeline.readers.names import CAMEL, ENDS, METRICS, SPLITS, metric_column
from pipeline.schema import RUNS
from pipeline.schema.metrics import FRACTIONS
from pipeline.schema.metrics import METRICS as KNOWN

BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$|\s*%\s*$")
PERCENT = re.compile(r"%|\bpercent\b", re.IGNORECASE)
APART = re.compile(r"[\W_]")
PASSED = re.compile(r"(?P<task>.+?)[\s_/-]*pass[@_]?(?P<k>\d+)", re.IGNORECASE)
"""Pass@k of a named benchmark."""
SHOTS = re.compile(r"^(\d+)?-?shots?$")
ERRORS = {"wer", "cer", "err", "error"}
"""Words in the names of shares of which less is better: word, character and other error rates."""
FINAL = {"final", "last", "end"}
"""Words that say when a value was measured: where a run has one row, at its end."""
NO_RESULT = {"std", "stderr", "se", "scale", "weight", "coef", "coeff", "fn", "function", "type", "count", "items", "name"}
"""Words in names of what belongs to a metric and is none: its spread, its factor, how it is made."""
JUDGED = frozenset(name for name, metric in KNOWN.items() if metric.goal)
"""Metrics of which one end is better: the others are settings and amounts that laws answer, too."""
STATISTICS = {"mean", "min", "max", "ema", "smoothed", "smooth", "ma"}
"""Words at the end of what was made of a curve, and is no value of it."""
SUITES = (
    "mmlu mmlu_pro hellaswag arc_e arc_c arc_easy arc_challenge piqa siqa winogrande boolq openbookqa obqa lambada "
    "lambada_openai gsm8k math500 humaneval humaneval_plus mbpp mbpp_plus bbh triviaqa naturalqs commonsenseqa csqa copa "
    "truthfulqa agieval ceval cmmlu gpqa ifeval sciq squad imagenet imagenet1k cifar10 cifar100"
)
BENCHMARKS = frozenset(SUITES.split())
"""Benchmarks whose column is often called by their name alone: a share of right answers."""
MOST_OF_A_FRACTION = 1.5
"""A series of fractions that goes above it is in percent; up to it, it may be a fraction with a slip."""


def drafted_metrics(values: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The wide column `metric:NAME@SPLIT/TASK` of each column that is named like a metric and holds numbers; no column twice."""
    found: dict[str, str] = {}
    for name, given in values.items():
        column = _metric(name) if numbers(given) else None
        if column in found:
            column = f"{column.rpartition('/')[0]}/{'_'.join(_words(name))}"
        if column and column not in found:
            found[column] = name
    return found


def on_split(metrics: Mapping[str, str], split: str) -> dict[str, str]:
    """The metrics of a file that holds one split of its runs: those that name no split are of it."""
    parts = [(column.partition("@"), column.partition("@")[2].partition("/"), name) for column, name in metrics.items()]
    return {_column(kind[0].removeprefix("metric:"), own[0] or split, own[2]): name for kind, own, name in parts}


def _metric(name: str) -> str | None:
    """`metric:loss@validation/` for final_val_loss; None of a column that is no metric. A share in percent is an accuracy."""
    plain = BRACKETS.sub("", name)
    column = metric_column(plain).rstrip("/@")
    if column.removeprefix("metric:").partition("@")[0] in {*ENDS, *METRICS.values()}:
        return column
    if found := PASSED.fullmatch(plain):
        return _column("accuracy", "", "_".join([*_words(found["task"]), "pass", found["k"]]))
    words = _words(plain)
    if NO_RESULT & set(words) or not words:
        return None
    split = next((SPLITS[word] for word in words if word in SPLITS), "")
    said = [word for word in words if word not in SPLITS]
    whole = "_".join(said)
    if not split and whole in RUNS:
        return None
    if whole in FRACTIONS or (whole in JUDGED and not PERCENT.search(name)):
        return _column(whole, split, "")
    if not said or said[-1] in STATISTICS:
        return None
    for metric, task in ((said[-1:], said[:-1]), (said[-2:-1] if said[-1:] == ["norm"] else [], said[:-2]), (said[:1], said[1:])):
        if metric and metric[0] in {*ENDS, *METRICS, *ERRORS}:
            known = "error" if metric[0] in ERRORS else METRICS.get(metric[0], metric[0])
            return _column(known, split, "_".join(task) if metric[0] in {*ENDS, *METRICS} else whole)
    if said[-1] in JUDGED:
        return _column(said[-1], split, "_".join(said[:-1]))
    if "_".join(word for word in said if not SHOTS.fullmatch(word) and not word.isdigit()) in BENCHMARKS:
        return _column("accuracy", split, whole)
    return _column("error" if ERRORS & set(said) else "accuracy", split, whole) if PERCENT.search(name) else None


def is_result(name: str) -> bool:
    """Whether a name says both a split and a metric, so that its values were measured: whatever else stands in it."""
    words = {*_words(name)}
    return bool(words & {*SPLITS}) and bool(words & {*ENDS, *METRICS, *ERRORS})


def _words(name: str) -> list[str]:
    plain = BRACKETS.sub("", name)
    words = re.findall(r"[^\W_]+", (plain if APART.search(plain) else CAMEL.sub("_", plain)).lower())
    return [word for word in words if word not in FINAL] or words


def _column(metric: str, split: str, task: str) -> str:
    return f"metric:{metric}@{split}/{task}".rstrip("/@")


def percent_lines(metrics: Mapping[str, str], values: Mapping[str, Sequence[str]]) -> list[str]:
    """The unit of metrics whose columns all say, by name or by their numbers, that they are in percent; what nobody can know."""
    by_metric: dict[str, list[str]] = {}
    for column, name in metrics.items():
        by_metric.setdefault(column.removeprefix("metric:").partition("@")[0], []).append(name)
    shares = [
        metric for metric, names in by_metric.items() if metric in FRACTIONS and all(_percent(name, values) for name in names)
    ]
    note = "   # where less of it is better, call it error here and above; where it is no result, leave it out"
    guessed = {metric for metric in shares for name in by_metric[metric] if _metric(BRACKETS.sub("", name)) is None}
    return ["[units]", *(f'{metric} = "percent"{note * (metric in guessed)}' for metric in shares)] if shares else []


def _percent(name: str, values: Mapping[str, Sequence[str]]) -> bool:
    return bool(PERCENT.search(name)) or max(numbers(values.get(name, ())), default=0.0) > MOST_OF_A_FRACTION
