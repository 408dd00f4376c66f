"""Plans as they are printed: a title, two sentences, and a table of all budgets."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_cases import fit_of, pool_runs, study_of

from pipeline.cli.layout import WIDTH, aligned, wrapped
from pipeline.laws import laws
from pipeline.laws.catalogue.pools.repeated_utility import POOLS, released, repeated_utility
from pipeline.planning import PLANS
from pipeline.wording.outline import outline

RUN = {"flops": 1e22, "params": 7.03e9, "data_seen": 2.372e11, "data_per_param": 33.7, "loss": 2.381, "loss_low": 2.352}
RUN |= {"loss_high": 2.413, "distance": 0.5, "grade": None, "message": None, "approach": "parametric"}
NEXT = {"target": "loss", "run_order": 1, "replicates": 2, "params": 1e8, "pools": None, "data_seen": 2e9, "flops": 1.2e18}
NEXT |= {"experiment_flops": 1e19, "cumulative_share": 0.24, "interval_reduction": 1.02, "experiment_unit": "flops"}
NEXT |= {"experiment_source": "declared", "obstacle": None}


def pool_plan(table: str) -> list[dict]:
    pools = POOLS[:4]
    fit = fit_of(repeated_utility, released.values, pools)
    study, runs = study_of("error", data_seen=[32e6, 640e6]), pool_runs(dict.fromkeys(pools, 12.8e6))
    rows = PLANS[f"plan_{table}"].build(fit, study, runs).to_dicts()
    return [{"metric": "error"} | row | {"grade": None} for row in rows]


def test_the_largest_budget_that_is_no_guess_leads():
    rows = [RUN | {"distance": d, "flops": 10.0**k, "params": k * 1e8} for k, d in ((20, -1.0), (21, 0.9), (22, 1.1))]
    found = outline("compute_optimal", rows, "token")
    assert found.lead.startswith("Train 2.1 B parameters on 237 B tokens; expect 2.38 nats/token (2.35–2.41).")
    assert [row[0] for row in found.rows] == ["1.0e20 FLOP", "1.0e21 FLOP", "1.0e22 FLOP"]


def test_the_unit_stands_in_the_head_and_not_in_every_cell():
    found = outline("compute_optimal", [RUN, RUN | {"flops": 2e22}], "byte")
    assert found.heads[2:4] == ["bytes", "loss (nats/token)"]
    assert found.rows[0][2:4] == ["237 B", "2.38 (2.35–2.41)"]


def test_a_loss_of_samples_is_in_nats_of_no_token():
    found = outline("compute_optimal", [RUN, RUN | {"flops": 2e22}], "sample")
    assert "expect 2.38 nats (2.35–2.41)" in found.lead
    assert found.heads[2:4] == ["samples", "cross-entropy (nats)"]


def test_another_metric_of_samples_keeps_its_name():
    assert outline("compute_optimal", [RUN | {"metric": "error"}] * 2, "sample").heads[3] == "error"


def test_an_empty_column_is_left_out():
    inside = [RUN | {"distance": -0.5, "flops": c} for c in (1e20, 1e21)]
    assert "extrapolation" not in outline("compute_optimal", inside, "token").heads


def test_a_single_row_needs_no_table():
    assert outline("compute_optimal", [RUN], "token").rows == []


def test_a_guess_is_called_one_in_the_table():
    rows = outline("compute_optimal", [RUN, RUN | {"distance": 2.0}], "token").rows
    assert rows[1][-1] == "100×, a guess"


@pytest.mark.parametrize("table", ["repetition", "filtering", "filtering_switches"])
def test_pool_plans_have_a_sentence_and_cells_without_none(table):
    found = outline(table, pool_plan(table), "sample")
    assert found.lead
    assert all("None" not in cell and "nan" not in cell for row in found.rows for cell in row)
    assert all(len(row) == len(found.heads) for row in found.rows)


def test_the_error_of_a_pool_plan_is_called_an_error():
    found = outline("filtering", pool_plan("filtering"), "sample")
    assert "expect an error of 0." in found.lead
    assert "error" in found.heads


def test_next_runs_say_what_all_of_them_bring():
    rows = [NEXT, NEXT | {"run_order": 2, "cumulative_share": 0.5, "interval_reduction": 1.8, "replicates": 1}]
    found = outline("next_runs", rows, "token")
    said = "The runs below cost 5.0e18 FLOP together. They make the interval of the expected loss 1.8 times narrower."
    assert found.lead == said
    assert [row[-1] for row in found.rows] == ["hardly", "1.8×"]


def test_where_no_run_helps_the_reason_is_all_that_is_said():
    none = NEXT | {"run_order": None, "obstacle": "too_small"}
    said = "No set of runs within 1.0e19 FLOP narrows the interval of the expected loss by 5 % (best: 2.0 %): all are too small."
    assert outline("next_runs", [none], "token").lead == f"{said} Do one run nearer to the target instead."


@pytest.mark.parametrize(
    ("source", "said"), [("fitted_runs", "together."), ("half_of_target", "half of the run that they prepare.")]
)
def test_a_budget_of_next_runs_that_nobody_declared_is_said_in_its_unit(source, said):
    rows = [NEXT | {"experiment_source": source}, NEXT | {"experiment_source": source, "run_order": 2}]
    lead = outline("next_runs", rows, "token").lead
    assert lead.count("experiment_flops is not declared: 1.0e19 FLOP is taken") == 1
    assert lead.endswith(said)
    samples = [row | {"experiment_unit": "data_seen", "experiment_flops": 2e9, "flops": None} for row in rows]
    assert "experiment_flops is not declared: 2.0 B samples is taken" in outline("next_runs", samples, "sample").lead


def test_a_price_says_what_the_deadline_allows_and_which_run_is_late():
    fit = fit_of(laws["chinchilla"], {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.35})
    study = study_of(flops=[1e20, 1e24], accelerator_count=64, deadline_days=30, mfu=0.4)
    runs = pl.DataFrame({"run_key": ["a", "b"], "params": [1e8, 1e9], "data_seen": [2e9, 2e10], "flops": [1.2e18, 1.2e20]})
    found = outline("money", PLANS["plan_money"].build(fit, study, runs).to_dicts(), "token")
    assert [row[0].partition(" FLOP")[2] for row in found.rows] == ["", "", " (all that the deadline allows)"]
    assert [row[found.heads.index("but")] for row in found.rows] == ["", "late", ""]


def test_plans_that_need_no_words_have_no_outline():
    assert outline("over_training", [RUN], "token") is None


@given(st.text(alphabet="ab 1%k", max_size=400))
def test_no_line_is_longer_than_the_page(text):
    assert all(len(line) <= WIDTH or " " not in line.strip() for line in wrapped(text, "    "))


def test_a_number_stays_with_its_unit():
    lines = wrapped("x" * 90 + " in 70 % of the draws", "    ")
    assert not any(line.rstrip().endswith("70") for line in lines)


def test_columns_stand_under_each_other():
    first, second = aligned([["a", "bb", "c"], ["aaaa", "b", "c"]])
    assert first.index("c") == second.index("c")


def test_next_runs_of_two_targets_say_what_each_list_costs_and_brings():
    size = NEXT | {"target": "params", "interval_reduction": 3.0, "share_of_target": 0.02}
    found = outline("next_runs", [NEXT | {"share_of_target": 0.01}, size], "token")
    assert "Those for the expected loss cost 1 % of the run that they prepare and make its interval" in found.lead
    assert "; those for the best model size cost 2 % of the run that they prepare and make its interval 3 times" in found.lead
