"""plan_money: from a study's [plan] and its logs to hours, days, money, memory and a deadline."""

import polars as pl
import pytest
from planning_cases import fit_of, pool_runs, study_of

from pipeline.errors import HardwareError, PlanError
from pipeline.hardware import SHIPPED
from pipeline.laws import laws
from pipeline.planning.questions.costs import money as pricing
from pipeline.schema import TABLES

CHINCHILLA = laws["chinchilla"]
VALUES = {"E": 1.817218, "A": 477.826, "B": 2143.417, "alpha": 0.3473105, "beta": 0.3671724}
RUNS = pl.DataFrame({"run_key": ["a", "b"], "params": [1e8, 1e9], "data_seen": [2e9, 2e10], "flops": [1.2e18, 1.2e20]})


def money(runs=RUNS, **plan) -> list[dict]:
    return pricing.build(fit_of(CHINCHILLA, VALUES), study_of(**plan), runs).to_dicts()


def test_hours_days_and_price_of_a_declared_job():
    (row,) = money(flops=[8.4e22], accelerator="h100-sxm", accelerator_count=512, mfu=0.4, price=2.5)
    assert row["accelerator_hours"] == pytest.approx(58982.1, abs=0.1)
    assert row["days"] == pytest.approx(4.800, abs=5e-4)
    assert row["price"] == pytest.approx(147_455, abs=1)
    assert row["mfu_source"] == "plan"
    assert row["fits"]


def test_an_assumed_mfu_is_said_and_has_no_interval():
    (row,) = money(flops=[1e22])
    assert row["mfu_source"] == "assumed"
    assert "assumed" in row["message"]
    assert row["price_low"] is None


@pytest.mark.parametrize(("unit", "source", "said"), [("sample", "derived 6ND", True), ("sample", "logged", False),
                                                      ("token", "derived 6ND", False)])  # fmt: skip
def test_samples_that_are_priced_as_tokens_are_said_to_be(unit, source, said):
    (row,) = money(RUNS.with_columns(data_unit=pl.lit(unit), flops_source=pl.lit(source)), flops=[1e22])
    assert ("a sample as one token" in row["message"]) is said


def test_longer_sequences_and_more_of_them_take_more_memory():
    def needed(runs=RUNS, **plan):
        return money(runs, flops=[1e22], mfu=0.4, **plan)[0]["memory_needed"]

    plain, longer, more = needed(), needed(sequence_length=8192), needed(sequence_length=8192, device_batch=4)
    assert more - longer == pytest.approx(4 * (longer - plain))
    assert needed(RUNS.with_columns(sequence_length=pl.lit(8192.0))) == longer


def test_a_deadline_adds_the_largest_run_that_makes_it():
    budget, deadline = money(flops=[1e24], accelerator_count=64, deadline_days=30, mfu=0.4)
    assert budget["makes_deadline"] is False
    assert deadline["goal"] == "deadline"
    assert deadline["days"] == pytest.approx(30)
    assert deadline["makes_deadline"]
    assert deadline["flops"] == pytest.approx(6 * deadline["params"] * deadline["data_seen"])


def test_a_deadline_without_a_count_asks_for_the_fewest_devices():
    (row,) = money(flops=[1e24], deadline_days=30, mfu=0.4)
    assert row["days"] <= 30
    assert row["days"] * row["accelerator_count"] / (row["accelerator_count"] - 1) > 30


def test_a_sum_of_money_buys_the_run_that_costs_it():
    rows = money(flops=[1e22], money=100_000.0, mfu=0.4)
    bought = next(row for row in rows if row["goal"] == "money")
    assert bought["price"] == pytest.approx(100_000)


def test_logged_throughput_sets_the_share_and_its_spread():
    peak, shares = 312e12, [0.2, 0.3, 0.4]
    runs = pl.DataFrame(
        {
            "run_key": ["a", "b", "c"],
            "params": [1e9] * 3,
            "data_seen": [1e10, 2e10, 3e10],
            "accelerator": ["A100-SXM4-80GB"] * 3,
            "accelerator_count": [16.0] * 3,
            "data_per_second": [share * 16 * peak / 6e9 for share in shares],
        }
    )
    (row,) = money(runs, flops=[1e22])
    assert (row["accelerator"], row["accelerator_count"], row["mfu_source"]) == ("a100-80gb", 16, "logged")
    assert row["mfu"] == pytest.approx(0.3)
    assert row["mfu_low"] < 0.3 < row["mfu_high"]
    assert row["price_low"] < row["price"] < row["price_high"]
    assert row["days"] < row["days_promised"] < row["days_high"]


def test_a_model_that_fits_nowhere_says_what_to_do():
    (row,) = money(flops=[1e27], accelerator_count=8, accelerator="v100-32gb", mfu=0.4)
    assert row["fits"] is False
    assert "take more devices" in row["message"]


def test_an_unknown_accelerator_is_refused_with_the_known_ones():
    with pytest.raises(HardwareError, match="h100-sxm"):
        money(flops=[1e22], accelerator="abacus")


def test_an_impossible_price_names_study_and_key():
    with pytest.raises(PlanError, match=r"'case', \[plan\]: price = -1"):
        money(flops=[1e22], price=-1)


