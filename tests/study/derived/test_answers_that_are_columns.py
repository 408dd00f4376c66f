"""Laws whose answer is derived: the critical batch from gradients at two batches, bits of knowledge from losses."""

from math import exp, log

import duckdb
import pytest

from pipeline.laws import laws
from pipeline.study.derived.batches import noise_scale
from pipeline.study.derived.knowledge import measured_bits
from pipeline.study.observations import observations, without_needs
from pipeline.study.reductions import response_of
from tests.study.derived.test_other_metrics import beside
from tests.study.runs_in_store import a_study, add

SMALL, LARGE = ((25.0, 9.0), (100.0, 5.0)), ((25.0, 4.0), (100.0, 2.0))


def tags(**values: object) -> list[dict[str, str]]:
    return [{"key": name, "value": str(value)} for name, value in values.items()]


def test_the_critical_batch_is_the_noise_scale_of_the_logged_gradients(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", tags=tags(batch_small=10, batch_large=100))
    beside(store, "a", "grad_sq_small", SMALL)
    beside(store, "a", "grad_sq_large", LARGE)
    study = a_study(metric="grad_sq_small", laws=("critical_batch",), points="all")
    seen = without_needs(laws["critical_batch"], observations(store, study))
    assert seen["metric"].to_list() == ["critical_batch"] * 2
    assert seen["value"].to_list() == pytest.approx([noise_scale(10, 100, [s], [b]).scale for s, b in ((9, 4), (5, 2))])
    assert seen["loss"].to_list() == [3.0, 2.2]
    assert response_of(study, laws["critical_batch"]) == "critical_batch"


def test_a_pair_of_gradients_that_says_nothing_is_left_out(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", tags=tags(batch_small=10, batch_large=100))
    beside(store, "a", "grad_sq_small", ((25.0, 1.0), (100.0, 5.0)))
    beside(store, "a", "grad_sq_large", LARGE)
    study = a_study(metric="grad_sq_small", laws=("critical_batch",), points="all")
    seen = without_needs(laws["critical_batch"], observations(store, study))
    assert seen["used"].to_list() == [False, True]
    assert seen["reason"][0].startswith("no critical_batch (it follows from grad_sq_small and grad_sq_large")


def test_bits_of_knowledge_follow_from_the_losses_of_names_and_values(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", tags=tags(people=1e6))
    beside(store, "a", "name_loss", ((100.0, log(1e6) + 0.2),))
    beside(store, "a", "value_loss", ((100.0, 1.5),))
    study = a_study(metric="value_loss", laws=("knowledge_capacity",))
    frame = observations(store, study)
    assert frame["knowledge_bits"].to_list() == pytest.approx([measured_bits(1e6, log(1e6) + 0.2, 1.5)])


@pytest.mark.parametrize(("wanted", "rate"), [(5, 4 / 199), (None, 5 / 200), (8, 5 / 200)])
def test_the_pass_rate_is_unbiased_where_decoding_ended_with_a_pass(
    store: duckdb.DuckDBPyConnection, wanted: int | None, rate: float
) -> None:
    add(store, "a", tags=tags(passes_wanted=wanted) if wanted else tags(seed=1))
    beside(store, "a", "passes", ((100.0, 5.0),))
    beside(store, "a", "decodes", ((100.0, 200.0),))
    study = a_study(metric="decodes", goal="lower", laws=("pass_until",))
    seen = without_needs(laws["pass_until"], observations(store, study))
    assert seen["value"].to_list() == pytest.approx([rate])
    assert seen["metric"].to_list() == ["pass_rate"]


def test_no_pass_is_a_bound_and_is_left_out_with_the_reason(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    beside(store, "a", "passes", ((100.0, 0.0),))
    beside(store, "a", "decodes", ((100.0, 200.0),))
    study = a_study(metric="decodes", goal="lower", laws=("pass_until",))
    seen = without_needs(laws["pass_until"], observations(store, study))
    assert [reason.partition(" (")[0] for reason in seen["reason"]] == ["no pass_rate"]


def test_each_benchmark_has_its_own_pass_rate(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", tags=tags(passes_wanted=5))
    for task, decodes in (("easy", 20.0), ("hard", 400.0)):
        beside(store, "a", "passes", ((100.0, 5.0),), task)
        beside(store, "a", "decodes", ((100.0, decodes),), task)
    study = a_study(metric="decodes", goal="lower", laws=("pass_until",), group_by=("task",))
    seen = without_needs(laws["pass_until"], observations(store, study))
    assert dict(seen.select("task", "value").iter_rows()) == pytest.approx({"easy": 4 / 19, "hard": 4 / 399})


def test_a_law_is_fitted_to_what_the_study_makes_of_its_metric(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", accelerator_hours=2.0)
    study = a_study(laws=("languini", "chinchilla"), derive={"perplexity": "exp(value)"})
    frame = observations(store, study)
    seen = without_needs(laws["languini"], frame)
    assert seen.select("metric", "value").rows() == [("perplexity", pytest.approx(exp(2.2)))]
    assert without_needs(laws["chinchilla"], frame).select("metric", "value").rows() == [("loss", 2.2)]
    assert [response_of(study, law) for law in study.law_objects()] == ["perplexity", "loss"]


def test_the_best_of_a_sweep_is_chosen_by_the_metric_and_answers_in_what_is_made(store: duckdb.DuckDBPyConnection) -> None:
    for lr, loss in ((0.001, 2.5), (0.002, 2.0)):
        add(store, f"lr{lr}", ((100.0, loss),), peak_lr=lr, accelerator_hours=2.0)
    study = a_study(laws=("languini",), derive={"perplexity": "exp(value)"}, reduce={"best_of": ["peak_lr"]})
    seen = without_needs(laws["languini"], observations(store, study)).filter("used")
    assert seen["value"].to_list() == pytest.approx([exp(2.0)])


def test_a_column_that_cannot_be_made_of_a_run_leaves_it_out(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", accelerator_hours=2.0)
    study = a_study(laws=("languini",), derive={"perplexity": "exp(value) / (seed - seed)"})
    assert without_needs(laws["languini"], observations(store, study))["reason"].to_list() == ["no perplexity"]


def test_an_answer_that_was_logged_as_a_metric_is_taken_as_it_is(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", ((100.0, 5e4),), metric="critical_batch")
    study = a_study(laws=("critical_batch",), metric="critical_batch", derive={"loss": "2.5"})
    seen = without_needs(laws["critical_batch"], observations(store, study))
    assert seen.select("used", "value", "loss").rows() == [(True, 5e4, 2.5)]
    assert without_needs(laws["critical_batch"], seen.clear()).is_empty()
