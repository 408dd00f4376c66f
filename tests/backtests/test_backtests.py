"""Forecasts of public runs, replayed in order of compute, hold what their intervals promise; figures in docs/backtests.md."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline.fitting.evidence.law_error_prior import FIXED
from pipeline.home import Home
from tests.backtests.replay import Replay, declared, ingested, learnt_elsewhere, replayed, replays

Store = tuple[duckdb.DuckDBPyConnection, Home]
BEST = {"misfitting": "chinchilla", "epoch_chinchilla": "chinchilla", "datablations": "data_constrained"}


@pytest.fixture(scope="module")
def store(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with ingested(shared_data, tmp_path_factory.mktemp("backtests") / "home") as found:
        yield found


def scores(store: Store, source: str, law: str) -> pl.DataFrame:
    study = next(study for study in declared(store[1]) if study.study == source)
    return replayed(replays(*store, study.model_copy(update={"laws": (law,)})))


@pytest.fixture(scope="module")
def all_sources(store: Store) -> dict[str, list[Replay]]:
    return {study.study: replays(*store, study) for study in declared(store[1])}


@pytest.mark.slow
@pytest.mark.parametrize("source", ["misfitting", "epoch_chinchilla", "datablations", "openclip_repetition"])
def test_forecasts_by_a_prior_learnt_from_the_other_sources_are_closer_on(
    source: str, all_sources: dict[str, list[Replay]]
) -> None:
    prior = learnt_elsewhere(all_sources, source)
    made = [each for each in all_sources[source] if each.fit.law.name in prior]
    before = pl.concat([each.with_prior(FIXED) for each in made])
    after = pl.concat([each.with_prior(prior[each.fit.law.name]) for each in made])
    assert after["crps"].mean() < before["crps"].mean()
    assert after["covered"].mean() >= before["covered"].mean()


@pytest.mark.parametrize(
    "source", ["misfitting", *(pytest.param(s, marks=pytest.mark.slow) for s in ("epoch_chinchilla", "datablations"))]
)
def test_ninety_percent_intervals_hold_and_beat_the_envelope_on(source: str, store: Store) -> None:
    found = scores(store, source, BEST[source])
    assert 0.80 <= found["covered"].mean() <= 0.97
    assert found["covered"].mean() > found["covered_alone"].mean()
    assert found["crps"].mean() < found["baseline_crps"].mean()


@pytest.mark.slow
def test_clip_runs_are_forecast_closer_than_by_the_envelope_and_at_most_one_in_five_lies_outside(store: Store) -> None:
    """Fifteen forecasts: one outside is 7 %, so that 97 % is no bound that they could keep."""
    found = scores(store, "openclip_repetition", "logarithmic_repetition")
    assert found.height >= 15
    assert found["covered"].mean() >= 0.80
    assert found["crps"].mean() < found["baseline_crps"].mean()
    assert found["relative_error"].abs().median() < found["baseline_error"].median()
