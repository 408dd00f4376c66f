"""Forecasts of runs that were not yet trained: made once, of declared runs, and scored as they are."""

import numpy as np
import polars as pl
import pytest

from data.wind_tunnel import forecast as forecasting
from data.wind_tunnel.design import Run, declared, expand, load
from data.wind_tunnel.rivals import harm, joint_power, penalty, scarce_target
from data.wind_tunnel.rounds import ROUNDS, declared_frame
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.laws.law import Law
from tests.wind_tunnel.forecast_scores import FORECASTS, SEALED, best_of, forecast, law_table, summary, waiting

FILES = sorted(FORECASTS.glob("*.csv"))
SHIPPED = pl.concat(
    [pl.read_parquet(path, columns=["run_id", "started_at", "finished_at"]) for path in SEALED.glob("*.runs.parquet")]
)


def of(name: str) -> list[Run]:
    """The declared runs that a round forecasts."""
    return ROUNDS[name].runs()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_law_forecasts_every_run_of_its_round(path):
    table = forecast(path.stem)
    assert table.group_by("law").agg(pl.col("run_id").sort())["run_id"].to_list() == [
        sorted(run.run_id for run in of(path.stem)) for _ in table["law"].unique()
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_forecast_lies_in_its_interval_and_the_combination_is_among_the_laws(path):
    table = forecast(path.stem).drop_nulls("low")
    assert table.filter(~pl.col("predicted").is_between("low", "high")).height == 0
    assert "equal_weights" in set(table["law"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_run_was_begun_before_it_was_forecast(path):
    table = forecast(path.stem).with_columns(pl.col("as_of").str.to_datetime(time_zone="UTC")).unique("run_id")
    begun = table.join(SHIPPED.with_columns(pl.col("started_at").dt.convert_time_zone("UTC")), on="run_id")
    assert begun.filter(pl.col("started_at") <= pl.col("as_of")).height == 0


def test_every_sealed_run_of_the_registered_waves_is_in_a_round():
    sealed = {run.run_id for run in expand(load()) if run.sealed and run.wave >= 11}
    assert sealed == {run.run_id for name in ROUNDS for run in of(name)}


def test_a_forecast_is_not_made_again(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["forecast", "scale"])
    assert forecasting.main() == 1
    assert "never made again" in capsys.readouterr().out


@pytest.mark.parametrize("end", ["json", "checkpoint", "claim"])
def test_a_run_that_has_begun_is_not_forecast(end, monkeypatch, tmp_path, capsys):
    run = of("scale")[0]
    (tmp_path / "work" / "runs").mkdir(parents=True)
    (tmp_path / "work" / "runs" / f"{run.run_id}.{end}").write_text("")
    monkeypatch.setattr(forecasting, "WORK", tmp_path / "work")
    monkeypatch.setattr(forecasting, "FOLDER", tmp_path)
    monkeypatch.setattr("sys.argv", ["forecast", "scale"])
    assert forecasting.main() == 1
    assert f"already begun: {run.run_id}" in capsys.readouterr().out


def test_a_score_counts_what_lies_inside_and_the_side_of_the_miss():
    scored = pl.DataFrame(
        {
            "run_id": ["a", "b"], "law": ["x", "x"], "grade": ["clean", "clean"], "predicted": [2.0, 2.0],
            "low": [1.9, 1.9], "high": [2.1, 2.1], "observed": [2.05, 1.8],
        }
    )  # fmt: skip
    [row] = summary(scored).rows(named=True)
    assert (row["runs"], row["inside"]) == (2, 1)
    assert (row["error"], row["bias"], row["width"]) == pytest.approx((0.125, 0.075, 0.2))
    assert "| x | clean | 0.125 | 0.075 | 1 of 2 | 0.200 |" in law_table(scored)


def test_the_best_run_is_named_among_runs_of_one_cost_only():
    def scored(*runs: str) -> pl.DataFrame:
        return pl.DataFrame({"run_id": runs, "law": ["x"] * 2, "predicted": [1.5, 1.4], "observed": [1.4, 1.5]})

    same = scored("sealed-ten-d96-t6957k-s0", "sealed-ten-d128-t3967k-s0")
    assert "sealed-ten`: d96. Named before: x d128" in best_of(same, "sealed-ten")
    assert (
        best_of(
            scored("sealed-flip-d16-t4096k-u2048k-noise-h0.5-s0", "sealed-flip-d32-t4096k-u2048k-noise-h0.5-s0"), "sealed-flip"
        )
        == ""
    )


def test_what_is_not_trained_yet_is_listed_and_what_is_shipped_is_not():
    text = waiting({run.group for run in expand(load()) if run.sealed})
    assert not [run_id for run_id in SHIPPED["run_id"] if f"`{run_id}`" in text]


def at(law: Law, frame: pl.DataFrame, **values: float) -> float:
    """A law's value on a frame of one row."""
    given = [values[parameter.name] for parameter in law.parameters]
    return float(compiled(law).value(np.array([given]), rows_from_frame(law, frame, ()))[0, 0])


def test_the_joint_power_with_kappa_one_is_chinchilla():
    frame = pl.DataFrame({"params": [1e5], "data_seen": [1e7]})
    plain = at(laws["chinchilla"], frame, E=1.0, A=127.0, alpha=0.6, B=100.0, beta=0.4)
    scales = {"N_scale": 127.0 ** (1 / 0.6), "D_scale": 100.0 ** (1 / 0.4)}
    assert at(joint_power(), frame, E=1.0, alpha=0.6, beta=0.4, kappa=1.0, **scales) == pytest.approx(plain)


def test_the_penalty_is_nothing_in_the_first_epoch_and_grows_with_repeats():
    """By hand: P·R·N/U = 0.01 · 3 · 2 at four epochs of half as many tokens as parameters."""
    free = {"E": 1.0, "A": 0.0, "alpha": 1.0, "B": 0.0, "beta": 1.0, "P": 0.01}
    frame = pl.DataFrame({"params": [2e5, 2e5], "data_seen": [1e5, 4e5], "data_unique": [1e5, 1e5]})
    assert [at(penalty(), frame[i], **free) for i in (0, 1)] == pytest.approx([1.0, 1.06])


def test_scarce_text_counts_in_full_until_it_repeats_and_generic_text_by_its_worth():
    """By hand: half of 4e5 tokens from 4e5 unique ones, and as many generic ones of worth 0.5, are 3e5 effective tokens."""
    frame = pl.DataFrame({"clean_seen": [2e5], "generic_seen": [2e5], "clean_unique": [4e5]})
    value = at(scarce_target(), frame, E=1.0, B=3e5, beta=1.0, r1=10.0, tau=0.5, gamma=0.2)
    assert value == pytest.approx(1.0 + 1.0 + 0.2 / 2)


def test_a_second_source_helps_few_tokens_a_parameter_and_harms_many():
    def gain(tokens: float) -> float:
        rows = pl.DataFrame({"params": [1e4] * 2, "clean_seen": [tokens] * 2, "generic_seen": [0.0, tokens]})
        values = {"E": 1.5, "A": 127.0, "alpha": 0.6, "B": 240.0, "beta": 0.5, "eta": 0.4, "gamma": 0.035, "u": 0.65}
        return at(harm(), rows[0], **values) - at(harm(), rows[1], **values)

    assert gain(5e4) > 0 > gain(2e6)


def test_a_round_reads_members_and_amounts_off_the_design():
    [row] = declared_frame([declared("sealed-flip-d16-t4096k-u2048k-noise-h0.5-s0")], load()).rows(named=True)
    assert (row["clean_seen"], row["generic_seen"], row["params"]) == (2097152.0, 2097152.0, 8272)
    assert [(part["pool"], part["share"]) for part in row["members"]] == [("clean text", 0.5), ("noisy text", 0.5)]
