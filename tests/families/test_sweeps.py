"""Learning rate and batch from a raw sweep: no winner is chosen by hand."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import fit
from pipeline.home import Home
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.store.warehouse import Warehouse
from pipeline.study.observations import observations, without_needs
from pipeline.study.studies import read_study
from tests.families.dropped import linked, printed, public, query, rows
from tests.shared_fits.by_studies import text_of

PLATEAU, CELL = 1.0025, ["params_nonembedding", "data_seen"]
pytestmark = public


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that reads Step Law's 1911 raw runs in place."""
    return linked(tmp_path_factory.mktemp("steplaw"), text_of("rate-and-batch", 50), "steplaw_dense")


def swept(home: Home) -> pl.DataFrame:
    """The study's observations, with the tokens of a batch."""
    with Warehouse(home) as warehouse:
        found = observations(warehouse.connection, read_study(home.studies / "s0.toml"))
    return found.with_columns(batch_tokens=pl.col("batch_size") * pl.col("sequence_length"))


def excess(cell: pl.DataFrame, best: dict[str, float]) -> float:
    """What the run nearest to the best settings, in logs, loses against the best of its cell."""
    away = sum((pl.col(name) / value).log() ** 2 for name, value in best.items())
    near = cell.sort(away).row(0, named=True)
    return float(near["value"] / cell["value"].min() - 1)  # type: ignore[operator]


def test_the_released_procedure_gives_the_released_constants_from_the_raw_runs(home: Home) -> None:
    found = rows(home, "SELECT law, parameters FROM current_parameters ORDER BY law")
    values = {row["law"]: list(row["parameters"].values()) for row in found}
    assert sorted(values["step_law_rate"]) == pytest.approx([-0.7662, 0.1970, 77.69], rel=1e-3)
    assert sorted(values["step_law_batch"]) == pytest.approx([0.2085, 0.6125], rel=1e-3)


def test_laws_of_two_settings_are_both_selected(home: Home) -> None:
    assert rows(home, "SELECT count(*) AS n FROM fits WHERE selected AND valid_to IS NULL") == [{"n": 2}]


def test_the_next_run_gets_a_learning_rate_and_a_batch_with_intervals(home: Home) -> None:
    (row,) = rows(home, "SELECT * FROM best_hyperparameters")
    assert (row["params"], row["data_seen"]) == (1e9, 1e11)
    assert row["peak_lr"] == pytest.approx(77.69 * 1e9**-0.7662 * 1e11**0.1970, rel=2e-2)
    assert row["peak_lr_low"] < row["peak_lr"] < row["peak_lr_high"]
    assert row["batch_tokens"] == pytest.approx(0.2085 * 1e11**0.6125, rel=2e-2)
    assert row["batch_size"] == pytest.approx(row["batch_tokens"] / 2048)
    assert row["batch_law"] == "step_law_batch"


def test_the_settings_are_printed_in_a_sentence(home: Home) -> None:
    said = printed(home, "rate-and-batch")
    assert "LEARNING RATE AND BATCH" in said
    assert "Train 1.0 B parameters on 100 B tokens with a peak learning rate of" in said


def test_the_published_rate_and_batch_land_on_the_plateau_of_most_cells(home: Home) -> None:
    lost = []
    for _, cell in swept(home).group_by(CELL, maintain_order=True):
        first, best = cell.head(1), {}
        for name in ("step_law_rate", "step_law_batch"):
            law = laws[name]
            theta = np.array([[float(law.published[0].values[p.name]) for p in law.parameters]])  # type: ignore[arg-type]
            best[law.response] = float(compiled(law).value(theta, rows_from_frame(law, first))[0, 0])
        lost.append(excess(cell, best))
    assert np.median(lost) <= PLATEAU - 1


@pytest.mark.slow
def test_the_optimum_of_a_cell_left_out_lies_on_its_plateau(home: Home) -> None:
    """At least 16 of 17, each forecast from the other sixteen."""
    every = swept(home)
    inside = []
    for key, cell in every.group_by(CELL, maintain_order=True):
        rest = every.join(cell.select("run_key"), on="run_key", how="anti")
        best = {}
        for name in ("step_law_rate", "step_law_batch"):
            law = laws[name]
            found = fit(law, without_needs(law, rest), draws=2)
            best[law.response] = float(found.value(cell.head(1))[0])
        inside.append(excess(cell, best) <= PLATEAU - 1 + 1e-12)
        assert np.isfinite(key[0])
    assert len(inside) == 17
    assert sum(inside) >= 16


def test_the_analysts_question_about_learning_rate_and_batch_is_answered(home: Home) -> None:
    assert rows(home, query("choose_hyperparameters"))
