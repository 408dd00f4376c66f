"""What fixed data are worth when compute is no limit: over model size, over ensemble members, and over both (Kim et al. 2025).

For laws of runs on one amount of unique data that read model size, members of an ensemble, or both and no data seen: their values
as size, members or both grow without end. A limit is a promise of the law's form: its interval, with the law error of the
largest run, is the plan's to be read first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.setting import Setting
from pipeline.schema import SIZES

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

ENDLESS = 1e60
"""Times the largest run: where a power law with an exponent of .1 has lost all but a millionth of its term."""
MEMBERS = "ensemble_members"
SIZE, ENSEMBLE, BOTH = "size", "ensemble", "size and ensemble"


def answers(law: Law) -> bool:
    """Laws of model size or ensemble members, or both, that see no data and no compute."""
    read = set(law.columns)
    return not law.pooled and bool(read & {*SIZES, MEMBERS}) and read <= {*SIZES, MEMBERS} and law.response in ("loss", "error")


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_data_limits: one row an axis that grows without end."""
    setting = Setting(fit, study, frame)
    sized, grouped = bool(set(setting.law.columns) & set(SIZES)), MEMBERS in setting.law.columns
    axes = [axis for axis, there in ((SIZE, sized), (ENSEMBLE, grouped), (BOTH, sized and grouped)) if there]
    largest = {"params": setting.largest("params"), MEMBERS: setting.largest(MEMBERS)}
    run = {name: [_end(axis, name, size) for axis in axes] for name, size in largest.items() if size is not None}

    def values(theta: Array) -> Array:
        return setting.value(theta, None, **{name: np.array(ends) for name, ends in run.items()})

    drawn = None if setting.draws is None else values(setting.draws)
    error = setting.law_error(**{name: np.full(len(axes), size) for name, size in largest.items() if size is not None})
    unique = (
        setting.runs["data_unique"].drop_nulls() if "data_unique" in setting.runs.columns else pl.Series([], dtype=pl.Float64)
    )
    one = float(unique[0]) if unique.n_unique() == 1 else None
    count = len(axes)
    return table(
        {
            "distance": [np.nan] * count,
            "axis": axes,
            "data_unique": [one] * count,
            "params": [None if axis != ENSEMBLE else largest["params"] for axis in axes],
            "members": [None if axis != SIZE else largest[MEMBERS] for axis in axes],
            "metric": [setting.metric] * count,
            **estimated("value", values(setting.estimate)[0], setting.with_law_error(drawn, error)),
            "message": [_message(unique)] * count,
        },
        {"message": pl.String, "params": pl.Float64, "members": pl.Float64},
    )


def _end(axis: str, column: str, largest: float) -> float:
    grows = axis == BOTH or (axis == SIZE) == (column == "params")
    return largest * ENDLESS if grows else largest


def _message(unique: pl.Series) -> str | None:
    """That limits of several amounts of data are mixed."""
    if unique.n_unique() > 1:
        return f'These runs have {unique.n_unique()} amounts of unique data; fit each alone: group_by = ["data_unique"].'
    return None


PLAN = Plan(
    "plan_data_limits", answers, build, "What are these data worth when compute is no limit, over size and over ensembles?"
)
