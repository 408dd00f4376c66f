"""Which intervention on the data is better at the asked size and data: filters, deduplication, rewriting, each a cohort.

An intervention may move every constant of a law, so that rankings cross: no exponent ranks them, only the values at the asked
runs do ([plan] params and data_seen together). Draws of the two cohorts are independent: draw i of one is paired with draw i of
the other.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.budgets import declared
from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.questions.sizes.compute_optimal import answers
from pipeline.planning.ranking import wins
from pipeline.planning.setting import Setting

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG001 - a plan's signature
    """Nothing: one cohort alone has no other to be ranked against. See `compare`."""
    return pl.DataFrame()


def compare(
    fit: Fit, other_fit: Fit, study: Study, frame: pl.DataFrame, other_frame: pl.DataFrame, other_cohort: str
) -> pl.DataFrame:
    """plan_interventions: one row an asked run; nothing where the study does not name both params and data_seen."""
    setting, other = Setting(fit, study, frame), Setting(other_fit, study, other_frame)
    sizes, amounts = declared(setting, "params"), declared(setting, "data_seen")
    if sizes is None or amounts is None:
        return pl.DataFrame()
    params, seen = (np.array(side) for side in zip(*product(sizes, amounts), strict=True))
    run = {"params": params, "data_seen": seen}
    distances = [side.distance_of(run, len(params)) for side in (setting, other)]
    value, theirs = (side.value(side.estimate, None, **run)[0] for side in (setting, other))
    drawn = [_drawn(side, run, seed) for seed, side in enumerate((setting, other))]
    gap = chance = None
    if drawn[0] is not None and drawn[1] is not None:
        count = min(len(drawn[0]), len(drawn[1]))
        gap = drawn[1][:count] - drawn[0][:count]
        chance = wins(drawn[1][:count], drawn[0][:count], setting.measured)
    return table(
        {
            "distance": np.maximum(*distances),
            "other_cohort": [other_cohort] * len(params),
            "params": params,
            "data_seen": seen,
            "metric": [setting.metric] * len(params),
            **estimated("value", value, drawn[0]),
            **estimated("other_value", theirs, drawn[1]),
            **estimated("excess", theirs - value, gap),
            "probability_other_wins": chance,
            "message": [None] * len(params),
        },
        {"message": pl.String, "other_cohort": pl.String},
    )


def _drawn(setting: Setting, run: dict[str, Array], seed: int) -> Array | None:
    """Draws of the values with the law's own error, which is drawn apart for each cohort: it need not be wrong of both alike."""
    if setting.draws is None:
        return None
    normal = np.random.default_rng([seed, 11]).standard_normal((len(setting.draws), 1))
    return setting.fit.erring(setting.value(setting.draws, None, **run), setting.law_error(**run) * normal)


PLAN = Plan("plan_interventions", answers, build, "Which intervention on the data is better at the asked size and data?", compare)
