"""The studies of data/studies/public on the public runs that they are about, watched where they lie: forecast, plan, SQL."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.home import Home
from tests.families.dropped import linked, printed, public, query, rows
from tests.shared_fits.by_studies import held, ranks, text_of
from tests.shared_fits.public_studies import IN_COMPUTE, of_router
from tests.small_home import without_report

DRAWS = 60
Watched = Callable[..., Home]


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Refits a home that watches a folder of public runs with one shipped study, of which keys are said otherwise."""
    without_report(monkeypatch)

    def home(name: str, folder: str, **changes: str) -> Home:
        place = tmp_path / str(len(list(tmp_path.iterdir())))
        return linked(place, text_of(name, DRAWS, **changes), folder)

    return home


def outcome(home: Home, law: str) -> tuple[int, int, float]:
    """How many runs were held out, how many ended inside the interval, and the mean absolute error."""
    found = held(home, law)
    return found["runs"], found["inside"], found["error"]


@public
def test_the_next_size_of_each_family_is_forecast_by_slopes_that_all_share(watched: Watched) -> None:
    home = watched("skills-of-families", "sloth", laws='["family_skill", "sloth_skill"]')
    runs, inside, error = outcome(home, "family_skill")
    assert (runs, error < 0.03) == (22, True)
    assert inside >= 18
    assert error < outcome(home, "sloth_skill")[2], "one level for all families"
    (row, *_) = rows(home, "SELECT * FROM plan_response WHERE law = 'family_skill'")
    assert row["pools"] == ["llama-2"]
    assert row["value_low"] < row["value"] < row["value_high"] <= 1
    assert "of 22 runs ended inside the 90 % interval" in printed(home, "skills-of-families")
    assert rows(home, query("ask_any_law"))


@public
def test_capability_covers_the_scores_of_families_that_are_left_out(watched: Watched) -> None:
    home = watched("observational", "obs_scaling")
    runs, inside, error = outcome(home, "observational")
    assert (runs, error < 0.08) == (31, True)
    assert inside / runs > 0.85
    compute = watched("observational", "obs_scaling", derive=IN_COMPUTE)
    assert error < 0.7 * outcome(compute, "observational")[2], "the same logistic in ln compute"
    assert "With capability 2, expect an accuracy of 0.7" in printed(home, "observational")


@public
def test_capability_of_weak_models_is_refused_as_a_forecast_of_strong_ones(watched: Watched) -> None:
    """Where the weak ones score nothing, what they share does not say where the rise is: runs are half of the scale off."""
    home = watched("observational", "obs_scaling", held_out='"flops > 8.4e22"')
    assert rows(home, "SELECT grade FROM fits") == [{"grade": "refused"}]
    assert "no plan yet: no fit of this study can be used" in printed(home, "observational")


@public
@pytest.mark.slow
def test_a_ladder_to_1_3_b_forecasts_7_b_and_13_b_within_a_percent_through_the_task_loss(watched: Watched) -> None:
    home = watched("task-ladder", "olmo_ladder")
    runs, inside, error = outcome(home, "chained")
    assert (runs, inside) == (2, 2)
    assert error < 0.008
    assert "chinchilla predicts the task loss, ladder_score the accuracy from it" in printed(home, "task-ladder")


@public
def test_longest_clip_runs_are_forecast_from_shorter_ones_better_than_by_no_change(watched: Watched) -> None:
    home = watched("repeated-samples", "openclip_repetition")
    runs, inside, error = outcome(home, "logarithmic_repetition")
    assert runs == 6
    assert inside >= 5
    before = """SELECT avg(abs(s.observed - b.error)) AS miss FROM forecasts f JOIN forecast_scores s USING (forecast_id)
        JOIN runs r USING (run_key), LATERAL (SELECT 1 - arg_max(m.value, o.data_seen) AS error FROM runs o JOIN measurements m
        USING (run_key) WHERE m.metric = 'accuracy' AND m.task = 'imagenet' AND m.final AND o.architecture = r.architecture
        AND o.pool = r.pool AND o.data_seen < 3e10) b WHERE f.kind = 'held_out'"""
    assert error < rows(home, before)[0]["miss"]


@public
@pytest.mark.parametrize("router", ["S-Base", "RL-R", "Hash"])
def test_each_router_has_its_law_and_experts_matter_less_in_large_models(watched: Watched, router: str) -> None:
    home = watched("routed-models", "routing", **of_router(router))
    (row,) = rows(home, "SELECT parameters FROM current_parameters WHERE law = 'routing_saturating'")
    assert row["parameters"]["expert_slope"] < 0 < row["parameters"]["interaction"]
    (fit,) = rows(home, "SELECT grade, rmse FROM fits WHERE law = 'routing_saturating'")
    assert fit["grade"] == "clean"
    assert fit["rmse"] < 0.02
    assert "expect" in printed(home, "routed-models")
    assert rows(home, query("ask_any_law"))


@public
@pytest.mark.slow
@pytest.mark.parametrize("law", ["exponential_mixing", "effective_mixing"])
def test_small_mixtures_rank_large_ones(watched: Watched, law: str) -> None:
    assert ranks(watched("mixture-of-domains", "regmix", laws=f'["{law}"]'))["test/1B"] >= 0.98
