"""The rules by which columns that no log holds are made from what logs hold. One rule may give several columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.study.derived.batches import noise_scale
from pipeline.study.derived.beside import Named, named, values_beside
from pipeline.study.derived.knowledge import measured_bits
from pipeline.study.derived.logs import RunLogs
from pipeline.study.derived.members import column_or_tag
from pipeline.study.derived.pass_rates import rate_of
from pipeline.study.derived.rates import rates_of, steps_each
from pipeline.study.derived.schedules import annealing_area, drop_members
from pipeline.study.derived.sizes import averages, steps

DROPS = "members of drops"
"""The column with the falls of the learning rate, as a law of drops reads them in the place of pools."""
DROP = ("lr_drop", "lr_after", "lr_since")


@dataclass(frozen=True)
class Rule:
    """Columns that are made, what a run must say for it, and how: rows of a study and their logs -> those columns."""

    gives: tuple[str, ...]
    needs: str
    make: Callable[[pl.DataFrame, RunLogs], Mapping[str, pl.Series]]
    reads_metrics: bool = False
    """Whether it reads what runs logged beside the study's metric, so that a change there is a change of the study."""


def _annealing(rows: pl.DataFrame, logs: RunLogs) -> Mapping[str, pl.Series]:
    """s1, the area under the rate; s2, the decayed momentum of its falls; and the falls themselves."""
    s1, s2, drops = np.full(rows.height, np.nan), np.full(rows.height, np.nan), [None] * rows.height
    for (key,), own in rows.with_row_index("place").group_by("run_key", maintain_order=True):
        run = own.row(0, named=True)
        each = steps_each(run)
        at = pl.coalesce("step", pl.col("data_seen") / each) if each else pl.col("step")
        known = own.with_columns(at.cast(pl.Float64).round().alias("at")).drop_nulls("at").filter(pl.col("at") >= 1)
        last = int(known["at"].max() or 0)  # type: ignore[arg-type]  # steps are numbers
        found = rates_of(run, logs.rates.get(str(key)), last) if known.height else None
        if found is None:
            continue
        place, step = known["place"].to_numpy(), known["at"].cast(pl.Int64).to_numpy()
        area, gained = annealing_area(found.lr, warmup=found.warmup)
        s1[place], s2[place] = area[step - 1], gained[step - 1]
        for p, members in zip(place, drop_members(found.lr, step)["members"].to_list(), strict=True):
            drops[p] = members
    kind = pl.List(pl.Struct({"pool": pl.String, "share": pl.Float64, "unique": pl.Float64, **dict.fromkeys(DROP, pl.Float64)}))
    return {
        "s1": pl.Series("s1", s1).fill_nan(None),
        "s2": pl.Series("s2", s2).fill_nan(None),
        DROPS: pl.Series(DROPS, drops, dtype=kind),
    }


def _plain(name: str, expression: pl.Expr) -> Callable[[pl.DataFrame, RunLogs], Mapping[str, pl.Series]]:
    """A column that other columns of the row give."""
    return lambda rows, _: {name: rows.select(expression.cast(pl.Float64).alias(name)).to_series()}


def _task_loss(rows: pl.DataFrame, logs: RunLogs) -> Mapping[str, pl.Series]:
    """The loss of the study's own task: bits a byte where they were logged, else a loss."""
    name = next((name for name in ("bits_per_byte", "loss") if name in logs.metrics), "loss")
    return {"task_loss": values_beside(rows, logs, named(name), "task_loss")}


def _beside(rows: pl.DataFrame, logs: RunLogs, *names: str) -> list[pl.Series] | None:
    """Other metrics of the runs at their points; None where the runs do not have them all."""
    return [values_beside(rows, logs, named(name), name) for name in names] if set(names) <= set(logs.metrics) else None


def _noise(rows: pl.DataFrame, logs: RunLogs) -> Mapping[str, pl.Series]:
    """The gradient noise scale, which is the critical batch, from squared gradients at two batches."""
    norms = _beside(rows, logs, "grad_sq_small", "grad_sq_large")
    batches = [column_or_tag(rows, name).cast(pl.Float64, strict=False) for name in ("batch_small", "batch_large")]
    if norms is None:
        return {}
    values = [
        None if None in (small, large, *squares) else _scale(float(small), float(large), *map(float, squares))
        for small, large, *squares in zip(*batches, *norms, strict=True)
    ]
    return {"critical_batch": pl.Series("critical_batch", values, dtype=pl.Float64)}


