"""Which of several laws is chosen, and by what rule."""

from dataclasses import replace

import polars as pl
import pytest
from fitting_cases import sweep

from pipeline.errors import FitError
from pipeline.fitting import Fit, common_design, fit, select
from pipeline.fitting.evidence.certificate import Certificate
from pipeline.laws import laws


@pytest.fixture(scope="module")
def fits() -> list[Fit]:
    frame = sweep(40, 3)
    rivals = [laws[name] for name in ("power_law", "chinchilla")]
    blocks = common_design(rivals, frame)
    return [fit(law, frame, draws=64, design=blocks) for law in rivals]


def refused(one: Fit) -> Fit:
    return replace(one, certificate=Certificate(grade="refused"))


def test_the_law_that_forecasts_better_is_chosen_before_its_runner_up(fits: list[Fit]) -> None:
    found = select(fits)
    assert found.winner is fits[1]
    assert found.runner_up is fits[0]
    assert found.probability > 0.95


def test_where_nothing_was_held_out_bic_decides_and_the_rule_says_so(fits: list[Fit]) -> None:
    found = select([replace(one, held_out=None) for one in fits])
    assert found.winner is not None
    assert found.winner.bic == min(one.bic for one in fits)
    assert found.rule.startswith("BIC")


def test_a_refused_fit_is_never_chosen(fits: list[Fit]) -> None:
    found = select([fits[0], refused(fits[1])])
    assert found.winner is fits[0]
    assert found.runner_up is None


def test_of_refused_fits_none_is_chosen(fits: list[Fit]) -> None:
    found = select([refused(one) for one in fits])
    assert found.winner is None
    assert found.rule == "no fit is usable"


def test_scoring_on_some_runs_leaves_the_others_out(fits: list[Fit]) -> None:
    some = pl.DataFrame({"run_key": [f"run {i}" for i in range(20)]})
    counted = [int(select(fits, frame).scores["runs_scored"].max()) for frame in (None, some)]
    assert 2 <= counted[1] < counted[0]


def test_no_fit_at_all_is_an_error() -> None:
    with pytest.raises(FitError, match="at least one fit"):
        select([])
