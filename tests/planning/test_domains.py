"""One mixture for several target domains: the least weighted sum, what each target gives up, and the way there from logs."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, study_of

from pipeline.errors import PlanError
from pipeline.laws import laws
from pipeline.planning.plan import Fitted
from pipeline.planning.questions.mixtures.domains import gather
from tests.families.dropped import printed, published, rows
from tests.small_home import without_report

POOLS = ("web", "code")
COMMON = {"E": 1.0, "A": 0.4, "B": 0.5, "alpha": 0.35, "beta": 0.3, "g": {"web": 0.6, "code": 0.6}}
HELP = {"prose": {"web": 4.0, "code": 1.0}, "python": {"web": 1.0, "code": 4.0}}
"""Each target is helped most by its own pool, and the two are mirror images."""
FINE = np.linspace(0, 1, 2001)


def runs(target: str) -> pl.DataFrame:
    """A run on each pool of which nobody says how large it is, judged by a target."""
    members = [[{"pool": pool, "share": 1.0, "unique": None}] for pool in POOLS]
    sizes = {"data_seen": [1e9, 1e10], "params": [1e8, 1e9], "flops": [6e17, 6e19]}
    return pl.DataFrame(sizes | {"members": members, "task": [target] * 2})


def fitted(target: str) -> Fitted:
    fit = fit_of(laws["additive_mixture"], COMMON | {"C": HELP[target]}, POOLS, seed=len(target))
    fit.fit_id = target
    return Fitted(fit, f"task={target}", runs(target))


def plan(metric: str = "loss", **asked: object) -> pl.DataFrame:
    study = study_of(metric, **{"params": [1e9], "data_seen": [2e10]} | asked)
    study.group_by = ("task",)
    return gather(study, [fitted(target) for target in HELP])


def loss(target: str, share: np.ndarray) -> np.ndarray:
    """The law of the target's home at shares of code."""
    help_of = HELP[target]
    level = COMMON["E"] + COMMON["A"] / 1.0 ** COMMON["alpha"] + COMMON["B"] / 20.0 ** COMMON["beta"]
    return level + 1 / (help_of["web"] * (1 - share) ** 0.6 + help_of["code"] * share**0.6)


def share_of_code(row: dict) -> float:
    return dict(zip(row["pools"], row["weights"], strict=True)).get("code", 0.0)


@pytest.mark.parametrize("weight", [0.5, 0.3, 0.05])
def test_the_mixture_is_the_best_of_a_fine_grid(weight: float) -> None:
    row = plan(domains={"prose": 1 - weight, "python": weight}).row(0, named=True)
    total = (1 - weight) * loss("prose", FINE) + weight * loss("python", FINE)
    assert row["weighted"] == pytest.approx(total.min(), abs=1e-7)
    assert share_of_code(row) == pytest.approx(FINE[total.argmin()], abs=2e-3)


def test_targets_count_alike_where_the_study_does_not_weigh_them() -> None:
    found = plan().sort("target")
    assert found["target_weight"].to_list() == [0.5, 0.5]
    assert found.equals(plan(domains={"prose": 7, "python": 7}).sort("target"))


def test_each_target_is_told_what_it_gives_up() -> None:
    for row in plan(domains={"prose": 3, "python": 1}).iter_rows(named=True):
        at = loss(row["target"], np.array([share_of_code(row)]))[0]
        assert row["value"] == pytest.approx(at, rel=1e-9)
        assert row["given_up"] == pytest.approx(at - loss(row["target"], FINE).min(), abs=1e-6)
        assert row["given_up_low"] <= row["given_up"] <= row["given_up_high"]


def test_a_target_that_does_not_count_is_told_what_it_loses() -> None:
    found = {row["target"]: row for row in plan(domains={"prose": 1}).iter_rows(named=True)}
    assert found["prose"]["given_up"] == pytest.approx(0, abs=1e-7)
    assert found["python"]["target_weight"] == 0
    assert found["python"]["given_up"] > 0.01


def test_the_mixture_is_no_worse_than_equal_shares() -> None:
    assert plan(domains={"prose": 5, "python": 1})["gain"].min() > 0  # type: ignore[operator]  # of numbers
    assert plan()["gain"].to_list() == pytest.approx([0, 0], abs=1e-9)