def _scale(small: float, large: float, at_small: float, at_large: float) -> float | None:
    try:
        return noise_scale(small, large, [at_small], [at_large]).scale
    except FitError:  # one pair may be negative, and says nothing then
        return None


def _knowledge(rows: pl.DataFrame, logs: RunLogs) -> Mapping[str, pl.Series]:
    """Bits of biographies that a model holds, from its summed losses a person."""
    losses = _beside(rows, logs, "name_loss", "value_loss")
    people = column_or_tag(rows, "people").cast(pl.Float64, strict=False)
    if losses is None:
        return {}
    bits = [None if None in row else measured_bits(*map(float, row)) for row in zip(people, *losses, strict=True)]
    return {"knowledge_bits": pl.Series("knowledge_bits", bits, dtype=pl.Float64)}


def _pass_rate(rows: pl.DataFrame, logs: RunLogs) -> Mapping[str, pl.Series]:
    """The passing rate of one decode, without bias: from decodes until so many passes, or from a fixed number of decodes."""
    if not {"passes", "decodes"} <= set(logs.metrics):
        return {}
    passes, decodes = (_of_own_task(rows, logs, name) for name in ("passes", "decodes"))
    wanted = column_or_tag(rows, "passes_wanted").cast(pl.Float64, strict=False)
    rates = [
        None if passed is None or decoded is None else rate_of(passed, decoded, until)
        for passed, decoded, until in zip(passes, decodes, wanted, strict=True)
    ]
    return {"pass_rate": pl.Series("pass_rate", rates, dtype=pl.Float64)}


def _of_own_task(rows: pl.DataFrame, logs: RunLogs, name: str) -> pl.Series:
    """A metric beside each row, of the row's own task: studies of several benchmarks have one cohort each."""
    marked = rows.with_row_index("place")
    parts = [
        own.select("place").with_columns(values_beside(own, logs, Named(name, logs.split, task), name))
        for (task,), own in marked.group_by("task", maintain_order=True)
    ]
    return pl.concat(parts).sort("place")[name]


RULES: tuple[Rule, ...] = (
    Rule(
        ("s1", "s2", DROPS),
        "lr beside its steps, or lr_schedule, peak_lr, final_lr, warmup, batch_size and sequence_length",
        _annealing,
        reads_metrics=True,
    ),
    Rule(
        ("params_average",),
        "params_active along the run, or params",
        lambda rows, logs: {"params_average": averages(rows, logs)},
        reads_metrics=True,
    ),
    Rule(("task_loss",), "bits_per_byte or loss of its task", _task_loss, reads_metrics=True),
    Rule(
        ("critical_batch",),
        "grad_sq_small and grad_sq_large along the run, batch_small and batch_large",
        _noise,
        reads_metrics=True,
    ),
    Rule(("pass_rate",), "passes and decodes, and passes_wanted where decoding ended with the last of them", _pass_rate,
         reads_metrics=True),
    Rule(("knowledge_bits",), "name_loss, value_loss and people", _knowledge, reads_metrics=True),
    Rule(("step",), "step, or batch_size and sequence_length", lambda rows, _: {"step": steps(rows)}),
    Rule(("data_per_param",), "params and data_seen", _plain("data_per_param", pl.col("data_seen") / pl.col("params"))),
    Rule(("batch_tokens",), "batch_size and sequence_length",
         _plain("batch_tokens", pl.col("batch_size") * pl.col("sequence_length"))),
    Rule(("attempts",), "attempts as a column or tag, or as step", _plain("attempts", pl.col("step"))),
)  # fmt: skip
BY_COLUMN: dict[str, Rule] = {column: rule for rule in RULES for column in rule.gives}


def needs_in_words(column: str) -> str:
    """What a run must have logged for a column that a rule makes; empty for one that no rule makes."""
    rule = BY_COLUMN.get(column)
    return f" (it follows from {rule.needs})" if rule else ""
