"""A mixture at a large size from two small ones: the paper's formula, its interval, and the way there from logged files."""

import csv

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, study_of
from small_home import without_report

from pipeline.errors import PlanError
from pipeline.home import Home
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.planning import PLANS
from pipeline.planning.questions.mixtures.projection import weights
from pipeline.refit.refit import refit
from pipeline.store.frames import read_frame
from pipeline.store.warehouse import Warehouse
from pipeline.wording import sentences as words
from pipeline.wording.outline import outline
from tests.families.dropped import query
from tests.families.dropped import rows as asked

SOURCES = ("web", "books", "code")
PLAN = PLANS["plan_projection"]
LEVELS = {"b1": (0.0, 0.004, -0.002), "c1": (0.0, -0.03, 0.05), "b2": (0.0, -0.001, 0.003), "c2": (0.05, -0.02, 0.01)}
SHARES = np.vstack([np.eye(3), np.random.default_rng(0).dirichlet(np.ones(3), 21)]).round(6)
DISTANCES = np.random.default_rng(1).uniform(5, 20, len(SHARES))


def values(score=0.5, flat=False):
    """Constants of the law; flat: the same score whatever the mixture."""
    levels = {name: dict(zip(SOURCES, np.zeros(3) if flat else row, strict=True)) for name, row in LEVELS.items()}
    return {"b0": 0.0 if flat else 0.01, "c0": score, **levels}


def runs(size, shares=SHARES, distances=DISTANCES, status="finished"):
    held = [[{"pool": p, "share": float(s), "unique": 1e6} for p, s in zip(SOURCES, row, strict=True) if s > 0] for row in shares]
    used = [status == "finished"] * len(shares)
    return pl.DataFrame({"data_seen": float(size), "transport_distance": distances, "members": held, "used": used})


def plan(small, large, sizes=(1000, 1500), frames=None, law="projektor", spread=0.0, **asked):
    fits = [fit_of(laws[law], v, SOURCES, spread=spread, seed=k) for k, v in enumerate((small, large))]
    frames = frames or [runs(n) for n in sizes]
    return PLAN.compare(*fits, study_of("error", **asked), *frames, f"data_seen={sizes[1]}")


def test_the_worked_value_of_the_paper_s_formula():
    rows = plan(values(0.50, flat=True), values(0.54, flat=True), data_seen=[1500.0, 10_000.0])
    assert rows.filter(data_seen=1500.0)["value"].to_numpy() == pytest.approx(0.54, abs=1e-15)
    assert rows.filter(data_seen=10_000.0)["value"].to_numpy() == pytest.approx(0.727155, abs=5e-7)


def test_the_two_scores_count_as_the_reference_says():
    assert weights(10_000, 1000, 1500) == pytest.approx((-4.679, 5.679), abs=5e-4)


def test_which_cohort_is_the_smaller_size_does_not_matter():
    one = plan(values(0.5), values(0.6), data_seen=[1e4])
    other = plan(values(0.6), values(0.5), sizes=(1500, 1000), data_seen=[1e4])
    np.testing.assert_array_equal(one["value"], other["value"])


def test_ranks_and_chances_are_over_the_mixtures_of_one_size():
    rows = plan(values(0.5), values(0.6), spread=0.01, data_seen=[1e4, 1e5])
    for (_,), part in rows.group_by("data_seen"):
        assert sorted(part["rank"]) == list(range(1, len(SHARES) + 1))
        assert part["probability_best"].sum() == pytest.approx(1)
        assert part.sort("rank")["value"].is_sorted()


def test_the_interval_grows_with_the_distance_from_the_small_sizes():
    rows = plan(values(0.5), values(0.5), spread=0.01, data_seen=[2e3, 1e4, 1e5])
    width = rows.group_by("data_seen").agg((pl.col("value_high") - pl.col("value_low")).mean()).sort("data_seen")
    assert width["value_high"].is_sorted()
    assert width["value_high"][2] > 5 * width["value_high"][0]


def test_a_planned_mixture_that_nobody_trained_is_a_candidate_by_its_distance():
    new, base = np.array([[0.2, 0.2, 0.6]]), [runs(n) for n in (1000, 1500)]
    frames = [base[0], pl.concat([base[1], runs(1500, new, [9.0], status="planned")])]
    rows = plan(values(0.5), values(0.6), frames=frames, data_seen=[1e4])
    assert len(rows) == len(SHARES) + 1
    assert rows.filter(transport_distance=9.0)["weights"].to_list() == [new[0].tolist()]


def of_two(ratio, distances, size):
    """Runs on two sources at a share of the first."""
    held = [[{"pool": p, "share": s, "unique": 1e6} for p, s in (("web", r), ("books", 1 - r)) if s > 0] for r in ratio]
    return pl.DataFrame({"data_seen": float(size), "transport_distance": distances, "members": held, "used": True})


