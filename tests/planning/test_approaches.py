"""The two approaches without a law, against the exponents of Porian et al. 2024 and against made profiles."""

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, study_of

from pipeline.laws.catalogue.size_and_data.chinchilla import chinchilla
from pipeline.planning.questions.sizes.compute_optimal import build
from pipeline.planning.sizes.approaches import LEAST_FOR_INTERVAL, lines
from pipeline.study.derived.isoflop import Profile, flaw, least_size, profiles

ANALYSIS = ("file", "dataset", "hparams", "warmup", "decay", "param_count", "split")
TRUE = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.35}


def made_runs(centre=1.0, budgets=(1e18, 1e19, 1e20), checkpoints=False):
    """Runs of the law TRUE around its optimum at each budget, or its training curves."""
    rows = []
    for flops in budgets:
        best = (TRUE["A"] / TRUE["B"]) ** (1 / 0.7) * (flops / 6) ** 0.5 * centre
        for k, n in enumerate(best * np.geomspace(0.3, 3.3, 8)):
            for part in np.geomspace(0.05, 1, 12) if checkpoints else (1.0,):
                d = flops * part / (6 * n)
                loss = TRUE["E"] + TRUE["A"] / n**0.35 + TRUE["B"] / d**0.35
                rows.append({"run_key": f"{flops:g}/{k}", "params": n, "data_seen": d, "value": loss})
    return pl.DataFrame(rows)


def test_published_exponents_lie_within_the_intervals(shared_data):
    folder = shared_data / "resolving_discrepancies"
    published = pl.read_csv(folder / "published_fits.csv").filter(fit="basic")
    inside = []
    for key, runs in pl.read_csv(folder / "isoflop_points.csv").group_by(*ANALYSIS, maintain_order=True):
        exponent = published.filter([pl.col(k) == v for k, v in zip(ANALYSIS, key, strict=True)])["n_exponent"].item()
        for line in lines(runs.select(params="N", data_seen="tokens", flops="flops", value="loss")):
            low, high = np.percentile(line.slopes, [5, 95])
            inside.append(low <= exponent <= high)
            assert line.slope == pytest.approx(exponent, abs=0.035)
    assert len(inside) == 30
    assert np.mean(inside) >= 0.9


@pytest.mark.parametrize("approach", ["isoflop_parabola", "isoflop_cubic"])
def test_profiles_of_a_known_law_give_its_exponent(approach):
    line = next(line for line in lines(made_runs()) if line.approach == approach)
    assert line.slope == pytest.approx(0.5, abs=1e-3)


def test_envelope_of_training_curves_gives_the_exponent():
    line = next(line for line in lines(made_runs(checkpoints=True)) if line.approach == "envelope")
    assert line.slope == pytest.approx(0.5, abs=0.06)
    assert "checkpoints" in line.note


def test_final_points_alone_have_no_envelope():
    assert "envelope" not in {line.approach for line in lines(made_runs())}


def test_a_grid_on_one_side_of_the_valley_is_flagged_and_left_out():
    assert not lines(made_runs(centre=20.0))
    one = profiles(*(made_runs(centre=20.0, budgets=(1e18,))[c].to_numpy() for c in ("params", "params", "value")), least=1)
    assert not one or all(len(p.size) for p in one)


@pytest.mark.parametrize(("at", "expected"), [(np.nan, "concave"), (-1.0, "unbracketed"), (0.1, "off-centre"), (0.5, None)])
def test_flaws_of_profiles_are_named(at, expected):
    assert flaw(Profile(1e20, np.array([0.0, 0.4, 1.0]), np.zeros(3)), at) == expected


def test_a_concave_profile_has_no_minimum():
    size = np.linspace(0, 1, 5)
    assert np.isnan(least_size(Profile(1e20, size, -(size**2)), 2, np.ones((1, 5)))[0][0])


def test_cubic_finds_the_minimum_of_a_skewed_valley():
    size = np.linspace(-1, 1, 9)
    at, value = least_size(Profile(1e20, size, 2 + size**2 + 0.3 * size**3), 3, np.ones((1, 9)))
    assert at[0] == pytest.approx(0.0, abs=1e-9)
    assert value[0] == pytest.approx(2.0)


def test_budgets_that_differ_by_rounding_are_one_profile():
    flops = np.array([1e20, 1.02e20, 0.99e20, 1e20, 1e21, 1e21, 1e21, 1e21])
    found = profiles(flops, np.tile([1e8, 2e8, 4e8, 8e8], 2), np.ones(8))
    assert [len(p.size) for p in found] == [4, 4]


def test_two_profiles_give_a_line_and_no_interval():
    found = lines(made_runs(budgets=(1e18, 1e19)))
    assert LEAST_FOR_INTERVAL == 3
    assert all(line.slopes is None for line in found)
    assert found


def test_approaches_stand_side_by_side_in_the_plan():
    runs = made_runs(checkpoints=True)
    plan = build(fit_of(chinchilla, TRUE), study_of(flops=[1e20]), runs)
    assert {"parametric", "envelope"} <= set(plan["approach"])
    finals = build(fit_of(chinchilla, TRUE), study_of(flops=[1e20]), made_runs())
    sizes = dict(zip(finals["approach"], finals["params"], strict=True))
    assert sizes["isoflop_parabola"] == pytest.approx(sizes["parametric"], rel=0.02)


def test_losses_rounded_to_more_than_a_twentieth_of_the_valley_are_flagged_and_kept():
    rounded = made_runs().with_columns(pl.col("value").round(2))
    notes = [line.note for line in lines(rounded)]
    assert notes
    assert all("rounded" in note and "rounded (left out)" not in note for note in notes)
    assert all("rounded" not in line.note for line in lines(made_runs()))


def test_sizes_rounded_to_two_digits_are_flagged():
    crude = made_runs().with_columns(params=pl.col("params").round_sig_figs(2))
    assert all("sizes are rounded to two digits" in line.note for line in lines(crude))


def test_runs_that_saw_data_twice_are_left_out():
    fresh = made_runs().with_columns(data_unique=pl.col("data_seen"))
    twice = fresh.with_columns(data_unique=pl.col("data_seen") / 4, value=pl.col("value") + 0.1 * pl.col("params") / 1e8)
    assert [line.slope for line in lines(pl.concat([fresh, twice]))] == [line.slope for line in lines(made_runs())]
    assert not lines(twice)


def test_runs_that_do_not_say_their_unique_data_count_as_fresh():
    silent = made_runs().with_columns(data_unique=pl.lit(None, pl.Float64))
    assert len(lines(silent)) == len(lines(made_runs()))
