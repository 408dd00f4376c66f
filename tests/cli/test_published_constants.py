"""A plan from constants that a paper printed, without a run."""

import json
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.errors import FitError
from pipeline.fitting.published import constants_named, published_fit
from pipeline.laws import laws
from pipeline.planning.from_constants import published_plans


def optimum(constants: str, flops: float) -> dict[str, float]:
    return published_plans(constants, {"flops": [flops]})["plan_compute_optimal"].row(0, named=True)


@pytest.mark.parametrize(
    ("constants", "params"),
    [("chinchilla/besiroglu", 7.23527e10), ("chinchilla/hoffmann", 4.03609e10), ("chinchilla/rounded", 3.21899e10)],
)
def test_the_optimum_is_that_of_the_paper(constants: str, params: float) -> None:
    assert optimum(constants, 5.76e23)["params"] == pytest.approx(params, rel=1e-4)


def test_printed_intervals_are_carried_into_the_plan() -> None:
    row = optimum("chinchilla/besiroglu", 1e24)
    assert row["params_low"] < row["params"] < row["params_high"]
    assert row["grade"] == "published"


def test_constants_without_intervals_give_a_plan_without_intervals() -> None:
    row = optimum("chinchilla/hoffmann", 1e24)
    assert row["params_low"] is None
    assert row["loss_low"] is None


def test_draws_have_the_printed_ends() -> None:
    import numpy as np

    law, one = constants_named("chinchilla/besiroglu")
    found = published_fit(law, one, draws=20_000)
    low, high = np.quantile(found.draws, [0.025, 0.975], axis=0)
    place = [p.name for p in law.parameters].index("alpha")
    assert (low[place], high[place]) == pytest.approx((one.low["alpha"], one.high["alpha"]), abs=0.01)


@pytest.mark.parametrize("name", [name for name, law in laws.items() if law.published and not law.pooled])
def test_every_whole_set_of_constants_of_the_book_becomes_a_fit(name: str) -> None:
    needed = {parameter.name for parameter in laws[name].parameters}
    for one in laws[name].published:
        if needed <= set(one.values):
            assert published_fit(laws[name], one).grade == "published"


def test_a_setting_that_several_have_is_refused_with_their_names() -> None:
    with pytest.raises(FitError, match=r"settings of chinchilla are called so.*Besiroglu.*Hoffmann"):
        constants_named("chinchilla/approach 3")


def test_an_unknown_law_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(FitError, match=r"no law 'chinchila'.*did you mean 'chinchilla'"):
        constants_named("chinchila/besiroglu")


def test_the_command_prints_sentences_that_speak_of_the_papers_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--published", "chinchilla/besiroglu", "--flops", "1e24", "--home", str(tmp_path / "none")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "From published constants, not from your runs" in said
    assert "of the paper's largest run" in said
    assert "your largest run" not in said


def test_the_learning_rate_of_a_paper_is_printed_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["plan", "--published", "step_law_rate/dense", "--params", "1e9", "--data-seen", "1e11"]
    assert main([*given, "--json", "--home", str(tmp_path / "none")]) == 0
    (row,) = json.loads(capsys.readouterr().out)["plans"]["plan_hyperparameters"]
    assert row["peak_lr"] == pytest.approx(1.79 * 1e9**-0.713 * 1e11**0.307)
