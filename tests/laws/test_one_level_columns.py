"""What a law says of a column that all runs have at one value is its own word: no such fit is clean."""

import numpy as np
import polars as pl
import pytest
from noise_free import observed

from pipeline.errors import FitError
from pipeline.fitting import fit
from pipeline.fitting.effort import REPLAY
from pipeline.laws import laws

CASES = [(name, column) for name, law in laws.items() if not law.pooled and len(law.columns) > 1 for column in law.columns]


def held(name: str, column: str) -> pl.DataFrame:
    """Noise-free runs of a law, all of which have one value of a column."""
    frame = observed(laws[name])
    middle = float(np.sort(frame[column].to_numpy())[frame.height // 2])
    return frame.filter(pl.col(column) == middle) if (frame[column] == middle).sum() > 12 else _at(name, frame, column, middle)


def _at(name: str, frame: pl.DataFrame, column: str, value: float) -> pl.DataFrame:
    law = laws[name]
    from pipeline.laws.engine.compile import compiled
    from pipeline.laws.engine.rows import rows_from_frame

    moved = frame.with_columns(pl.lit(value).alias(column))
    theta = np.array([[float(law.example[p.name]) for p in law.parameters]])  # type: ignore[arg-type]  # shared: numbers
    return moved.with_columns(value=pl.Series(compiled(law).value(theta, rows_from_frame(law, moved))[0]))


@pytest.mark.parametrize(("name", "column"), CASES)
def test_no_fit_that_moves_a_one_level_column_is_clean(name: str, column: str) -> None:
    try:
        found = fit(laws[name], held(name, column), draws=0, effort=REPLAY)
    except FitError:
        return
    assert found.grade != "clean"
