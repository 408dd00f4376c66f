"""What a notebook sees: frames of any library in, a fit that shows itself, plans as frames with sentences."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from small_home import LOSS, run_rows, write_runs

from pipeline import fit, laws, plan, read
from pipeline.errors import FitError, LawbookError, PlanError
from pipeline.fitting import Fit

COLUMNS = ("run_id", "params", "data_seen", "value")


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return pl.DataFrame([{**row, "value": row["metric:loss"]} for row in run_rows("first")]).select(COLUMNS)


@pytest.fixture(scope="module")
def fitted(frame: pl.DataFrame) -> Fit:
    return fit(laws["chinchilla"], frame, draws=60)


LIBRARIES: dict[str, Callable[[pl.DataFrame], object]] = {
    "pandas": lambda frame: frame.to_pandas(),
    "pandas with an index": lambda frame: frame.to_pandas().set_index("run_id", drop=False),
    "Arrow": lambda frame: frame.to_arrow(),
    "a lazy frame": lambda frame: frame.lazy(),
}


@pytest.mark.parametrize("of", LIBRARIES.values(), ids=LIBRARIES)
def test_a_fit_is_the_same_to_the_bit_from_any_library(
    frame: pl.DataFrame, fitted: Fit, of: Callable[[pl.DataFrame], object]
) -> None:
    assert fit(laws["chinchilla"], of(frame), draws=60).parameters == fitted.parameters


def test_what_is_no_table_is_refused_with_what_is_one() -> None:
    with pytest.raises(FitError, match=r"a list is no table; give a DataFrame of Polars or pandas"):
        fit(laws["chinchilla"], [1, 2, 3])


def test_the_repr_of_a_fit_is_one_short_line(fitted: Fit) -> None:
    assert repr(fitted).startswith("Fit(chinchilla, 25 runs, clean: E = 1.")
    assert len(repr(fitted)) < 200


def test_the_summary_has_every_parameter_with_its_interval(fitted: Fit) -> None:
    lines = {line.split()[0]: line.split() for line in str(fitted.summary()).splitlines() if line}
    for name, value in LOSS.items():
        low, high = (float(cell) for cell in lines[name][3:5])
        assert low <= float(lines[name][1]) <= high
        assert low <= 1.2 * value
        assert high >= 0.8 * value


def test_the_html_of_a_fit_is_escaped(fitted: Fit) -> None:
    html = fitted._repr_html_()
    assert "all checks passed" in html
    assert html.count("<tr>") == html.count("</tr>") > 10
    assert "<script" not in html


@pytest.mark.parametrize("kind", ["fit", "residuals", "profile", "forecast"])
def test_a_picture_is_valid_vega_lite_with_data(fitted: Fit, kind: str) -> None:
    spec = fitted.plot(kind).to_dict()
    assert all(spec["datasets"].values())


def test_an_unknown_picture_is_refused_with_the_known_ones(fitted: Fit) -> None:
    with pytest.raises(FitError, match="did you mean 'residuals'"):
        fitted.plot("residual")


def test_the_valley_of_a_parameter_is_deepest_at_its_estimate(fitted: Fit) -> None:
    rows = [row for data in fitted.plot("profile").to_dict()["datasets"].values() for row in data]
    for name, value in fitted.parameters.items():
        mine = [row for row in rows if row["parameter"] == name]
        assert min(mine, key=lambda row: row["rise"])["value"] == pytest.approx(value, rel=1e-6)


def test_a_plan_is_the_frame_that_the_table_has(fitted: Fit) -> None:
    found = plan.compute_optimal(fitted, flops=[1e20, 1e21])
    assert found["flops"].to_list() == [1e20, 1e21]
    assert (found["params_low"] <= found["params"]).all()
    assert found["sentence"][1].startswith("Train 3.")


def test_a_plan_says_its_price(fitted: Fit) -> None:
    (row,) = plan.price(fitted, flops=[1e22], accelerator="h100-sxm", accelerator_count=64).to_dicts()
    assert row["price"] > 0
    assert "h100-sxm" in row["sentence"]


def test_a_question_that_the_law_cannot_answer_names_those_that_it_can(fitted: Fit) -> None:
    with pytest.raises(PlanError, match=r"chinchilla cannot answer filtering; ask .*compute_optimal"):
        plan.pools(fitted)


def test_an_unknown_key_of_a_plan_is_refused_with_the_one_that_was_meant(fitted: Fit) -> None:
    with pytest.raises(PlanError, match="did you mean 'flops'"):
        plan.compute_optimal(fitted, flop=[1e20])


def test_an_unknown_question_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(AttributeError, match="did you mean 'compute_optimal'"):
        plan.compute_optimum  # noqa: B018 - the access is what is tested


OF_TWO = [name for name in dir(plan) if plan.__getattr__(name).plan.compare is not None]
OF_A_STUDY = [name for name in dir(plan) if plan.__getattr__(name).plan.gather is not None]


def test_every_question_that_a_law_can_answer_is_answered(fitted: Fit) -> None:
    asked = {
        "response": {"response": {"params": [1e9]}},
        "target": {"target": {"find": "data_seen", "reach": [2.5], "params": [1e9]}},
        "optimum": {"optimum": {"find": "params", "tie": {"data_seen": "1e20 / (6 * params)"}}},
        "pruning": {"examples_per_dimension": [3.0]},
    }
    able = [name for name in dir(plan) if plan.__getattr__(name).plan.needs(fitted.law) and name not in (*OF_TWO, *OF_A_STUDY)]
    answers = {name: plan.__getattr__(name)(fitted, flops=[1e20], **asked.get(name, {})) for name in able}
    assert [name for name, rows in answers.items() if rows.is_empty() or "sentence" not in rows.columns] == []


@pytest.mark.parametrize("name", ["comparison", "interventions"])
def test_a_question_of_two_fits_is_answered_with_the_other(fitted: Fit, name: str) -> None:
    rows = plan.__getattr__(name)(fitted, fitted, params=[1e9], data_seen=[2e10])
    assert rows["probability_other_wins"].is_not_null().all()
    assert all(rows["sentence"])


@pytest.mark.parametrize("name", ["comparison", "interventions"])
def test_a_question_of_two_fits_asks_for_the_other(fitted: Fit, name: str) -> None:
    with pytest.raises(PlanError, match=rf"give the other one too: plan\.{name}\(fit, other"):
        plan.__getattr__(name)(fitted, params=[1e9], data_seen=[2e10])


def test_a_question_of_a_study_asks_for_one(fitted: Fit) -> None:
    with pytest.raises(PlanError, match="benchmarks is asked of all fits of a study"):
        plan.benchmarks(fitted)


def test_a_schedule_is_planned_from_curves_that_say_no_more_than_the_law_reads() -> None:
    steps = [(run, step) for run in range(4) for step in range(100, 2001, 100)]
    sums = [(str(run), step, 1e-3 * step, 5e-8 * step**2 * (run + 1)) for run, step in steps]
    curves = [{"run_key": key, "step": step, "s1": s1, "s2": s2, "loss": 2 + s1**-0.5 - 0.1 * s2} for key, step, s1, s2 in sums]
    found = fit(laws["annealing"], pl.DataFrame(curves), draws=10)
    with pytest.raises(LawbookError, match=r"no run says its learning rate; log lr or peak_lr, or say peak_lr"):
        plan.schedule(found)
    rows = plan.schedule(found, schedule={"peak_lr": 1e-3})
    assert rows["sentence"][0].startswith("With 2000 steps, ")


def test_logs_are_read_without_a_home(tmp_path: Path) -> None:
    write_runs(tmp_path / "logs" / "lab", run_rows("first"))
    logs = read(tmp_path / "logs")
    assert repr(logs) == "25 runs, 25 measurements of loss"
    found = fit(laws["chinchilla"], logs.frame("loss", split="validation"), draws=60)
    assert found.parameters["E"] == pytest.approx(LOSS["E"], rel=0.1)
    assert {path.name for path in tmp_path.iterdir()} == {"logs"}


def test_the_folder_of_the_logs_does_not_order_runs_of_equal_cost(tmp_path: Path) -> None:
    alike = [{**row, "params": 1e8, "data_seen": 1e9} for row in run_rows("first")]
    orders = []
    for folder in ("a", "b", "elsewhere", "z/lab"):
        write_runs(tmp_path / folder / "lab", alike)
        orders.append(read(tmp_path / folder).frame("loss", split="validation")["run_id"].to_list())
    assert orders == [sorted(orders[0])] * len(orders)


def test_refused_rows_are_told_and_kept(tmp_path: Path) -> None:
    rows = run_rows("first")
    write_runs(tmp_path / "lab", [*rows[:-1], {**rows[-1], "params": -1}])
    logs = read(tmp_path)
    assert "1 row rejected" in repr(logs)
    assert logs.quarantine["reason"].to_list() == ["out_of_range"]


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(LawbookError, match="holds no log that a reader knows"):
        read(tmp_path)
