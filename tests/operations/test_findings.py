"""What the asset checks find: approaches that disagree are named with both intervals, approaches that agree are not."""

from pathlib import Path

import polars as pl
import pytest
from small_home import own_home

from pipeline.home import Home
from pipeline.operations.findings import disagreeing_approaches
from pipeline.planning.sizes.agreement import with_disagreement
from pipeline.store.warehouse import Warehouse, insert_frame


def planned(approach: str, flops: float, params: float, spread: float, *, selected: bool = True) -> dict[str, object]:
    """One row of plan_compute_optimal whose interval is a factor `spread` to both sides."""
    return {
        "study": "sizes",
        "cohort": "",
        "law": "chinchilla",
        "fit_id": "f",
        "selected": selected,
        "grade": "clean",
        "flops": flops,
        "params": params,
        "params_low": params / spread,
        "params_high": params * spread,
        "approach": approach,
    }


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return own_home(tmp_path / "home")


def store(home: Home, *rows: dict[str, object]) -> None:
    with Warehouse(home) as warehouse:
        insert_frame(warehouse.connection, "plan_compute_optimal", with_disagreement(pl.DataFrame(rows)))


def test_approaches_whose_intervals_do_not_meet_are_named_once_with_both_sizes(home: Home) -> None:
    for flops in (1e20, 1e21):
        store(home, planned("parametric", flops, 1e9, 1.2), planned("isoflop_parabola", flops, 3e9, 1.2))
    [found] = disagreeing_approaches(home)
    assert found.severity == "warn"
    assert "sizes: at 1.000e+21 FLOP: The approaches disagree on the parameters: the law says 1.0 B" in found.message
    assert "the isoFLOP profiles (parabola) say 3.0 B" in found.message
    assert "budgets that differ: 2" in found.message


def test_approaches_whose_intervals_meet_are_no_finding(home: Home) -> None:
    store(home, planned("parametric", 1e20, 1e9, 2.0), planned("envelope", 1e20, 3e9, 2.0))
    assert not disagreeing_approaches(home)


def test_a_law_that_was_not_selected_raises_no_disagreement(home: Home) -> None:
    rows = (planned(name, 1e20, size, 1.1, selected=False) for name, size in (("parametric", 1e9), ("envelope", 3e9)))
    store(home, *rows)
    assert not disagreeing_approaches(home)


def test_an_approach_without_an_interval_disagrees_with_none(home: Home) -> None:
    store(
        home,
        planned("parametric", 1e20, 1e9, 1.1),
        {**planned("envelope", 1e20, 3e9, 1.1), "params_low": None, "params_high": None},
    )
    assert not disagreeing_approaches(home)
