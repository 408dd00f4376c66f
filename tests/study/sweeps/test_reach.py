"""Points that are made of many runs' curves: which row a law is fitted to, and why another is not."""

import duckdb
import numpy as np
import polars as pl
import pytest

from pipeline.errors import StudyError
from pipeline.fitting import fit
from pipeline.laws import laws
from pipeline.study.observations import observations, without_needs
from pipeline.study.reductions import response_of
from pipeline.study.sweeps.reached import check_reach
from tests.study.runs_in_store import a_study, add

CRITICAL, LEAST, SEQUENCE = 2000.0, 100.0, 10.0
BATCHES = (20.0, 60.0, 200.0, 600.0)
LEVEL = 2.5


def curve(batch: float, slower: float = 1.0, critical: float = CRITICAL) -> tuple[tuple[float, float], ...]:
    """Losses that reach 2.5 after 100 (1 + critical/batch) steps, falling as a power of steps."""
    steps = slower * LEAST * (1 + critical / (batch * SEQUENCE))
    at = steps / slower * np.geomspace(0.05, 4, 40)
    return tuple((float(s * batch * SEQUENCE), float(LEVEL * (s / steps) ** -0.2)) for s in at)


def swept(store: duckdb.DuckDBPyConnection, key: str = "", critical: float = CRITICAL, **columns: object) -> None:
    """Two rates at each batch, of which the second is slower by half."""
    for batch in BATCHES:
        for rate, slower in ((0.01, 1.0), (0.02, 1.5)):
            given = {"batch_size": batch, "sequence_length": SEQUENCE, "data_unit": "token", "peak_lr": rate, **columns}
            points = curve(batch, slower, critical)
            add(store, f"{key}b{batch:.0f}-{rate}", points, **{**given, "data_seen": points[-1][0]})


