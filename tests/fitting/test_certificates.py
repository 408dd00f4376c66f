"""What is refused, what is weak, and what the reasons say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from fitting_cases import loss_of, repetition_runs, sweep

from pipeline.errors import FitError
from pipeline.fitting import fit
from pipeline.fitting.effort import Effort
from pipeline.fitting.evidence.certificate import Certificate
from pipeline.fitting.evidence.identifiability import LOOSE, grade_search
from pipeline.fitting.frames import observed
from pipeline.fitting.search import NEAR_END, Minimum, Search
from pipeline.laws import laws
from pipeline.laws.catalogue.repetition.data_constrained import C4
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame

CHINCHILLA = laws["chinchilla"]
DATA_CONSTRAINED = laws["data_constrained"]
FROZEN = {name: value for name, value in C4.items() if name not in ("Rd", "Rn")}


def test_all_minima_of_the_repetition_fit_are_reported(shared_data: Path) -> None:
    found = fit(DATA_CONSTRAINED, repetition_runs(shared_data), draws=64, fix=FROZEN)
    assert found.objective_value == pytest.approx(0.01580466, abs=5e-9)
    assert found.parameters["Rd"] == pytest.approx(95.37, abs=0.01)
    assert found.parameters["Rn"] == pytest.approx(1.706, abs=0.001)
    others = [(m["parameters"]["Rd"], m["parameters"]["Rn"]) for m in found.certificate.other_minima]
    for known in ((46.99, 2.330), (160.7, 1.449), (15.372, 5.315)):
        assert any(other == pytest.approx(known, rel=1e-3) for other in others), known
    assert {"Rd", "Rn"} <= set(found.certificate.unidentified)
    assert found.grade == "weak"


def test_runs_that_share_one_data_amount_are_refused() -> None:
    frame = sweep(30, 0, points=1).with_columns(data_seen=pl.lit(2e10))
    frame = frame.with_columns(
        loss=pl.Series(loss_of(frame["params"].to_numpy(), np.full(30, 2e10))) * (1 + 0.002 * pl.Series(np.sin(np.arange(30))))
    )
    found = fit(CHINCHILLA, frame, draws=64)
    assert found.grade == "refused"
    assert "data_seen" in found.certificate.fix
    assert found.certificate.levels["data_seen"] == 1


def test_too_few_observations_are_refused_with_their_number() -> None:
    found = fit(CHINCHILLA, sweep(4, 0, points=1), draws=64)
    assert found.grade == "refused"
    assert "at least 2 more" in found.certificate.fix


def test_data_within_the_first_epoch_cannot_tell_about_repetition_and_what_needs_it_has_no_interval() -> None:
    frame = sweep(40, 0, points=1).with_columns(data_unique=pl.col("data_seen") * 2)
    found = fit(DATA_CONSTRAINED, frame, draws=64, fix={"Rn": 5.3, "alpha": 0.35})
    assert found.grade == "weak"
    assert "Rd" in found.certificate.nested
    assert "two epochs" in found.certificate.fix
    repeated = frame.head(1).with_columns(data_unique=pl.col("data_seen") / 8)
    assert found.predict(repeated)["predicted_low"].is_null().all()
    assert found.predict(frame)["predicted_low"].is_not_null().all()


def test_one_run_gives_no_interval() -> None:
    tokens = np.geomspace(1e9, 1e11, 40)
    frame = pl.DataFrame(
        {"run_key": ["only"] * 40, "data_seen": tokens, "loss": 2 + 400 / tokens**0.3 * np.exp(0.01 * np.sin(np.arange(40)))}
    )
    found = fit(laws["power_law"], frame, draws=64)
    assert np.isnan(found.low).all()
    assert np.isnan(found.high).all()
    assert found.predict(frame.head(1))["predicted_low"].is_null().all()
    assert np.isfinite(found.estimate).all()


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda f: f.drop("params"), ["params", "add it"]),
        (lambda f: f.drop("loss"), ["loss", "add or rename"]),
        (lambda f: f.with_columns(loss=pl.lit(float("nan"))), ["loss", "row 0", "exclude"]),
        (lambda f: f.with_columns(loss=pl.lit(-1.0)), ["loss", "-1", "logarithm"]),
        (lambda f: f.with_columns(params=pl.lit("big")), ["params", "text"]),
        (lambda f: f.with_columns(params=pl.lit(None, dtype=pl.Float64)), ["params", "no run has"]),
        (lambda f: f.head(0), ["no observation"]),
    ],
)
def test_a_bad_frame_names_value_place_and_cure(broken, words: list[str]) -> None:
    with pytest.raises(FitError) as error:
        fit(CHINCHILLA, broken(sweep(16, 0)), draws=0)
    assert all(word in str(error.value) for word in words), str(error.value)


def pooled(members: list[list[dict[str, object]]]) -> pl.DataFrame:
    member = pl.Struct({"pool": pl.String, "share": pl.Float64, "unique": pl.Float64})
    runs = pl.DataFrame({"run_key": ["a", "b"], "data_seen": [1e6, 2e6], "error": [0.8, 0.7]})
    return runs.with_columns(members=pl.Series(members, dtype=pl.List(member)))


WHOLE, SIZELESS = [{"pool": "top", "share": 1.0, "unique": 1e6}], [{"pool": "top", "share": 1.0, "unique": None}]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pooled([WHOLE, WHOLE]).drop("members"), ["neither `members` nor `pool`", "add the column"]),
        (pooled([[], []]), ["no run names one", "fill the column"]),
        (pooled([WHOLE, []]), ["run_key b", "draws from no pool", "declare"]),
        (pooled([WHOLE, SIZELESS]), ["run_key b", "unique amount", "declare"]),
    ],
)
def test_runs_without_their_pools_are_refused_by_a_law_over_pools(frame: pl.DataFrame, words: list[str]) -> None:
    with pytest.raises(FitError) as error:
        fit(laws["repeated_utility"], frame, draws=0, pools=None)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_a_run_that_lacks_a_column_is_left_out_and_named() -> None:
    frame = sweep(16, 0).with_columns(params=pl.when(pl.col("run_key") == "run 3").then(None).otherwise(pl.col("params")))
    found = fit(CHINCHILLA, frame, draws=0)
    assert found.skipped == {"run 3": "params is not known"}
    assert "run 3" not in found.run_keys


def test_constants_stay_and_a_prior_pulls() -> None:
    frame = sweep(24, 0)
    free, fixed = fit(CHINCHILLA, frame, draws=64), fit(CHINCHILLA, frame, draws=64, fix={"alpha": 0.3})
    assert fixed.parameters["alpha"] == 0.3
    assert (fixed.draws[:, 3] == 0.3).all()
    pulled = fit(CHINCHILLA, frame, draws=0, prior={"alpha": (0.3, 1e-4)})
    assert pulled.parameters["alpha"] == pytest.approx(0.3, rel=1e-3)
    assert pulled.certificate.priors == {"alpha": [0.3, 1e-4]}
    assert abs(free.parameters["alpha"] - 0.3) > 1e-3


@pytest.mark.parametrize("options", [{"fix": {"gamma": 1.0}}, {"prior": {"gamma": (1.0, 1.0)}}, {"prior": {"alpha": 0.3}}])
def test_unknown_constants_and_priors_are_named(options: dict) -> None:
    with pytest.raises(FitError, match=r"gamma|alpha"):
        fit(CHINCHILLA, sweep(16, 0), draws=0, **options)


def test_a_repetition_constant_without_upper_limit_is_not_identified_though_its_parabola_is_narrow() -> None:
    rng, unique = np.random.default_rng(0), np.repeat([3e8, 6e8, 1e9], 8)
    runs = pl.DataFrame(
        {
            "params": np.tile([1e8, 3e8, 1e9, 3e9], 6),
            "data_seen": unique * np.tile(np.repeat([2.0, 4.0], 4), 3),
            "data_unique": unique,
        }
    )
    law = laws["data_constrained"]
    loss = compiled(law).value(np.array([list(C4.values())]), rows_from_frame(law, runs))[0]
    found = fit(
        law,
        runs.with_columns(value=loss * np.exp(0.01 * rng.standard_normal(24))),
        draws=64,
        fix={name: value for name, value in C4.items() if name != "Rd"},
    )
    error = found.certificate.sandwich_over_bootstrap * np.log(found.draws[:, 5]).std()
    assert error < LOOSE
    assert found.certificate.profiles["Rd"][1] == np.inf
    assert found.certificate.unidentified == ["Rd"]
    assert found.grade == "weak"


def test_a_search_that_ends_in_no_optimum_draws_nothing() -> None:
    law = laws["shifted_power"]
    plain = tuple(replace(p, along=None, bounds=None, start=(1e6, 1e8) if p.along else p.start) for p in law.parameters)
    free = replace(law, name="unbounded", parameters=plain)
    x = np.geomspace(1e6, 4e7, 20)
    falls = np.exp(-x / 1e7) * (1 + 0.01 * np.sin(np.arange(20)))  # its optimum is at an endless exponent
    frame = pl.DataFrame({"run_key": [f"r{i}" for i in range(20)], "axis": x, "value": 0.2 + falls})
    found = fit(free, frame, draws=100, effort=Effort(starts=4, longest=10))
    assert found.grade == "refused"
    assert found.certificate.reasons[0].startswith("not converged")
    assert found.draws.shape == (0, 4)
    assert np.isnan(found.low).all()


@pytest.mark.parametrize(("away", "grade"), [(0.5 * NEAR_END, "weak"), (2 * NEAR_END, "refused")])
def test_a_search_on_its_way_is_graded_by_how_far_it_has_to_go(away: float, grade: str) -> None:
    found = Certificate(predicted_decrease=1e-6, moved=1.0)
    seen = observed(CHINCHILLA, sweep(9, 0), CHINCHILLA.objective)
    grade_search(found, CHINCHILLA, seen, ["E"], False, away)
    assert found.grade == grade


def test_how_far_a_search_has_to_go_is_told_in_standard_errors() -> None:
    values, aside = 2.0 + np.sin(np.arange(20)), 0.1
    place = values.mean() + aside * values.std(ddof=1) / np.sqrt(20)
    objective = 0.5 * float(((values - place) ** 2).sum())
    falls = objective - 0.5 * float(((values - values.mean()) ** 2).sum())
    end = Minimum(np.array([place]), objective, 1)
    assert Search((end,), 1, False, 1.0, 0.0, falls / objective, np.array([[20.0]])).away(20) == pytest.approx(aside, rel=1e-3)
