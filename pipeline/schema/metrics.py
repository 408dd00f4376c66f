"""What a metric is: whether less or more of it is better, which values it can take, its unit. The only place that says so.

A study declares `goal` and `range` for a metric that is not listed here. A quantity without a goal (a best learning rate, a size)
is predicted, but no plan ranks it: nobody wants it small or large for its own sake.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf

from pipeline.schema.column import Table, columns, text
from pipeline.schema.logs import MEASUREMENT, RUN_COLUMNS

GOALS = ("lower", "higher")
RANGES: dict[str, tuple[float, float]] = {"fraction": (0.0, 1.0), "positive": (0.0, inf), "any": (-inf, inf)}
"""Closed ranges of values that a metric can take."""


@dataclass(frozen=True)
class Metric:
    """One metric. goal is None for a quantity that is neither better low nor high; firm: no study may say otherwise."""

    name: str
    goal: str | None
    range: str
    unit: str
    meaning: str
    firm: bool = True

    @property
    def sign(self) -> float:
        """What its values are multiplied by so that less is better."""
        return -1.0 if self.goal == "higher" else 1.0

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest value that it can take."""
        return RANGES[self.range]


def _of(goal: str | None, range: str, *known: tuple[str, str, str], firm: bool = True) -> Iterable[Metric]:
    return [Metric(name, goal, range, unit, meaning, firm) for name, unit, meaning in known]


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        *_of(
            "lower",
            "positive",
            ("loss", "nats per token", "Cross-entropy"),
            ("bits_per_token", "bits per token", "Cross-entropy"),
            ("bits_per_byte", "bits per byte", "Cross-entropy"),
            ("nats_per_byte", "nats per byte", "Cross-entropy"),
            ("bits_per_character", "bits per character", "Cross-entropy"),
            ("perplexity", "", "Exponential of the cross-entropy"),
            ("excess_loss", "nats per token", "Loss above its floor"),
            ("task_loss", "nats per token", "Loss on the right answers of a benchmark"),
            ("brier", "", "Mean squared error of probabilities"),
            ("fid", "", "Fréchet inception distance"),
            ("word_error_rate", "", "Words inserted, deleted and substituted, over those spoken"),
            ("epoch_time", "s", "Time that one epoch takes"),
        ),
        *_of(
            "lower",
            "fraction",
            ("error", "fraction", "1 - accuracy"),
            ("false_positive_rate", "fraction", "Share of wrong answers that are accepted"),
        ),
        *_of("lower", "any", ("loss_unigram", "nats per token", "Loss less that of a unigram model")),
        *_of(
            "higher",
            "fraction",
            ("accuracy", "fraction", "Share of right answers"),
            ("pass_at_k", "fraction", "Share of tasks solved by one of k attempts"),
            ("majority_at_k", "fraction", "Share of tasks whose commonest answer of k attempts is right"),
            ("pass_rate", "fraction", "Share of attempts that pass"),
            ("f1", "fraction", "Harmonic mean of precision and recall"),
            ("auroc", "fraction", "Area under the receiver operating characteristic"),
            ("mfu", "fraction", "Share of the devices' dense peak that a run uses"),
            ("efficiency", "fraction", "Share of what is possible"),
        ),
        *_of(
            "higher", "positive", ("data_per_second", "data_unit / s", "Throughput"), ("knowledge_bits", "bits", "Facts stored")
        ),
        *_of(
            "higher",
            "any",
            ("score", "of the benchmark", "Score of a benchmark"),
            ("capability", "standard deviations", "Principal component of benchmark scores"),
            ("reward", "", "Reward"),
            ("relative_gain", "", "Gain over a baseline"),
            firm=False,
        ),
        *_of(
            None,
            "positive",
            ("batch_tokens", "tokens", "Batch size"),
            ("critical_batch", "tokens", "Batch beyond which more data a step save few steps"),
            ("data_per_param", "tokens per parameter", "Training data per parameter"),
            ("activations", "count", "Activations of one forward pass"),
            ("growth_data", "tokens", "Data before a model is grown"),
            ("params_vocabulary", "parameters", "Parameters of the vocabulary"),
        ),
        *_of(None, "fraction", ("sparsity", "fraction", "Share of zero weights")),
    )
}
"""Every metric that is known by its name. Columns of runs are quantities too (see `known`)."""
FRACTIONS = tuple(name for name, metric in METRICS.items() if metric.range == "fraction")
"""Metrics whose values lie between 0 and 1: a log may hold them in percent."""
QUANTITIES = {column.name for column in (*RUN_COLUMNS, *MEASUREMENT) if column.type in ("DOUBLE", "BIGINT")}
LOSSES = {metric.name: metric.unit for metric in METRICS.values() if metric.meaning == "Cross-entropy"}
"""Metrics that are the same quantity in different units: they never meet in one fit."""


def known(name: str) -> Metric | None:
    """What is known of a metric by its name alone; a column of runs is a quantity without a goal. None of other names."""
    quantity = Metric(name, None, "positive", "", "Column of runs") if name in QUANTITIES else None
    return METRICS.get(name, quantity)


def metric_of(name: str, goal: str | None = None, range: str | None = None) -> Metric:
    """The metric of a name, with what a study declares of it. Without either nothing is claimed: no goal, any value."""
    found = known(name) or Metric(name, None, "any", "", "", firm=False)
    return replace(found, goal=goal or found.goal, range=range or found.range)


METRIC_TABLE = Table(
    "metrics",
    "one metric: whether less or more of it is better, and which values it can take",
    columns(
        text("metric", "Name of the metric"),
        text("goal", "lower or higher: which values are better; NULL for a quantity that no plan ranks"),
        text("range", "fraction (0 to 1), positive or any: the values that it can take"),
        text("unit", "Unit of its values"),
        text("meaning", "What it measures, or the study that declares it"),
    ),
)