@pytest.fixture
def sweep(store: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    swept(store)
    return store


def asked(law: str, **rule: object):
    given = {"best_of": ["peak_lr"], "levels": [LEVEL], **rule}
    return a_study(laws=(law,), points="all", reach=given)


def seen(store: duckdb.DuckDBPyConnection, law: str, **rule: object) -> pl.DataFrame:
    study = asked(law, **rule)
    check_reach(study)
    return without_needs(laws[law], observations(store, study))


def test_the_fastest_rate_of_each_batch_is_its_point(sweep: duckdb.DuckDBPyConnection) -> None:
    used = seen(sweep, "steps_at_batch").filter("used").sort("batch_size")
    assert used["run_key"].to_list() == [f"b{batch:.0f}-0.01" for batch in BATCHES]
    assert used["metric"].unique().to_list() == ["step"]
    assert used["value"].to_list() == pytest.approx([LEAST * (1 + CRITICAL / (b * SEQUENCE)) for b in BATCHES], rel=3e-3)


def test_data_and_steps_are_of_the_same_point(sweep: duckdb.DuckDBPyConnection) -> None:
    used = seen(sweep, "data_at_batch").filter("used")
    assert (used["value"] / (used["step"] * used["batch_size"] * SEQUENCE)).to_list() == pytest.approx([1] * 4, rel=3e-3)


def test_the_law_behind_the_curves_is_found_again(sweep: duckdb.DuckDBPyConnection) -> None:
    found = fit(laws["steps_at_batch"], seen(sweep, "steps_at_batch"), draws=20)
    assert found.parameters["critical_tokens"] == pytest.approx(CRITICAL, rel=0.01)
    assert found.parameters["S_least"] == pytest.approx(LEAST, rel=0.01)


def test_a_slower_run_says_that_it_is_outdone(sweep: duckdb.DuckDBPyConnection) -> None:
    reasons = seen(sweep, "steps_at_batch").filter(~pl.col("used"))["reason"]
    assert reasons.unique().to_list() == ["another peak_lr reaches loss 2.5 with less"]


def test_every_run_says_which_level_it_never_reaches(sweep: duckdb.DuckDBPyConnection) -> None:
    frame = seen(sweep, "steps_at_batch", levels=[LEVEL, 0.5])
    never = frame.filter(pl.col("reason") == "loss 0.5 not reached")
    assert never["run_key"].n_unique() == never.height == 2 * len(BATCHES)
    assert frame.filter("used").height == len(BATCHES)


def test_a_level_below_which_a_curve_begins_is_no_point(sweep: duckdb.DuckDBPyConnection) -> None:
    reasons = seen(sweep, "steps_at_batch", levels=[100.0])["reason"].unique().to_list()
    assert reasons == ["at loss 100 from its first evaluation on"]


def test_the_common_level_is_what_the_worst_batch_reaches_at_last(sweep: duckdb.DuckDBPyConnection) -> None:
    add(sweep, "poor", ((10.0, 4.0), (1e9, 3.0)), batch_size=7.0, sequence_length=SEQUENCE, data_unit="token", peak_lr=0.01)
    used = seen(sweep, "steps_at_batch", levels=[]).filter("used")
    assert used["level"].unique().to_list() == [3.0]
    assert used.height == len(BATCHES) + 1


def test_multiples_of_the_common_level_are_easier(sweep: duckdb.DuckDBPyConnection) -> None:
    used = seen(sweep, "steps_at_batch", levels=[], common=[1, 1.1]).filter("used", batch_size=20.0).sort("level")
    assert used["level"][1] == pytest.approx(1.1 * used["level"][0])
    assert used["value"][1] < used["value"][0]


def test_a_score_is_reached_from_below(store: duckdb.DuckDBPyConnection) -> None:
    for batch in BATCHES:
        rising = tuple((data, 1 - loss / 10) for data, loss in curve(batch))
        given = {"batch_size": batch, "sequence_length": SEQUENCE, "data_unit": "token", "data_seen": rising[-1][0]}
        add(store, f"b{batch:.0f}", rising, metric="accuracy", **given)
    study = a_study(laws=("steps_at_batch",), points="all", metric="accuracy", reach={"levels": [0.75]})
    used = without_needs(laws["steps_at_batch"], observations(store, study)).filter("used").sort("batch_size")
    assert used["value"].to_list() == pytest.approx([LEAST * (1 + CRITICAL / (b * SEQUENCE)) for b in BATCHES], rel=4e-3)


def test_each_size_and_level_tells_its_critical_batch(sweep: duckdb.DuckDBPyConnection) -> None:
    swept(sweep, "large-", 2 * CRITICAL, params=40.0)
    used = seen(sweep, "critical_batch", levels=[3.0, LEVEL]).filter("used").sort("params", "level")
    assert used.select("params", "loss").rows() == [(10.0, 2.5), (10.0, 3.0), (40.0, 2.5), (40.0, 3.0)]
    assert used["value"].to_list() == pytest.approx([CRITICAL, CRITICAL, 2 * CRITICAL, 2 * CRITICAL], rel=0.01)
    assert used["run_key"].n_unique() == 2


def test_runs_behind_a_critical_batch_say_whose_point_they_are_in(sweep: duckdb.DuckDBPyConnection) -> None:
    frame = seen(sweep, "critical_batch")
    best = frame.filter("used")["run_id"][0]
    others = frame.filter(~pl.col("used"))
    assert set(others["run_key"]) | {best} == {f"b{b:.0f}-{rate}" for b in BATCHES for rate in (0.01, 0.02)}
    assert others["reason"].unique().to_list() == [f"counted in the point of {best}"]


def test_a_critical_batch_is_of_no_single_setting(sweep: duckdb.DuckDBPyConnection) -> None:
    used = seen(sweep, "critical_batch").filter("used")
    assert used.select("batch_size", "peak_lr").null_count().row(0) == (used.height, used.height)


def test_two_batches_are_too_few_for_a_critical_one_and_say_so(store: duckdb.DuckDBPyConnection) -> None:
    for batch in BATCHES[:2]:
        add(store, f"b{batch}", curve(batch), batch_size=batch, sequence_length=SEQUENCE, data_unit="token", peak_lr=0.1)
    reasons = seen(store, "critical_batch")["reason"].to_list()
    assert "2 batches reach loss 2.5, and 3 are needed" in reasons


def test_steps_of_the_ends_are_corrected_by_the_critical_batch_of_their_size(sweep: duckdb.DuckDBPyConnection) -> None:
    sweep.execute("UPDATE runs_history SET params_nonembedding = 8")
    used = seen(sweep, "kaplan_size_steps").filter("used")
    assert used.height == len(BATCHES)
    assert used["steps_min"].to_list() == pytest.approx([4 * LEAST] * len(BATCHES), rel=0.01)
    assert used["metric"].unique().to_list() == ["loss"]


def test_a_law_of_the_metric_is_fitted_to_the_amount_that_the_study_names(sweep: duckdb.DuckDBPyConnection) -> None:
    study = a_study(laws=("falls_along_axis",), points="all", derive={"axis": "batch_size"},
                    reach={"best_of": ["peak_lr"], "levels": [LEVEL], "of": "step"})  # fmt: skip
    used = without_needs(laws["falls_along_axis"], observations(sweep, study)).filter("used")
    assert response_of(study, laws["falls_along_axis"]) == "step"
    assert used["value"].to_list() == used["step"].to_list()
    assert used.height == len(BATCHES)


def test_runs_held_out_are_forecast_at_their_own_points(sweep: duckdb.DuckDBPyConnection) -> None:
    study = asked("steps_at_batch").model_copy(update={"held_out": "batch_size > 500"})
    frame = observations(sweep, study)
    assert without_needs(laws["steps_at_batch"], frame).filter("used")["batch_size"].max() == 200
    free = frame.filter(pl.col("reason").str.starts_with("held out")).with_columns(reason=pl.lit(None, pl.String))
    kept = without_needs(laws["steps_at_batch"], free).filter("used")
    assert kept["run_key"].to_list() == ["b600-0.01"]
    assert kept["value"].to_list() == pytest.approx([LEAST * (1 + CRITICAL / 6000)], rel=3e-3)


def test_awaited_runs_keep_their_reason(sweep: duckdb.DuckDBPyConnection) -> None:
    add(sweep, "later", (), status="planned", batch_size=20.0, sequence_length=SEQUENCE, data_unit="token", peak_lr=0.1)
    assert seen(sweep, "steps_at_batch").filter(pl.col("run_key") == "later")["reason"].to_list() == ["planned"]


@pytest.mark.parametrize(
    ("law", "changes", "said"),
    [
        ("steps_at_batch", {"points": "final"}, 'say points = "all"'),
        ("steps_at_batch", {"reach": {"levels": [2.0], "common": [1]}}, "leave one of them out"),
        ("steps_at_batch", {"reach": {"common": [0.9]}}, "say 1, or more"),
        ("chinchilla", {}, "say of = one of step, data_seen, flops"),
        ("critical_batch", {"reach": {"over": ["peak_lr"]}}, r'say over = \["batch_size"\]'),
        ("steps_at_batch", {"reduce": {"best_of": ["peak_lr"]}}, "remove `reduce`"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_with_its_fix(law: str, changes: dict[str, object], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        check_reach(a_study(**{"laws": (law,), "points": "all", "reach": {}, **changes}))


def test_a_setting_that_no_run_has_is_refused_by_name(sweep: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(StudyError, match="reach: no run has 'warmup'"):
        seen(sweep, "steps_at_batch", best_of=["warmup"])
