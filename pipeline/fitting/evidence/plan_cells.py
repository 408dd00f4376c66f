"""Where a plan will ask: the cells at which a fit is graded, and the parts of a law that vanish there are told."""

from __future__ import annotations

import numpy as np

from pipeline.laws.engine.rows import Rows

FURTHER = 10.0
"""Plan cells lie at the largest runs, and where every growing column is this much larger."""


def plan_cells(rows: Rows) -> Rows:
    """The eight observations of the largest budget, as they are and with params, data_seen and flops ten times as large."""
    growing = ("params", "data_seen", "data_planned", "flops", *(("data_unique",) if _all_fresh(rows) else ()))
    grows = [n for n in growing if n in rows.columns]
    score = np.sum([np.log(np.maximum(rows.columns[n], 1e-300)) for n in grows], axis=0) if grows else np.arange(rows.n)
    top = np.argsort(-score, kind="stable")[:8]
    near = rows.take(top)
    columns = {n: np.concatenate([v, v * (FURTHER if n in grows else 1.0)]) for n, v in near.columns.items()}
    members = {n: np.concatenate([v, v]) for n, v in near.members.items()} if near.members is not None else None
    return Rows(columns, members, rows.pools, 2 * near.n)


def _all_fresh(rows: Rows) -> bool:
    """Whether no observation repeats its data: then a larger one does not either."""
    if not {"data_unique", "data_seen"} <= set(rows.columns):
        return False
    return bool((rows.columns["data_seen"] <= 1.01 * rows.columns["data_unique"]).all())
