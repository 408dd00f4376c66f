"""On the public CLIP pools: how well laws of pools fit together, and how well they forecast mixtures that were left out."""

import functools
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import Fit, fit
from pipeline.laws import laws

SIZE = 12.8e6
TENTHS = ("top10p", "10p_to_20p", "20p_to_30p", "30p_to_40p", "40p_to_50p", "50p_to_60p")
POOLS = (*TENTHS, "60p_to_bottom")
SIZES = dict.fromkeys(TENTHS, SIZE) | {"60p_to_bottom": 4 * SIZE}
HELD_OUT = ("no_filter_1ep", "no_filter_10ep", "60p_to_bottom", "top30p_10prandom")


def members(run: str) -> list[dict[str, object]]:
    """The atomic pools that a run draws from, in proportion to their size."""
    part = 1.0
    drawn = POOLS
    if run.startswith("top30p"):
        drawn, part = TENTHS[:3], 1 / 3
    elif run.startswith("60p_to_bottom"):
        drawn, part = POOLS[-1:], 1 / 4 if "rand" in run else 1.0
    elif run in TENTHS:
        drawn = (run,)
    elif run == "no_filter_10ep":
        part = 0.1
    total = sum(SIZES[pool] for pool in drawn)
    return [{"pool": p, "share": SIZES[p] / total, "unique": part * SIZES[p], "size": SIZES[p]} for p in drawn]


@functools.cache
def curves(path: Path) -> pl.DataFrame:
    points = pl.read_csv(path).with_columns(pl.col("pool").str.strip_prefix("clipbucket_"))
    runs = points["pool"].to_list()
    return pl.DataFrame(
        {
            "run_key": runs,
            "data_seen": points["samples_seen"].cast(pl.Float64),
            "data_planned": [10 * SIZE] * len(runs),
            "value": points["error"],
            "members": [members(run) for run in runs],
        }
    )


@pytest.fixture(scope="module")
def frame(shared_data: Path) -> pl.DataFrame:
    """Source: ../shared/data/clip_pools_buckets, 11 curves of 217 points."""
    return curves(shared_data / "clip_pools_buckets" / "pool_learning_curves.csv")


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("repeated_utility", 0.0096),
        ("effective_data", 0.0096),
        ("pooled_effective_data", 0.0045),
        ("annealed_effective_data", 0.0026),
    ],
)
def test_all_pools_are_fitted_jointly(name: str, bound: float, frame: pl.DataFrame) -> None:
    assert fit(laws[name], frame, draws=0, pools=POOLS).rmse <= bound


def test_the_mixture_law_is_identified_from_pools_and_mixtures_together(frame: pl.DataFrame) -> None:
    """All but what it says of longer schedules: every run was planned to the same length."""
    certificate = fit(laws["annealed_effective_data"], frame, draws=0, pools=POOLS).certificate
    assert (certificate.grade, certificate.unidentified, certificate.unknown_axes) == ("weak", [], ["data_planned"])
    assert certificate.reasons == ["data_planned has one level: what it does is the law's word, not the runs'"]


def alone(name: str, frame: pl.DataFrame) -> Fit:
    """The six tenths without any mixture."""
    return fit(laws[name], frame.filter(pl.col("run_key").is_in(TENTHS)), draws=0, pools=TENTHS)


def test_the_certificate_says_that_pools_alone_do_not_identify_what_repeats_are_worth(frame: pl.DataFrame) -> None:
    certificate = alone("annealed_effective_data", frame).certificate
    assert certificate.grade == "refused"
    assert certificate.unidentified == ["R"]


def test_half_lives_that_run_to_their_bound_in_pools_alone_do_not_with_mixtures(frame: pl.DataFrame) -> None:
    best, single = [f"tau[{pool}]" for pool in TENTHS[:3]], alone("repeated_utility", frame)
    assert "at a bound: tau[top10p], tau[20p_to_30p]" in single.certificate.reasons
    together = fit(laws["repeated_utility"], frame, draws=0, pools=POOLS).parameters
    assert [together[name] for name in best] == pytest.approx([12, 7.4, 7.4], rel=0.05)
    assert min(single.parameters[name] for name in best) > 30


def missed(name: str, run: str, frame: pl.DataFrame) -> np.ndarray:
    """Forecast less observation at every point of a run that was left out."""
    rest, left_out = frame.filter(pl.col("run_key") != run), frame.filter(pl.col("run_key") == run)
    return fit(laws[name], rest, draws=0, pools=POOLS).value(left_out) - left_out["value"].to_numpy()


def test_both_older_laws_miss_the_unfiltered_run_on_their_own_side(frame: pl.DataFrame) -> None:
    assert missed("pooled_effective_data", "no_filter_1ep", frame)[-1] == pytest.approx(-0.066, abs=0.005)
    assert missed("repeated_utility", "no_filter_1ep", frame)[-1] == pytest.approx(0.063, abs=0.005)


def test_the_annealed_law_more_than_halves_the_better_miss(frame: pl.DataFrame) -> None:
    assert abs(missed("annealed_effective_data", "no_filter_1ep", frame)[-1]) < 0.063 / 10


def test_the_annealed_law_forecasts_every_left_out_mixture(frame: pl.DataFrame) -> None:
    errors = [np.sqrt(np.mean(missed("annealed_effective_data", run, frame) ** 2)) for run in HELD_OUT]
    assert max(errors) < 0.006
    assert np.sqrt(np.mean(np.square(errors))) < 0.0041


def test_the_annealed_law_forecasts_the_second_half_of_every_curve(frame: pl.DataFrame) -> None:
    early = pl.col("data_seen") < 64.5e6
    found = fit(laws["annealed_effective_data"], frame.filter(early), draws=0, pools=POOLS)
    later = frame.filter(~early)
    assert np.sqrt(np.mean((found.value(later) - later["value"].to_numpy()) ** 2)) < 0.0046
