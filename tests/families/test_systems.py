"""Throughput of jobs on more and more devices, as people note it: from the table to what the next job will do."""

import pytest

from pipeline.cli.main import main
from pipeline.home import Home
from pipeline.readers.drafts.nearest_table import table_draft
from tests.families.dropped import printed, query, rows
from tests.small_home import own_home, refit_undrawn

SCALING = 0.95
TARGET = """
[plan.target]
find = "accelerator_count"
reach = [1e6]
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A table without a result by name, read by its draft, and the study that is proposed for it."""
    home = own_home(tmp_path_factory.mktemp("speed"))
    log = home.inbox / "lab" / "throughput.csv"
    log.parent.mkdir()
    cells = [f"{n},H100,7e9,{9500 * n**SCALING * (1 + 0.004 * (-1) ** n.bit_length()):.0f}" for n in (8, 16, 32, 64, 128, 256)]
    log.write_text("\n".join(["gpus,gpu_type,params,tokens_per_s", *cells]) + "\n")
    (home.maps / "throughput.toml").write_text(table_draft(log))
    assert main(["--home", str(home.root), "new", "lab-devices"]) == 0
    (study,) = home.studies.glob("*.toml")
    study.write_text(study.read_text().replace("draws = 1000", "draws = 40") + TARGET)
    assert not refit_undrawn(home).failed
    return home


def test_the_exponent_of_the_devices_is_found(told: Home) -> None:
    (row,) = rows(told, "SELECT parameters FROM current_parameters")
    assert dict(row["parameters"])["scaling"] == pytest.approx(SCALING, abs=0.01)


def test_a_job_on_four_times_the_devices_is_a_sentence_and_a_row(told: Home) -> None:
    found = rows(told, query("ask_any_law"))
    assert max(row["value"] for row in found) == pytest.approx(9500 * 1024**SCALING, rel=0.03)
    assert "1.0 k devices" in printed(told, "lab-devices")


def test_the_devices_of_a_throughput_are_asked_in_sql(told: Home) -> None:
    (row,) = [row for row in rows(told, query("seek_amounts")) if row["sought"] == "accelerator_count"]
    assert row["amount"] == pytest.approx((1e6 / 9500) ** (1 / SCALING), rel=0.03)
    assert row["amount_low"] < row["amount"] < row["amount_high"]