def test_a_law_of_pools_is_priced_by_what_a_sample_cost():
    law = laws["repeated_utility"]
    runs = pool_runs({"best": 1e7, "rest": 2e7}).with_columns(flops=pl.col("data_seen") * 1e9)
    pools = {p.name: {"best": 0.1, "rest": 0.05} if p.per else 0.5 for p in law.parameters}
    rows = pricing.build(fit_of(law, pools, ("best", "rest")), study_of("error", data_seen=[1e8, 1e9]), runs)
    assert rows["flops"].to_list() == pytest.approx([1e17, 1e18])
    assert rows["days"].is_not_null().all()


def of_sizes(**plan):
    """Prices under a law of pools that sees model size, whose runs cost 8 FLOP a parameter and sample."""
    law = laws["pooled_effective_loss"]
    runs = pool_runs({"best": 1e7, "rest": 2e7}).with_columns(params=pl.Series([1e6, 3e6]))
    runs = runs.with_columns(flops=8 * pl.col("params") * pl.col("data_seen"))
    values = {p.name: {"best": 0.5, "rest": 0.4} if p.per else 0.5 for p in law.parameters}
    return pricing.build(fit_of(law, values, ("best", "rest")), study_of(**plan), runs)


def test_every_planned_size_and_amount_of_data_of_a_law_of_pools_is_priced_at_its_own_size():
    """And not at the median cost of a sample of the fitted runs, whose models were smaller."""
    rows = of_sizes(params=[1e9, 7e9], data_seen=[1e8])
    assert rows["params"].to_list() == [1e9, 7e9]
    assert rows["flops"].to_list() == pytest.approx([8e17, 5.6e18])


def test_what_a_sum_of_money_buys_beside_them_is_data_for_the_usual_size():
    *_, bought = of_sizes(params=[1e9], data_seen=[1e8], money=100.0).rows(named=True)
    assert (bought["goal"], bought["params"]) == ("money", 2e6)
    assert bought["flops"] == pytest.approx(8 * bought["params"] * bought["data_seen"])
    assert bought["price"] == pytest.approx(100.0, rel=1e-6)


def test_compute_budgets_of_a_law_of_pools_stay_compute_budgets():
    assert of_sizes(flops=[1e18])["flops"].to_list() == [1e18]


def test_every_column_is_one_of_the_published_table():
    assert set(money(flops=[1e22])[0]) <= set(TABLES["plan_money"].names)


def test_a_table_of_ones_own_sets_the_price(tmp_path):
    own = tmp_path / "hardware.toml"
    own.write_text(SHIPPED.read_text().replace("price = 2.50", "price = 5.00"))
    (cheap,), (dear,) = money(flops=[1e22]), money(flops=[1e22], hardware=str(own))
    assert dear["price"] == pytest.approx(2 * cheap["price"])


def test_overheads_are_taken_off_a_declared_share():
    (plain,) = money(flops=[1e22], mfu=0.4)
    (row,) = money(flops=[1e22], mfu=0.4, pipeline_stages=4, micro_batches=16, recomputation="full", availability=0.77)
    assert row["mfu"] == pytest.approx(0.4 * (1 - 3 / 19) * 0.75 * 0.77)
    assert row["days"] == pytest.approx(plain["days"] * 0.4 / row["mfu"])
    assert "a pipeline bubble of 16 %, full recomputation, an availability of 77 %" in row["message"]


def test_offloaded_weights_leave_the_share_that_their_bandwidth_allows():
    given = {"flops": [1e22], "mfu": 0.4, "accelerator": "v100-32gb", "sequence_length": 1024}
    (plain,), (row,) = money(**given), money(**given, offload_bandwidth=70e9, device_batch=2)
    peak = 125e12
    assert row["mfu"] == pytest.approx(plain["mfu"] * 2048 * 70e9 / (2048 * 70e9 + peak))
    assert "weights and gradients moved at 70 GB/s (53 % computes)" in row["message"]


def test_attention_adds_its_flops_for_a_named_sequence():
    (plain,) = money(flops=[1e22], mfu=0.4)
    short, long = (money(flops=[1e22], mfu=0.4, sequence_length=t)[0]["days"] / plain["days"] - 1 for t in (2048, 8192))
    assert 0.01 < short < 0.2
    assert long == pytest.approx(4 * short)


def test_a_deadline_with_attention_is_met_exactly():
    _, deadline = money(flops=[1e24], accelerator_count=64, deadline_days=30, mfu=0.4, sequence_length=4096)
    assert deadline["days"] == pytest.approx(30, rel=2e-3)


def test_a_logged_share_holds_the_overheads_already():
    logged = RUNS.with_columns(
        accelerator=pl.lit("NVIDIA A100-SXM4-80GB"), accelerator_count=8.0, data_per_second=pl.Series([1e6, 1e5])
    )
    (plain,), (row,) = (money(logged, flops=[1e22], **more) for more in ({}, {"recomputation": "full", "sequence_length": 4096}))
    assert row["mfu_source"] == "logged"
    assert row["days"] == plain["days"]
    assert "already" in row["message"]


@pytest.mark.parametrize(
    ("key", "plan"),
    [
        ("pipeline_stages", {"pipeline_stages": 4}),
        ("recomputation", {"recomputation": "some"}),
        ("availability", {"availability": 1.5}),
        ("device_batch", {"offload_bandwidth": 70e9}),
    ],
)
def test_an_impossible_overhead_names_its_key(key, plan):
    with pytest.raises(PlanError, match=key):
        money(flops=[1e22], **plan)
