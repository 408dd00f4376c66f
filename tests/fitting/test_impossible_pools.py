"""Runs that no pools can have given are refused with what to correct; so are runs that say too little about pools."""

import polars as pl
import pytest

from pipeline.errors import FitError
from pipeline.fitting import fit
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame

SIZE = 12.8e6
EPOCHS = (0.5, 1, 2, 4, 6, 8, 10)
LAWS = {
    "repeated_utility": [0.025, 0.1, -0.16, -0.12, 6.0, 4.0],
    "effective_data": [0.022, 0.1, -0.16, -0.12, 6.0, 4.0],
    "pooled_effective_data": [0.1, 6e7, 0.15, 1.0, 0.6, 4.0, 3.0],
}


def curve(key, shares, unique, epochs, size=SIZE):
    parts = [{"pool": pool, "share": share, "unique": unique, "size": size} for pool, share in shares.items()]
    return [{"run_key": key, "data_seen": k * SIZE, "members": parts, "data_unique": len(shares) * unique} for k in epochs]


def fitted(law, union, epochs=EPOCHS, draws=0, warm_start=None):
    """A fit to the law's own values on two pools and the given rows of a union."""
    rows = curve("a", {"a": 1.0}, SIZE, epochs) + curve("b", {"b": 1.0}, SIZE, epochs) + union
    frame = pl.DataFrame(rows)
    exact = compiled(laws[law]).value([LAWS[law]], rows_from_frame(laws[law], frame, ("a", "b")))[0]
    return fit(laws[law], frame.with_columns(value=pl.Series(exact)), draws=draws, pools=("a", "b"), warm_start=warm_start)


HALVES = {"a": 0.5, "b": 0.5}


@pytest.mark.parametrize("law", LAWS)
def test_shares_that_do_not_sum_to_one_are_refused(law):
    with pytest.raises(FitError, match=r"shares of row 14, run_key u sum to 0\.9, not to 1; add the pool"):
        fitted(law, curve("u", {"a": 0.5, "b": 0.4}, SIZE, EPOCHS))


@pytest.mark.parametrize("law", LAWS)
def test_more_of_a_pool_than_it_has_is_refused(law):
    with pytest.raises(FitError, match=r"3\.84e\+07 unique of pool 'a', which has 1\.28e\+07; correct data_unique"):
        fitted(law, curve("u", HALVES, 3 * SIZE, EPOCHS))


@pytest.mark.parametrize("law", LAWS)
def test_pools_larger_than_their_union_are_refused(law):
    union = [row | {"data_unique": SIZE} for row in curve("u", HALVES, SIZE, EPOCHS)]
    with pytest.raises(FitError, match=r"hold 2\.56e\+07 unique, more than the 1\.28e\+07 of their union; correct data_unique"):
        fitted(law, union)


def test_amounts_that_differ_by_rounding_are_taken():
    union = [row | {"data_unique": 2 * SIZE * 0.9995} for row in curve("u", HALVES, SIZE * 1.0004, EPOCHS)]
    assert fitted("repeated_utility", union).grade != "refused"


@pytest.mark.parametrize("law", LAWS)
def test_one_checkpoint_of_each_run_is_refused_and_asks_for_more(law):
    certificate = fitted(law, curve("u", HALVES, SIZE, (2,)), epochs=(2,)).certificate
    assert certificate.grade == "refused"
    assert "more observations" in certificate.fix


FIRST_EPOCH = (0.1, 0.2, 0.4, 0.6, 0.8)
REPETITION = [("repeated_utility", "tau", "weak"), ("effective_data", "tau", "weak"), ("pooled_effective_data", "R", "refused")]


@pytest.mark.parametrize(("law", "constant", "grade"), REPETITION)
def test_points_in_the_first_epoch_alone_leave_the_constants_of_repetition_out_and_ask_for_repeats(law, constant, grade):
    """The pooled law is refused for its floor, which no curve nears: its search does not converge along that valley."""
    certificate = fitted(law, curve("u", HALVES, SIZE, (0.4, 0.8, 1.6)), epochs=FIRST_EPOCH).certificate
    left_out = [f"{constant}[a]", f"{constant}[b]"]
    assert certificate.grade == grade
    assert certificate.nested == left_out
    listed = ", ".join(left_out)
    assert certificate.reasons[-1] == f"nested: {law} without {listed}, which no run feels: what needs them has no interval"
    assert "at least two epochs" in certificate.fix


@pytest.mark.parametrize("law", ["repeated_utility", "effective_data"])
def test_without_repeats_a_first_epoch_has_an_interval_and_a_fourth_has_none(law):
    found = fitted(law, curve("u", HALVES, SIZE, (0.4, 0.8, 1.6)), epochs=FIRST_EPOCH, draws=20)
    ahead = found.predict(pl.DataFrame(curve("v", {"a": 1.0}, SIZE, (0.9, 4.0))))
    assert ahead["predicted_low"].is_not_null().to_list() == [True, False]
    assert ahead["predicted_high"].is_not_null().to_list() == [True, False]


def test_a_warm_start_that_already_meets_all_points_has_nowhere_to_move():
    rows = curve("u", HALVES, SIZE, EPOCHS)
    first = fitted("repeated_utility", rows)
    again = fitted("repeated_utility", rows, warm_start=first)
    assert (first.grade, again.grade) == ("clean", "clean")
    assert again.certificate.moved < 1e-9


@pytest.mark.parametrize("law", LAWS)
def test_a_fit_to_runs_that_repeat_their_data_asks_for_no_repeats(law):
    """Runs of one value feel nothing of their repeats, which are there."""
    frame = pl.DataFrame(curve("a", {"a": 1.0}, SIZE, EPOCHS) + curve("b", {"b": 1.0}, SIZE, EPOCHS))
    certificate = fit(laws[law], frame.with_columns(value=pl.lit(0.3)), draws=0, pools=("a", "b")).certificate
    assert any("which no run feels" in reason for reason in certificate.reasons)
    assert "at least two epochs" not in certificate.fix
