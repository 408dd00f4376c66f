"""What the page computes from a fit's numbers and its law's JavaScript is what Python planned and published."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from javascript import evaluated

from pipeline.home import Home
from pipeline.laws import laws
from pipeline.report.live import MOST_DRAWS, forms, live_fits, why_not
from pipeline.report.published import Published, opened

ENGINE = Path(__file__).parents[2] / "pipeline" / "report" / "live_engine.js"


@pytest.fixture(scope="module")
def file(published: Home) -> Iterator[Published]:
    with opened(published.published_db) as found:
        yield found


def answered(file: Published, study: str, call: str) -> Any:
    """The engine's answer of `call`, in which `fit` is the study's."""
    (fit,) = live_fits(file, study)
    given = f"const fit = {json.dumps(fit)};"
    return evaluated(f"{forms(file).decode()}\n{ENGINE.read_text(encoding='utf-8')}\n{given}\nconst answer = {call};")


def rows(file: Published, study: str, table: str) -> list[dict[str, Any]]:
    found = list(file.plan(study, table).iter_rows(named=True))
    assert found
    return found


def test_the_page_finds_the_compute_optimal_size_that_was_planned(file: Published) -> None:
    planned = [row for row in rows(file, "text-size", "plan_compute_optimal") if row["approach"] == "parametric"]
    budgets = [row["flops"] for row in planned]
    found = answered(file, "text-size", f"{json.dumps(budgets)}.map((flops) => lawbookLive.sizes(fit, lawbookLaws, {{flops}}))")
    for row, made in zip(planned, found, strict=True):
        assert made["value"][0] == pytest.approx(row["loss"], rel=1e-9)
        assert made["params"] == pytest.approx([row["params"], row["params_low"], row["params_high"]], rel=1e-6)


def test_the_page_gives_pool_sets_the_values_and_the_order_that_were_planned(file: Published) -> None:
    planned = rows(file, "pools", "plan_filtering")
    for seen in sorted({row["data_seen"] for row in planned}):
        best = sorted((row for row in planned if row["data_seen"] == seen), key=lambda row: row["rank"])
        ask = f"{{data_seen: {seen}, params: 1e6, on: [0, 1, 2], sizes: fit.pools.map((p) => p.size)}}"
        found = answered(file, "pools", f"lawbookLive.pools(fit, lawbookLaws, {ask})")
        names = [pool["name"] for pool in live_fits(file, "pools")[0]["pools"]]
        told = {tuple(names[i] for i in made["pools"]): made["value"][0] for made in found}
        assert next(iter(told)) == tuple(best[0]["pools"])
        for row in best:
            assert told[tuple(row["pools"])] == pytest.approx(row["value"], rel=1e-9)


def test_an_epoch_limit_leaves_out_the_sets_that_repeat_more(file: Published) -> None:
    ask = "{data_seen: 3e8, params: 1e6, epochs: 5, on: [0, 1, 2], sizes: fit.pools.map((p) => p.size)}"
    found = answered(file, "pools", f"lawbookLive.pools(fit, lawbookLaws, {ask})")
    assert found
    assert all(made["epochs"] <= 5 for made in found)


def test_a_pool_that_is_off_is_in_no_set(file: Published) -> None:
    ask = "{data_seen: 3e8, params: 1e6, on: [0, 2], sizes: fit.pools.map((p) => p.size)}"
    assert {i for made in answered(file, "pools", f"lawbookLive.pools(fit, lawbookLaws, {ask})") for i in made["pools"]} == {0, 2}


def test_tokens_to_serve_make_the_model_smaller(file: Published) -> None:
    call = "[0, 1e12].map((served) => lawbookLive.sizes(fit, lawbookLaws, {flops: 1e22, served}).params[0])"
    alone, served = answered(file, "text-size", call)
    assert served < alone


def test_limited_unique_data_are_never_seen_more_often_than_allowed(file: Published) -> None:
    made = answered(file, "text-size", "lawbookLive.sizes(fit, lawbookLaws, {flops: 1e22, unique: 1e9, epochs: 4})")
    assert made["data_seen"][0] <= 4e9 * (1 + 1e-12)
    assert made["epochs"] == pytest.approx(4)


def test_draws_are_enough_for_an_interval_and_no_more_than_the_fit_has(file: Published) -> None:
    for study in ("text-size", "pools"):
        (fit,) = live_fits(file, study)
        assert {len(part["theta"]) for part in fit["parts"]} == {1 + 60}
    assert MOST_DRAWS >= 200


def test_a_law_that_the_page_cannot_feed_says_which_column_it_reads() -> None:
    words = why_not(laws["step_law"]) if "step_law" in laws else why_not(next(x for x in laws.values() if "lr" in str(x.columns)))
    assert words is not None
    assert len(words) > 20


def test_the_page_adds_the_error_of_the_law_itself_as_the_plans_do(file: Published) -> None:
    planned = [row for row in rows(file, "text-size", "plan_compute_optimal") if row["approach"] == "parametric"]
    call = f"{json.dumps([row['flops'] for row in planned])}.map((flops) => lawbookLive.sizes(fit, lawbookLaws, {{flops}}).value)"
    for row, (_, low, high) in zip(planned, answered(file, "text-size", call), strict=True):
        assert (high - low) / (row["loss_high"] - row["loss_low"]) == pytest.approx(1, abs=0.5)  # sixty draws, other normals


def test_the_page_is_as_unsure_beyond_the_epochs_of_the_runs_as_the_law_was_when_these_were_held_out(file: Published) -> None:
    call = (
        "(() => { const [part] = fit.parts, theta = Array(2001).fill(part.theta[0]);"
        "const one = {...fit, error: [0.01, 0], error_epochs: [0.1, 1, 4], parts: [{...part, weight: 1, theta}]};"
        "const run = (data_seen) => ({data_seen, pools: [0], sizes: [1e7, 1e7, 1e7]});"
        "return [4e7, 4e8].map((n) => lawbookLive.draws(one, lawbookLaws, run(n)).map((v) => Math.log(v))); })()"
    )
    within, beyond = (np.array(each).std() for each in answered(file, "pools", call))
    assert within == pytest.approx(0.01, rel=0.06)
    assert beyond == pytest.approx(0.1 * np.e, rel=0.06)


def test_the_pages_normals_are_standard_and_independent(file: Published) -> None:
    call = (
        "(() => { const [part] = fit.parts, theta = Array(2001).fill(part.theta[0]);"
        "const one = {...fit, error: [1, 0], parts: [{...part, weight: 1, theta}]};"
        "const run = (on) => ({data_seen: 1e7, pools: on, sizes: [1e8, 1e8, 1e8]});"
        "const at = [[0], [1]].map((on) => lawbookLive.draws(one, lawbookLaws, run(on)));"
        "return at.map((all) => all.map((v) => Math.log(v))); })()"
    )
    first, second = (np.array(each) for each in answered(file, "pools", call))
    assert first.std() == pytest.approx(1, abs=0.06)
    assert second.std() == pytest.approx(1, abs=0.06)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.08
