"""An observation at which a law has no value is left out and named; the others are fitted as if it were not there."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import fit
from pipeline.laws import laws
from pipeline.study.no_value import reasons
from pipeline.study.observations import without_needs

SWEEP = [(n, d) for n in (1e7, 1e8, 1e9) for d in (1e8, 1e9, 1e10)]


def frame(*extra: tuple[float, float]) -> pl.DataFrame:
    points = [*SWEEP, *extra]
    loss = [1.8 + 400 / n**0.34 + 2000 / max(d, 1.0) ** 0.37 for n, d in points]
    wobble = 1 + 0.003 * np.cos(7 * np.arange(len(points)))
    return pl.DataFrame(
        {
            "run_key": [f"r{i}" for i in range(len(points))],
            "run_id": [f"run {i}" for i in range(len(points))],
            "cohort": [""] * len(points),
            "params": [n for n, _ in points],
            "data_seen": [d for _, d in points],
            "value": loss * wobble,
            "used": [True] * len(points),
            "reason": [None] * len(points),
        },
        schema_overrides={"reason": pl.String},
    )


@pytest.mark.parametrize("name", ["chinchilla", "gadre", "skaling", "power_law"])
def test_an_evaluation_before_training_is_left_out_and_named(name: str) -> None:
    seen = without_needs(laws[name], frame((1e8, 0.0)))
    assert seen["used"].to_list() == [True] * len(SWEEP) + [False]
    assert seen["reason"][-1] == f"data_seen = 0, where {name} has no value"


def test_the_fit_is_that_of_the_other_observations_to_the_bit() -> None:
    law = laws["chinchilla"]
    with_it = fit(law, without_needs(law, frame((1e8, 0.0))), draws=20)
    without = fit(law, without_needs(law, frame()), draws=20)
    assert with_it.parameters == without.parameters


def test_no_law_is_without_a_value_at_its_own_example() -> None:
    for name, law in laws.items():
        row = pl.DataFrame({column: [law.example[column]] for column in law.columns if column in law.example})
        assert set(reasons(law, row).to_list()) <= {None}, name
