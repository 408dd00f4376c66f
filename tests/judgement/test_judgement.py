"""The harness itself: peers recover what they assume, divisions leak nothing, and scores are what they say."""

import numpy as np
import polars as pl
import pytest

from tests.judgement.page import by_case, cost, lines, recorded, summary
from tests.judgement.peers import PEERS
from tests.judgement.scores import COMBINED, chance_of_band, judged, scored
from tests.judgement.splits import SPLITS, Case
from tests.judgement.sweeps import SWEEPS, UNTOUCHED

X = np.geomspace(1e6, 1e9, 40)
FORMS = {
    "M1": 3.0 * X**-0.2,
    "M2": 0.2 + 30.0 * X**-0.3,
    "M2, ln y": 0.2 + 30.0 * X**-0.3,
    "M3": 2.0 * (1 / X + 1e-8) ** 0.1,
    "M4": 0.2 + 0.7 / (1 + (X / 1e7) ** 0.5),
    "M4, ln y": 0.2 + 0.7 / (1 + (X / 1e7) ** 0.5),
}


@pytest.mark.parametrize("name", PEERS)
def test_a_published_estimator_forecasts_a_curve_of_its_own_form(name: str) -> None:
    curve = PEERS[name](X[:25], FORMS[name][:25])
    assert np.abs(np.log(curve(X[25:]) / FORMS[name][25:])).max() < 0.02


def runs(**columns: object) -> pl.DataFrame:
    return pl.DataFrame({"run_key": [f"r{i}" for i in range(6)], "run_id": [f"r{i}" for i in range(6)], **columns})


FRAME = runs(
    params=[1e6] * 6,
    data_seen=[1e6, 2e6, 4e6, 8e6, 4e10, 5e10],
    data_planned=[8e6] * 4 + [5e10] * 2,
    flops=[1.0, 2.0, 4.0, 8.0, 90.0, 100.0],
    epochs=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    cohort=[""] * 6,
    members=[[{"pool": "a"}]] * 4 + [[{"pool": "a"}, {"pool": "b"}]] * 2,
)


@pytest.mark.parametrize("split", [name for name in SPLITS if name != "sealed runs"])
def test_what_is_forecast_is_not_known(split: str) -> None:
    parts = list(SPLITS[split](FRAME))
    assert parts
    for _, known, asked in parts:
        assert asked.height
        assert not set(zip(known["run_key"], known["data_seen"], strict=True)) & set(
            zip(asked["run_key"], asked["data_seen"], strict=True)
        )


def test_every_split_of_a_sweep_is_known() -> None:
    assert {split for sweep in (*SWEEPS, *UNTOUCHED) for split in sweep.split_by} == set(SPLITS)


CASE = Case("sweep", "below Cmax/3", "", ("chinchilla", "gadre"), FRAME, FRAME)


def test_a_score_counts_what_lies_inside_and_how_wide_it_had_to_be() -> None:
    made = pl.DataFrame({"value": [1.0, 2.0, 3.0], "predicted": [1.1, 2.0, 2.0], "predicted_low": [0.9, 1.9, 1.9],
                         "predicted_high": [1.2, 2.1, 2.1]})  # fmt: skip
    score = scored(CASE, "law", "clean", made)
    assert score.error == pytest.approx((0.1 + 0 + 1) / 3)
    assert score.covered == pytest.approx(2 / 3)
    assert score.width == pytest.approx(0.2)
    assert score.narrowest == pytest.approx(2 * np.quantile([0.1, 0, 1], 0.9))


def test_outcomes_that_miss_together_are_seldom_inside_in_the_share_that_intervals_say() -> None:
    rng = np.random.default_rng(3)
    alone = rng.standard_normal((2000, 60))
    together = alone[:, :1] + 0.01 * alone
    assert chance_of_band(alone) > 0.95
    assert chance_of_band(together) < 0.05
    assert 0.1 < chance_of_band(alone[:, :1] + alone) < 0.9


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    """Scores of two laws and their combination on a planted sweep."""
    rng = np.random.default_rng(1)
    n, d = (10 ** rng.uniform(low, low + 2, 60) for low in (7, 9))
    loss = (1.7 + 400 / n**0.34 + 400 / d**0.28) * np.exp(rng.normal(0, 0.003, 60))
    keys = [f"r{i}" for i in range(60)]
    frame = pl.DataFrame({"run_key": keys, "params": n, "data_seen": d, "flops": 6 * n * d, "value": loss}).sort("flops")
    case = Case("planted", "below Cmax/3", "", ("chinchilla", "gadre"), frame.head(45), frame.tail(15))
    return pl.DataFrame([vars(score) for score in judged(case)])


def test_every_rival_and_the_combination_are_scored(table: pl.DataFrame) -> None:
    assert table["law"].to_list() == ["chinchilla", "gadre", COMBINED]
    assert table["error"].is_finite().all()


def test_the_combination_is_held_against_the_best_law_in_hindsight(table: pl.DataFrame) -> None:
    row = by_case(table).row(0, named=True)
    assert row["best"] == table.filter(pl.col("law") != COMBINED)["error"].min()
    assert row["ratio"] == pytest.approx(row["error"] / row["best"])


def test_the_cost_of_five_rivals_counts_every_fit_and_the_combination(table: pl.DataFrame) -> None:
    assert (table["seconds"] > 0).all()
    five = [{**table.row(0, named=True), "law": f"law {k}", "seconds": 1.0} for k in range(4)]
    one = {**table.row(0, named=True), "law": "chinchilla", "seconds": 2.0}
    own = {**table.row(0, named=True), "law": COMBINED, "seconds": 3.0}
    assert cost(pl.DataFrame([one, *five, own]))[0].measured == "4.5"


def test_a_page_shows_what_was_measured_before_beside_its_target(table: pl.DataFrame) -> None:
    found = lines(table)
    text = summary(found, dict.fromkeys(recorded(found), "earlier"))
    assert text.count("| earlier |") == len(found)