def test_of_two_sources_the_best_ratio_is_found_between_those_that_were_trained():
    ratio, grid = np.linspace(0, 1, 5), np.linspace(0, 1, 10_001)
    distances, none = 10 * (ratio - 0.6) ** 2, {"web": 0.0, "books": 0.0}
    levels = {"b0": 0.02, "b1": none, "c1": none, "b2": none, "c2": {"web": 0.3, "books": 0.1}}
    fits = [fit_of(laws["projektor"], levels | {"c0": c}, ("web", "books")) for c in (0.3, 0.31)]
    frames = [of_two(ratio, distances, size) for size in (1000, 1500)]
    rows = PLAN.compare(*fits, study_of("error", data_seen=[1e4]), *frames, "data_seen=1500")
    best = rows.filter(rank=1)
    score = 0.02 * np.interp(grid, ratio, distances) + 0.3 * grid**2 + 0.1 * (1 - grid) ** 2
    assert best["weights"][0][0] == pytest.approx(grid[score.argmin()], abs=0.006)
    assert best["message"][0].startswith("No run has this ratio")
    assert len(rows) == len(ratio) + 1


def test_an_error_outside_nought_to_one_is_doubted_in_words():
    rows = plan(values(0.5, flat=True), values(0.9, flat=True), data_seen=[1e5])
    assert rows["message"][0] == "Errors of the small scores count up to 11.4 times. The line in ln N has left 0 to 1."


def test_one_size_alone_is_refused_with_the_cure():
    with pytest.raises(PlanError, match=r"group_by = \['data_seen'\]"):
        plan(values(), values(), sizes=(1000, 1000), data_seen=[1e4])


def test_sizes_mixed_in_one_cohort_are_refused_with_the_cure():
    mixed = pl.concat([runs(1000), runs(1500)])
    with pytest.raises(PlanError, match=r"2 values of data_seen; declare group_by"):
        plan(values(), values(), frames=[mixed, runs(1500)], data_seen=[1e4])


def test_the_best_mixture_is_said_in_words_and_outlined():
    rows = [row | {"grade": None} for row in plan(values(0.5), values(0.6), spread=0.01, data_seen=[2e3, 1e4]).to_dicts()]
    said = [line for row in rows if (line := words.sentence("plan_projection", row, "sample"))]
    assert len(said) == 2
    assert said[0].startswith("At 2.0 k samples, draw ")
    assert "from 1.0 k and 1.5 k samples, expect an error of" in said[0]
    assert len(outline("projection", rows, "sample").rows) == 2


STUDY = """
study = "mixture-by-distance"
runs = "dataset = 'distances'"
metric = "error"
split = "test"
group_by = ["data_seen"]
laws = ["{law}"]
draws = 50
[plan]
data_seen = [10000]
"""


def logged(home: Home, law: str) -> np.ndarray:
    """Drops 24 mixtures at two sizes with their distances; returns the error of each at 10 000 by the formula."""
    folder, code = home.inbox / "lab", laws[law]
    folder.mkdir(parents=True)
    theta = {size: fit_of(code, values(score), SOURCES).estimate for size, score in ((1000, 0.50), (1500, 0.53))}
    given = Rows({"transport_distance": DISTANCES}, {"share": SHARES}, SOURCES)
    score = {size: compiled(code).value(t[None], given)[0] for size, t in theta.items()}
    rows = [
        {"run_id": f"{size}-{k}", "dataset": "distances", "pool": f"mix-{k}", "data_seen": size, "data_unit": "sample"}
        | {"status": "finished", "transport_distance": DISTANCES[k], "metric:error@test": score[size][k]}
        for size in score
        for k in range(len(SHARES))
    ]
    pools = [{"pool": p, "dataset": "distances", "data_unique": 1e6, "quality_rank": k} for k, p in enumerate(SOURCES, 1)]
    pools += [{"pool": f"mix-{k}", "dataset": "distances", "data_unique": 1e6} for k in range(len(SHARES))]
    members = [
        {"pool": f"mix-{k}", "member": p, "share": s, "data_unique": 1e6 * s}
        for k, row in enumerate(SHARES / SHARES.sum(axis=1, keepdims=True))
        for p, s in zip(SOURCES, row, strict=True)
        if s > 0
    ]
    for kind, table in (("runs", rows), ("pools", pools), ("pool_members", members)):
        with (folder / f"case.{kind}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(table[0]))
            writer.writeheader()
            writer.writerows(table)
    (home.studies / "mixture.toml").write_text(STUDY.format(law=law))
    counts = weights(10_000, 1000, 1500)
    return counts[0] * score[1000] + counts[1] * score[1500]


@pytest.mark.parametrize("law", ["projektor", "projektor_released"])
def test_logged_mixtures_of_two_sizes_become_a_published_plan(tmp_path, monkeypatch, law):
    without_report(monkeypatch)
    home = Home.open(tmp_path / "home")
    expected = logged(home, law)
    report = refit(home, ["mixture-by-distance"])
    assert report.exit_code == 0, (report.errors, report.failed)
    with Warehouse(home) as warehouse:
        rows = read_frame(warehouse.connection, "SELECT * FROM plan_projection ORDER BY value", {})
    assert set(rows["law"]) == {law}
    np.testing.assert_allclose(rows["value"], np.sort(expected), atol=1e-6)
    best = asked(home, query("project_mixtures"))
    assert [row["rank"] for row in best] == [1, 2, 3]
    assert best[0]["value"] == pytest.approx(expected.min(), abs=1e-6)