def test_a_compute_budget_is_spent_on_one_size_for_all() -> None:
    (row, other) = plan(flops=[1e20], params=[], data_seen=[]).iter_rows(named=True)
    assert 6 * row["params"] * row["data_seen"] == pytest.approx(1e20)
    assert (row["params"], row["weights"]) == (other["params"], other["weights"])
    nearer = COMMON["A"] / (row["params"] / 1e9) ** 0.35 + COMMON["B"] / (row["data_seen"] / 1e9) ** 0.3
    sizes = np.geomspace(row["params"] / 3, row["params"] * 3, 201)
    assert nearer <= (COMMON["A"] / (sizes / 1e9) ** 0.35 + COMMON["B"] / (1e20 / 6 / sizes / 1e9) ** 0.3).min() + 1e-9


def test_a_weight_of_no_target_names_those_that_there_are() -> None:
    with pytest.raises(PlanError, match=r"'pros' is no target of the study .did you mean 'prose'.*use prose, python"):
        plan(domains={"pros": 1})


STUDY = """study = "mix"
runs = "dataset = 'mixed'"
metric = "loss"
fix = { E = 1.0 }
group_by = ["task"]
laws = ["additive_mixture"]
derive = { members = { shares = ["web", "code"] } }
share = ["alpha", "beta"]
draws = 40
plan = { params = [1e9], data_seen = [2e10], domains = { prose = 3, python = 1 } }
"""


def test_from_dropped_logs_to_one_mixture_with_the_price_of_each_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_report(monkeypatch)
    design = [(n, d, s) for n in (1e8, 3e8, 9e8) for d in (2e9, 6e9, 2e10, 6e10) for s in (0.1, 0.35, 0.65, 0.9)]
    logged = pl.DataFrame(
        {
            "run_id": [f"r{i}" for i in range(len(design))], "status": "finished", "dataset": "mixed", "data_unit": "token",
            "params": [n for n, _, _ in design], "data_seen": [d for _, d, _ in design],
            "web": [1 - s for *_, s in design], "code": [s for *_, s in design],
        }
    )  # fmt: skip
    level = [0.4 / (n / 1e9) ** 0.35 + 0.5 / (d / 1e9) ** 0.3 - 0.4 - 0.5 / 20**0.3 for n, d, _ in design]
    values = pl.concat(
        logged.select("run_id", "data_seen", metric=pl.lit("loss"), split=pl.lit("validation"), task=pl.lit(target)).with_columns(
            value=pl.Series([x + loss(target, np.array([s]))[0] for x, (*_, s) in zip(level, design, strict=True)])
        )
        for target in HELP
    )
    home = published(tmp_path, STUDY, mixed_runs=logged, mixed_measurements=values)
    found = {row["target"]: row for row in rows(home, "SELECT * FROM best_domains")}
    total = 0.75 * loss("prose", FINE) + 0.25 * loss("python", FINE)
    assert set(found) == set(HELP)
    assert share_of_code(found["prose"]) == pytest.approx(FINE[total.argmin()], abs=0.03)
    assert found["python"]["given_up"] > found["prose"]["given_up"] > 0
    assert "python, 25 % of the weight, ends at" in printed(home, "mix")


SHARED = {"alone": {"web": 2.0, "code": 2.5}}


def of_shares(task: str, size: float) -> Fitted:
    """A fit of shares alone to the runs of one size."""
    fit = fit_of(laws["linear_mixing"], SHARED, POOLS)
    fit.fit_id = f"{task} {size}"
    frame = runs(task).with_columns(params=pl.lit(size), data_seen=pl.lit(20 * size))
    return Fitted(fit, f"task={task}, params={size}", frame)


def test_fits_of_shares_alone_are_weighed_at_the_budget_of_their_runs_a_size_at_a_time() -> None:
    study = study_of("loss")
    study.group_by = ("task", "params")
    found = gather(study, [of_shares(task, size) for task in HELP for size in (1e8, 1e9)])
    assert sorted(found.select("target", "params", "data_seen").rows()) == [
        (task, size, 20 * size) for task in HELP for size in (1e8, 1e9)
    ]


def test_targets_of_one_size_alone_are_weighed_against_none_of_another() -> None:
    study = study_of("loss")
    study.group_by = ("task", "params")
    assert gather(study, [of_shares("prose", 1e8), of_shares("python", 1e9)]).is_empty()
