"""What any law predicts at the runs that a study names in [plan.response]."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipeline.planning.asked import asked
from pipeline.planning.plan import Plan, estimated, table
from pipeline.planning.setting import Setting

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

MAP = pl.List(pl.Struct({"key": pl.String, "value": pl.Float64}))
TEXTS = {
    "message": pl.String,
    "pools": pl.List(pl.String),
    "weights": pl.List(pl.Float64),
    "given": MAP,
    "inputs": MAP,
}


def every_law(law: Law) -> bool:  # noqa: ARG001 - the signature of all plans
    """All of them: the question names the columns."""
    return True


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_response: one row for each combination of the values that [plan.response] names."""
    setting = Setting(fit, study, frame)
    found = asked(setting, "response")
    if found is None:
        return pl.DataFrame()
    runs, _ = found
    value = runs.value(setting, setting.estimate)[0]
    distance = setting.distance_of(runs.run(setting), runs.count)
    drawn = None if setting.draws is None else runs.value(setting, setting.draws)
    return table(
        {
            "distance": distance,
            **runs.described(setting),
            **estimated("value", value, setting.with_law_error(drawn, runs.law_error(setting))),
            "message": [runs.message] * runs.count,
        },
        TEXTS,
    )


PLAN = Plan("plan_response", every_law, build, "What does the law predict at the runs that the study names?", judges=False)
