"""Plans as two plain sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_cases import fit_of, pool_runs, study_of

from pipeline.laws.catalogue.pools.repeated_utility import POOLS, released, repeated_utility
from pipeline.planning import PLANS
from pipeline.schema.numbers_in_words import amount, cohort_words, factor, outcome, part, spread
from pipeline.wording import sentences as words
from pipeline.wording.clauses import counted
from pipeline.wording.questions.data_worth.repetition import last_worthwhile

RUN = {
    "flops": 1e22,
    "params": 7.03e9,
    "data_seen": 2.372e11,
    "data_unique": 25e9,
    "epochs": 9.488,
    "loss": 2.381,
    "loss_low": 2.352,
    "loss_high": 2.413,
    "distance": 2.477,
    "grade": "clean",
    "message": None,
}


def test_every_sentence_is_of_a_plan_table_and_all_but_one_have_theirs():
    said = {f"plan_{name}" for name in words.WORDS}
    assert set(PLANS) - said == {"plan_over_training"}  # its cells are a table to read along
    assert said <= set(PLANS)


def test_a_data_constrained_plan_reads_as_a_manager_would_say_it():
    assert words.sentence("plan_data_constrained", RUN) == (
        "Train 7.0 B parameters on 237 B tokens, 9.5 epochs over your 25 B unique tokens; expect 2.38 nats/token (2.35–2.41). "
        "That is 300× the compute of your largest run (far extrapolation: treat it as a guess)."
    )


@pytest.mark.parametrize(("write", "said"), [(amount, "2.1e32"), (factor, "2.1e32")])
def test_a_number_beyond_all_letters_is_a_power_of_ten(write, said):
    assert write(2.059e32) == said


def test_an_amount_just_below_a_thousand_trillions_has_its_letter():
    assert (amount(9.9e14), amount(1e15)) == ("990 T", "1.0e15")


def test_inside_the_data_no_guess_is_spoken_of():
    assert "inside the range of your runs" in words.sentence("plan_data_constrained", RUN | {"distance": -0.3})
    assert "guess" not in words.sentence("plan_data_constrained", RUN | {"distance": 0.5})


def test_without_interval_the_reason_is_said():
    row = RUN | {"loss_low": None, "loss_high": None}
    assert "no interval: too few independent runs" in words.sentence("plan_data_constrained", row)


def test_a_weak_or_stale_fit_is_said():
    assert "weak" in words.sentence("plan_compute_optimal", RUN | {"grade": "weak"})
    assert "older fit" in words.sentence("plan_compute_optimal", RUN | {"stale_since": "yesterday"})


def test_without_optimum_the_reason_stands_for_the_numbers():
    row = RUN | {"params": None, "message": "The law wants ever more parameters."}
    assert words.sentence("plan_compute_optimal", row).endswith("The law wants ever more parameters.")


def test_other_approaches_get_no_sentence_of_their_own():
    assert words.sentence("plan_compute_optimal", RUN | {"approach": "envelope"}) is None


def test_the_unit_of_the_data_is_the_runs_own():
    assert "237 B bytes" in words.sentence("plan_compute_optimal", RUN, unit="byte")


def test_a_refusal_names_reason_and_cure():
    said = words.refusal("chinchilla", "refused", "3 sizes at one data amount.", "add runs at two more data amounts")
    assert said == (
        "No plan from chinchilla: its fit is refused, because 3 sizes at one data amount. Add runs at two more data amounts."
    )


@pytest.mark.parametrize(
    "table",
    ["repetition", "filtering", "filtering_switches", "filter_cost", "frontier", "pool_worth", "dataset_value", "mixture"],
)
def test_every_pool_plan_has_sentences_without_a_none_in_them(table):
    pools = POOLS[:4]
    fit = fit_of(repeated_utility, released.values, pools)
    study, runs = study_of("error", data_seen=[32e6, 640e6]), pool_runs(dict.fromkeys(pools, 12.8e6))
    said = [words.sentence(table, row) for row in PLANS[f"plan_{table}"].build(fit, study, runs).iter_rows(named=True)]
    spoken = [s for s in said if s]
    assert spoken
    assert all("None" not in s and "nan" not in s and s.endswith(".") for s in spoken)


def test_the_last_worthwhile_epoch_is_the_one_before_a_repeat_loses_half():
    rows = [{"epochs": e, "value_of_repeat": v} for e, v in ((1, 0.98), (4, 0.8), (16, 0.4), (40, None))]
    assert last_worthwhile(rows)["epochs"] == 4
    assert last_worthwhile(rows[2:]) is None


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (7.03e9, "7.0 B"),
        (237.2e9, "237 B"),
        (25e9, "25 B"),
        (12.8e6, "12.8 M"),
        (999_990, "1.0 M"),
        (370e3, "370 k"),
        (512, "512"),
    ],
)
def test_amounts(number, said):
    assert amount(number) == said


@pytest.mark.parametrize(
    ("number", "said"), [(9.488, "9.5"), (16.0, "16"), (299.9, "300"), (1234, "1200"), (0.25, "0.25"), (1.0, "1")]
)
def test_factors(number, said):
    assert factor(number) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [(1.0, "100 %"), (0.9996, "more than 99 %"), (0.0, "0 %"), (0.0001, "less than 0.1 %"), (0.82, "82 %"), (0.016, "1.6 %")],
)
def test_shares_are_never_rounded_to_certainty(share, said):
    assert part(share) == said


@given(st.floats(0.1, 10), st.floats(1e-6, 5))
def test_the_decimals_show_the_width_of_the_interval(middle, width):
    said = outcome({"x": middle, "x_low": middle - width / 2, "x_high": middle + width / 2}, "x")
    low, high = said.split("(")[1].rstrip(")").split("–") if "–" in said else ("0", "1")
    assert low != high or width < 0.011


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("loss", "2.38 nats/token (2.35–2.41)"),
        ("bits_per_byte", "2.38 bits/byte (2.35–2.41)"),
        ("error", "an error of 2.38 (2.35–2.41)"),
        ("perplexity", "a perplexity of 2.38 (2.35–2.41)"),
    ],
)
def test_a_value_has_the_unit_of_its_metric(metric, said):
    assert outcome(RUN, "loss", metric) == said


def test_an_interval_that_says_nothing_is_not_shown():
    assert (
        outcome(RUN | {"loss_low": 1e-9, "loss_high": 5e5}, "loss") == "2.38 nats/token (too far from your runs for an interval)"
    )


@pytest.mark.parametrize(
    ("low", "high", "write", "said"),
    [(0.38, 0.72, part, " (38–72 %)"), (231e3, 1.6e6, amount, " (231 k–1.6 M)"), (5.1e6, 14.3e6, amount, " (5.1–14.3 M)")],
)
def test_the_ends_of_an_interval_share_their_unit(low, high, write, said):
    assert spread({"x_low": low, "x_high": high}, "x", write) == said


def test_approaches_that_disagree_are_said_with_the_plan():
    apart = {
        "apart": ["parametric", "envelope"],
        "apart_params": [1e9, 3e9],
        "apart_least": [8e8, 2e9],
        "apart_most": [1.2e9, 4e9],
    }
    said = words.sentence("plan_compute_optimal", RUN | apart)
    assert said.endswith("the law says 1.0 B (800 M–1.2 B), the envelope of training curves says 3.0 B (2.0–4.0 B).")


def test_data_of_a_loss_are_counted_in_tokens():
    assert counted({"metric": "loss"}) == counted({}) == "tokens"
    assert counted({"metric": "error"}) == "samples"


@pytest.mark.parametrize(
    ("cohort", "said"),
    [
        ("data_seen=1000000000.0", "data_seen=1.0 B"),
        ("params=1e+08, recipe=a", "params=100 M, recipe=a"),
        ("bits=4.0, dataset=c4", "bits=4.0, dataset=c4"),
        ("name=2024-05", "name=2024-05"),
        ("tags.seed=12345, tags.year=2024", "tags.seed=12345, tags.year=2024"),
        ("batch_size=524288.0", "batch_size=524 k"),
    ],
)
def test_a_group_is_called_by_numbers_that_can_be_read(cohort: str, said: str) -> None:
    assert cohort_words(cohort) == said
