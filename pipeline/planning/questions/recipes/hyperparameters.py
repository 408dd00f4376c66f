"""Which learning rate and batch the next run should have, at the plan's sizes and data.

From laws of the settings themselves (powers of size, data, compute or loss, fitted to the winners of a sweep), or from a law of
the loss that reads them (a valley), where it is least. Batch in sequences is batch in tokens over the usual sequence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.planning.budgets import declared
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Fitted, Plan, estimated, join_notes, table
from pipeline.planning.questions.sizes import compute_optimal
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.minimum import minimise
from pipeline.study.reductions import response_of

if TYPE_CHECKING:
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

RATE, BATCH, TOKENS, CRITICAL = "peak_lr", "batch_size", "batch_tokens", "critical_batch"
VALLEY = {RATE, BATCH}
REACH = 3.0
"""Decades around the middle of the runs in which the bottom of a valley is sought."""
ROUNDS = 12
"""Turns of rate and batch in which the bottom of a valley is found: each halves what the turn before left, and more."""
TWICE = "The batch is the critical one: it takes twice the fewest steps and twice the least data."
Found = dict[str, tuple[Array, Array | None]]
"""Setting -> its best value at each size (m,), and in each draw (draws, m)."""


def answers(law: Law) -> bool:
    """Laws of a learning rate or a batch, and laws that read both."""
    return law.response in (RATE, BATCH, TOKENS, CRITICAL) or set(law.columns) >= VALLEY


def gather(study: Study, fits: Sequence[Fitted]) -> pl.DataFrame:
    """plan_hyperparameters: one row for each cohort, size and amount of data."""
    parts = [_of_cohort(study, [one for one in fits if one.cohort == cohort]) for cohort in dict.fromkeys(f.cohort for f in fits)]
    parts = [part for part in parts if part.height]
    return pl.concat(parts, how="diagonal_relaxed") if parts else pl.DataFrame()


def _of_cohort(study: Study, fits: Sequence[Fitted]) -> pl.DataFrame:
    settings = [Setting(one.fit, study, one.rows) for one in fits]
    of = {response_of(study, s.law): s for s in settings if s.law.response in (RATE, BATCH, TOKENS, CRITICAL)}
    critical = of.pop(CRITICAL, None)
    if critical is not None and not {BATCH, TOKENS} & set(of):
        of[TOKENS] = critical
    valley = next((s for s in settings if set(s.law.columns) >= VALLEY), None)
    first = of.get(RATE) or valley or of.get(TOKENS) or of.get(BATCH)
    if first is None:
        return pl.DataFrame()
    size = next((s for s in settings if compute_optimal.answers(s.law) and s.metric == study.metric), None)
    params, data, about = _sizes(first, size)
    columns = {"params": params, "data_seen": data, **_loss(size, of.values(), params, data)}
    found: Found = {} if valley is None else _bottom(valley, columns)
    found |= {name: _values(setting, columns) for name, setting in of.items()}
    batch = of.get(TOKENS) or of.get(BATCH)
    about = join_notes(about, _of_loss(size, columns), TWICE if batch is not None and batch is critical else None)
    return _rows(first, batch, columns, found, about)


def _sizes(setting: Setting, size: Setting | None) -> tuple[Array, Array, str | None]:
    """Size and data of the next runs: the plan's, the compute-optimal ones of its budgets, or the largest run's."""
    named = declared(setting, "params"), declared(setting, "data_seen")
    flops = declared(setting, "flops")
    if named[0] is not None and named[1] is not None:
        grid = np.meshgrid(named[0], named[1], indexing="ij")
        return grid[0].ravel(), grid[1].ravel(), None
    if flops is not None and size is not None:
        params = compute_optimal.optimum(size, size.estimate, flops)[0][0]
        known = np.isfinite(params)
        return (
            params[known],
            (flops / (TRAINING_FLOP * params))[known],
            f"Size and data are the compute-optimal ones of {size.law.name}.",
        )
    largest_size, largest_data = setting.largest("params"), setting.largest("data_seen")
    params = named[0] if named[0] is not None else np.array([largest_size or np.nan])
    data = named[1] if named[1] is not None else np.array([1.0, 10.0]) * (largest_data or np.nan)
    grid = np.meshgrid(params, data, indexing="ij")
    return grid[0].ravel(), grid[1].ravel(), None


def _loss(size: Setting | None, settings: Iterable[Setting], params: Array, data: Array) -> dict[str, Array]:
    """The loss that the run will reach, for laws of a batch that read it; the lowest that they have seen where no law says it."""
    if size is not None:
        return {"loss": size.value(size.estimate, None, params=params, data_seen=data)[0]}
    seen = [loss for setting in settings if "loss" in setting.law.columns for loss in setting.logged("loss")]
    return {"loss": np.full(len(params), min(seen))} if seen else {}


def _of_loss(size: Setting | None, columns: dict[str, Array]) -> str | None:
    """Of which loss a batch is, where no law of the study says what the run will reach."""
    if size is not None or "loss" not in columns:
        return None
    return f"The batch is that of loss {columns['loss'][0]:.3g}, the lowest of the points: no law of the study gives the run's."


def _values(setting: Setting, columns: dict[str, Array]) -> tuple[Array, Array | None]:
    """What a law of a setting gives, with its own error in the draws."""
    given = {name: values for name, values in columns.items() if name != "loss" or "loss" in setting.law.columns}
    value = setting.value(setting.estimate, None, **given)[0]
    drawn = None if setting.draws is None else setting.value(setting.draws, None, **given)
    return value, setting.with_law_error(drawn, setting.law_error(**given))


def _bottom(setting: Setting, columns: dict[str, Array]) -> Found:
    """Rate and batch at which a valley is least, each in turn with the other held."""
    best = _descend(setting, columns, setting.estimate)
    drawn = None if setting.search_draws is None else _descend(setting, columns, setting.search_draws)
    return {name: (best[name][0], None if drawn is None else drawn[name]) for name in (RATE, BATCH)}


def _descend(setting: Setting, columns: dict[str, Array], theta: Array) -> dict[str, Array]:
    count = len(columns["params"])
    sign = setting.measured.sign
    middle = {name: np.full(count, np.exp(np.log(setting.logged(name)).mean())) for name in (RATE, BATCH)}
    at: dict[str, Array] = {name: np.broadcast_to(values, (len(theta), count)) for name, values in middle.items()}
    read = {name: values for name, values in columns.items() if name != "loss"}
    for turn in range(ROUNDS):
        name, other = ((BATCH, RATE), (RATE, BATCH))[turn % 2]

        def value(x: Array, name: str = name, other: str = other) -> Any:
            return sign * setting.value(theta, None, **{**read, name: x, other: at[other]})

        at[name] = np.asarray(minimise(value, middle[name], decades=REACH)[0])
    return at


def _rows(setting: Setting, batch: Setting | None, columns: dict[str, Array], found: Found, about: str | None) -> pl.DataFrame:
    params, data = columns["params"], columns["data_seen"]
    flops = TRAINING_FLOP * params * data
    sequence = setting.runs["sequence_length"].median() if "sequence_length" in setting.runs.columns else None
    if sequence is not None:
        found = _both_batches(found, float(sequence))  # type: ignore[arg-type]  # a median of numbers
    nothing = (np.full(len(params), np.nan), None)
    missing = [
        words
        for name, words in ((RATE, "learning rate"), (TOKENS, "batch"))
        if not {name, BATCH if name == TOKENS else name} & set(found)
    ]
    note = f"No law of the study gives the best {' or '.join(missing)}." if missing else None
    other = batch.law.name if batch is not None and batch.law.name != setting.law.name else None
    return table(
        {
            "fit_id": [setting.fit.fit_id] * len(params),
            "distance": setting.distance("flops", flops) if setting.largest("flops") else setting.distance("data_seen", data),
            "flops": flops,
            "params": params,
            "data_seen": data,
            **{key: value for name in (RATE, BATCH, TOKENS) for key, value in estimated(name, *found.get(name, nothing)).items()},
            "batch_law": [other] * len(params),
            "message": [join_notes(about, note, _beyond(setting, found, i)) for i in range(len(params))],
        },
        {"batch_law": pl.String, "message": pl.String},
    )


def _both_batches(found: Found, sequence: float) -> Found:
    """The batch in sequences and in tokens, from whichever is known."""
    for known, other, times in ((TOKENS, BATCH, 1 / sequence), (BATCH, TOKENS, sequence)):
        if known in found and other not in found:
            value, drawn = found[known]
            return {**found, other: (value * times, None if drawn is None else drawn * times)}
    return found


def _beyond(setting: Setting, found: Found, place: int) -> str | None:
    """Which settings lie outside those that were swept: there the next sweep should go."""
    outside = []
    for name in (RATE, BATCH):
        swept = setting.logged(name)
        if name in found and swept.size and np.isfinite(x := found[name][0][place]) and not swept.min() <= x <= swept.max():
            outside.append(f"{name} from {swept.min():.3g} to {swept.max():.3g}")
    return f"That is outside what was swept: {' and '.join(outside)}." if outside else None


def build(*_given: object) -> pl.DataFrame:
    """Nothing: the question is about all fits of a study together. See `gather`."""
    return pl.DataFrame()


PLAN = Plan(
    "plan_hyperparameters", answers, build, "Which learning rate and batch should the next run have?", gather=gather, judges=False
)
