"""Readings of a column that the runs never varied: that it does what the law says, and that it does nothing.

Both agree on every run, and no run can tell them apart; where a plan moves the column they are rivals. Half of such a law's draws
in a combination therefore leave the column at the value of the runs, so that intervals and probabilities carry both. Amounts that
a plan chooses (size, data) are not read in two ways: a law without them answers no question about them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.fitting.result import Fit
from pipeline.laws.engine.compile import CompiledLaw
from pipeline.laws.engine.rows import Rows
from pipeline.schema import SIZES

Array = np.ndarray
AMOUNTS = (*SIZES, "data_seen", "data_unique", "epochs", "flops", "step", "capability")


def unmoved(fit: Fit) -> dict[str, float]:
    """The columns that a fit reads in two ways, each with the one value that the runs have."""
    names = [name for name in fit.certificate.unknown_axes if name not in AMOUNTS]
    return {name: fit.largest[name] for name in names if name in fit.largest}


def in_words(columns: Mapping[str, float]) -> str:
    """What a certificate says of a law that is read in two ways."""
    said = " and ".join(f"{name} {value:.4g}" for name, value in columns.items())
    return f"the runs have {said} alone: half of the draws read it as the law does, half as if it changed nothing"


@dataclass(frozen=True)
class TwoReadings:
    """A law's functions, where some draws leave columns at the value of the runs."""

    law: CompiledLaw
    columns: Mapping[str, float]

    def value(self, theta: Array, rows: Rows, still: Array) -> Array:
        """Predicted response (batch, n); `still` (batch,) says which draws leave the columns where they were."""
        if not self.columns or not still.any():
            return self.law.value(theta, rows)
        held = Rows(
            {**rows.columns, **{name: np.full(rows.n, level) for name, level in self.columns.items()}},
            rows.members,
            rows.pools,
            rows.n,
        )
        out = np.empty((len(theta), rows.n))
        for draws, seen in ((~still, rows), (still, held)):
            use = np.flatnonzero(draws)
            if use.size:
                out[use] = self.law.value(theta[use], of_draws(seen, use, len(theta)))
        return out


def of_draws(rows: Rows, use: Array, batch: int) -> Rows:
    """The rows as some of the draws are asked them: a column may have a value for each draw, (batch, n)."""
    if all(values.ndim < 2 for values in rows.columns.values()):
        return rows
    columns = {
        name: values[use] if values.ndim == 2 and len(values) == batch else values for name, values in rows.columns.items()
    }
    return Rows(columns, rows.members, rows.pools, rows.n)
