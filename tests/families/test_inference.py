"""(k, score) tables: how many samples to buy for an answer, and what one costs."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.cli.main import main
from pipeline.home import Home
from tests.families.dropped import printed, published, query, rows
from tests.small_home import own_home, refit_undrawn

SAMPLES = """study = "samples"
question = "How many samples should be bought?"
runs = "dataset = 'math'"
metric = "pass_at_k"
laws = ["coverage"]
draws = 60
[plan.inference]
tokens = 1000
least_gain = 0.05
"""
KS = 2.0 ** np.arange(0, 8)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One model sampled up to 128 times: a row for each number of samples, as a table of pass@k has it."""
    value = np.exp(-1.5 * KS**-0.3) + 0.002 * np.random.default_rng(0).standard_normal(len(KS))
    frame = pl.DataFrame(
        {"run_id": [f"k{int(k)}" for k in KS], "params": 7e9, "samples": KS, "metric:pass_at_k": value}
    ).with_columns(status=pl.lit("finished"), dataset=pl.lit("math"))
    return published(tmp_path_factory.mktemp("samples"), SAMPLES, math_runs=frame)


def test_the_column_of_the_table_is_the_axis(home: Home) -> None:
    assert rows(home, "SELECT DISTINCT axis, metric FROM best_inference") == [{"axis": "samples", "metric": "pass_at_k"}]


def test_the_value_follows_the_law_that_the_samples_came_from(home: Home) -> None:
    for row in rows(home, "SELECT * FROM best_inference"):
        assert row["value"] == pytest.approx(np.exp(-1.5 * row["amount"] ** -0.3), abs=0.02)
        assert row["gain"] > 0


def test_the_amount_to_buy_is_the_last_whose_doubling_is_worth_it(home: Home) -> None:
    found = rows(home, "SELECT * FROM best_inference ORDER BY amount")
    best = next(place for place, row in enumerate(found) if row["best"])
    assert found[best - 1]["gain"] >= 0.05 > found[best]["gain"]
    assert sum(row["best"] for row in found) == 1


def test_an_answer_costs_a_forward_pass_for_every_token_of_every_sample(home: Home) -> None:
    for row in rows(home, "SELECT * FROM best_inference"):
        assert row["flops_per_answer"] == pytest.approx(2 * 7e9 * 1000 * row["amount"])
        assert row["price_per_answer"] > 0


def test_the_answer_is_a_sentence_with_its_price(home: Home) -> None:
    said = printed(home, "samples")
    assert "Buy" in said
    assert "An answer costs" in said


def test_k_star_of_an_imperfect_verifier_is_where_the_reward_is_largest(tmp_path: Path) -> None:
    from pipeline.laws import laws
    from pipeline.laws.engine.compile import compiled
    from pipeline.laws.engine.rows import Rows

    law = laws["verifier_reward"]
    theta = np.array([[float(law.example[p.name]) for p in law.parameters]])
    attempts = 2.0 ** np.arange(0, 9)
    asked = {"attempts": attempts, "value_right": np.ones(9), "value_wrong": np.full(9, -4.0), "cost_attempt": np.full(9, 0.01)}
    value = compiled(law).value(theta, Rows(asked))[0]
    frame = pl.DataFrame({"run_id": [f"k{int(k)}" for k in attempts], **asked, "metric:reward": value}).with_columns(
        status=pl.lit("finished"), dataset=pl.lit("code")
    )
    study = SAMPLES.replace("'math'", "'code'").replace("pass_at_k", "reward").replace("coverage", "verifier_reward")
    study = study.replace("tokens = 1000\nleast_gain = 0.05\n", "amounts = [1, 2, 4, 8, 16, 32, 64]\n")
    fixed = "".join(f"{p.name} = {float(law.example[p.name])}\n" for p in law.parameters)
    home = published(
        tmp_path,
        study.replace("draws = 60\n", "draws = 4\nfix = { " + fixed.strip().replace("\n", ", ") + " }\n"),
        code_runs=frame,
    )
    found = {row["amount"]: row for row in rows(home, "SELECT * FROM plan_inference")}
    truth = dict(zip(attempts, value, strict=True))
    best = max(found, key=lambda k: truth[k])
    assert [k for k, row in found.items() if row["best"]] == [best]


def test_a_table_of_pass_at_k_is_a_decision_by_what_lawbook_new_writes(tmp_path: Path) -> None:
    """Two models at pass@1, 10 and 100, as papers print them: each by exp(-miss k^-.3)."""
    miss = {"1B": 2.2, "7B": 1.1}
    cells = [f"{name},{name[:-1]}e9," + ",".join(f"{np.exp(-m * k**-0.3):.4f}" for k in (1, 10, 100)) for name, m in miss.items()]
    home = own_home(tmp_path)
    (home.inbox / "lab").mkdir()
    (home.inbox / "lab" / "humaneval.csv").write_text("\n".join(["model,params,pass@1,pass@10,pass@100", *cells]) + "\n")
    assert main(["--home", str(home.root), "new", "lab-attempts-samples"]) == 0
    (study,) = home.studies.glob("*.toml")
    study.write_text(study.read_text().replace("draws = 1000", "draws = 40"))
    assert not refit_undrawn(home).failed
    for row in rows(home, "SELECT * FROM plan_inference WHERE law = 'coverage'"):
        m = {1e9: 2.2, 7e9: 1.1}[float(row["cohort"].removeprefix("params="))]
        assert row["value"] == pytest.approx(np.exp(-m * row["amount"] ** -0.3), abs=2e-3)
    said = printed(home, "lab-attempts-samples")
    assert "Buy" in said
    assert "An answer costs" in said
    assert rows(home, query("price_answers"))


def test_the_analysts_question_about_answers_is_answered(home: Home) -> None:
    assert rows(home, query("price_answers"))
