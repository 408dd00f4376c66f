"""A sweep of batches as W&B exports it, table and chart: the critical batch from whole curves, without a column made by hand."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.store.warehouse import Warehouse
from pipeline.study.proposals.proposal import proposals, survey
from pipeline.study.proposals.written import study_text
from tests.families.dropped import printed, rows
from tests.small_home import own_home, refit_undrawn

SEQUENCE, TOKENS = 1024, 3e9
CRITICAL = {85e6: 200e3, 200e6: 250e3, 350e6: 300e3}
"""Critical batch in tokens at each size, the same at every loss."""
RATES = {3e-4: 1.4, 6e-4: 1.0}
"""How much slower each learning rate is."""


def curve(size: float, batch: int, rate: float) -> dict[int, float]:
    """Losses by step: a power of the steps that count far above the critical batch."""
    total = int(TOKENS / (batch * SEQUENCE))
    counted = RATES[rate] * (1 + CRITICAL[size] / (batch * SEQUENCE))
    noise = np.random.default_rng(batch).normal(0, 0.002, 24)
    steps = np.linspace(total / 24, total, 24).astype(int)
    values = 1.9 + (3e7 / size) ** 0.3 + (1500 * counted / steps) ** 0.35 + noise
    return dict(zip(steps.tolist(), values.tolist(), strict=True))


def exported(folder: Path) -> None:
    """The runs table with its configuration, and the chart of the validation loss."""
    settings = [(size, batch, rate) for size in CRITICAL for batch in (32, 64, 128, 256, 512, 1024) for rate in RATES]
    curves = {f"gpt-{size / 1e6:.0f}M-b{batch}-lr{rate:g}": curve(size, batch, rate) for size, batch, rate in settings}
    table = [
        {"Name": name, "State": "finished", "Created": "2025-03-01T10:00:00.000Z", "Runtime": 3600, "n_params": int(size),
         "batch_size": batch, "seq_len": SEQUENCE, "learning_rate": rate, "dataset": "web", "val/loss": points[max(points)]}
        for (name, points), (size, batch, rate) in zip(curves.items(), settings, strict=True)
    ]  # fmt: skip
    pl.DataFrame(table).write_csv(folder / "runs.csv")
    steps = sorted({step for points in curves.values() for step in points})
    of_run = {f"{name} - val/loss": [points.get(step) for step in steps] for name, points in curves.items()}
    ends = {f"{name}__{end}": values for name, values in of_run.items() for end in ("MIN", "MAX")}
    pl.DataFrame({"Step": steps, **of_run, **ends}).write_csv(folder / "val_loss.csv")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The exports dropped, both proposed studies written as `lawbook new --all` does, and refitted."""
    home = own_home(tmp_path_factory.mktemp("batches") / "home")
    (home.inbox / "lab").mkdir()
    exported(home.inbox / "lab")
    ingest(home)
    with Warehouse(home) as warehouse:
        found = proposals(survey(warehouse.connection, {}))
    for proposal in found:
        text = study_text(proposal, proposal.ask.name).replace("draws = 1000", "draws = 60")
        (home.studies / f"{proposal.ask.name}.toml").write_text(text)
    assert not refit_undrawn(home).failed
    return home


def test_the_sweep_is_proposed_as_what_a_loss_takes_at_each_batch(home: Home) -> None:
    assert {path.stem for path in home.studies.glob("*.toml")} >= {"batch-to-a-loss", "critical-batch"}


def test_the_critical_batch_of_each_size_is_found_from_its_curves(home: Home) -> None:
    asked = """SELECT cohort, p.estimate FROM fit_parameters AS p INNER JOIN fits USING (fit_id)
        WHERE study = 'batch-to-a-loss' AND law = 'steps_at_batch' AND parameter = 'critical_tokens' AND valid_to IS NULL"""
    found = {float(row["cohort"].split("=")[1]): row["estimate"] for row in rows(home, asked)}
    assert found == {size: pytest.approx(critical, rel=0.1) for size, critical in CRITICAL.items()}


def test_the_next_run_has_the_critical_batch(home: Home) -> None:
    asked = "SELECT batch_tokens FROM best_hyperparameters WHERE study = 'critical-batch' AND params = 3.5e8"
    assert [row["batch_tokens"] for row in rows(home, asked)] == [pytest.approx(275e3, rel=0.15)] * 2
    said = printed(home, "critical-batch")
    assert "LEARNING RATE AND BATCH Train 350 M parameters on 3.0 B" in said
    assert "it takes twice the fewest steps and twice the least data" in said


def test_steps_and_tokens_to_the_loss_are_said_as_such(home: Home) -> None:
    said = printed(home, "batch-to-a-loss")
    assert "With 128 sequences a batch, expect" in said
    assert "k steps (" in said
