"""plan_moves sees every plan: the same question answered otherwise is the same cell, whatever columns hold the answer."""

from datetime import datetime, timedelta

import duckdb
import polars as pl
import pytest

from pipeline.planning import PLANS
from pipeline.refit.plan_history import history_of
from pipeline.schema import TABLES
from pipeline.schema.plan_columns import PLAN_COLUMNS
from pipeline.store.statements import sql

ASKED = {"DOUBLE": 2.0, "BIGINT": 3, "VARCHAR": "asked", "VARCHAR[]": ["a", "b"], "DOUBLE[]": [0.5], "BOOLEAN": True}
ANSWERED = {"DOUBLE": 7.0, "BIGINT": 9, "VARCHAR": "answered", "VARCHAR[]": ["c"], "DOUBLE[]": [0.1], "BOOLEAN": False}
MOMENT = datetime(2026, 1, 1)
PLACE = {column.name for column in PLAN_COLUMNS}


def plan_row(table: str, fit_id: str, value: float, others: dict[str, object]) -> pl.DataFrame:
    """A row of the plan with the same keys; its estimates are `value` (90 % of it to 110 %), all else is as `others` has it."""
    declared = TABLES[table]
    ends = {"": 1.0, "_low": 0.9, "_high": 1.1}
    estimates = {
        f"{name}{end}": factor * value
        for name in declared.names
        if f"{name}_low" in declared.names
        for end, factor in ends.items()
    }
    plain = {"DATE": MOMENT, "MAP(VARCHAR, DOUBLE)": [{"key": "params", "value": 1.0}]}
    row = {
        column.name: (plain | (ASKED if column.name in declared.keys else others))[column.type]
        for column in declared.columns
        if column.name not in PLACE | set(estimates)
    }
    place = {"study": "s", "cohort": "c", "law": "l", "fit_id": fit_id, "selected": True}
    return pl.DataFrame([{**place, **row, **estimates}])


@pytest.mark.parametrize("table", PLANS)
def test_a_cell_that_leaves_its_interval_is_seen_to_move(table: str) -> None:
    parts = [
        history_of(table, plan_row(table, "before", 1.0, ASKED), MOMENT),
        history_of(table, plan_row(table, "after", 5.0, ANSWERED), MOMENT + timedelta(days=1)),
    ]
    plan_history = pl.concat(part for part in parts if part is not None)
    with duckdb.connect() as connection:
        connection.register("stored", plan_history)
        connection.execute("CREATE TABLE plan_history AS FROM stored")
        connection.execute(sql("view_plan_moves"))
        moves = connection.execute("SELECT estimate, left_interval FROM plan_moves").fetchall()
    estimates = {name for name in TABLES[table].names if f"{name}_low" in TABLES[table].names}
    assert {(name, True) for name in estimates} == set(moves)


@pytest.mark.parametrize("table", PLANS)
def test_the_keys_of_a_plan_are_no_estimates_and_no_place(table: str) -> None:
    keys = set(TABLES[table].keys)
    assert keys
    assert not keys & PLACE
    assert not [name for name in keys if f"{name}_low" in TABLES[table].names]


def test_another_question_is_another_cell() -> None:
    first, second = (pl.DataFrame({**BASE, "flops": [flops]}) for flops in (1e20, 2e20))
    cells = [
        history["cell"][0]
        for frame in (first, second)
        if (history := history_of("plan_compute_optimal", frame, MOMENT)) is not None
    ]
    assert len(set(cells)) == 2


BASE = {
    "study": ["s"], "cohort": ["c"], "law": ["l"], "fit_id": ["f"], "selected": [True], "approach": ["parametric"],
    "loss": [2.0], "loss_low": [1.9], "loss_high": [2.1],
}  # fmt: skip


def test_lists_beside_an_estimate_are_no_estimates_of_their_own() -> None:
    """Where approaches disagree, their names and sizes stand beside the law's row."""
    place = {
        "study": "s",
        "cohort": "",
        "law": "chinchilla",
        "fit_id": "f",
        "selected": True,
        "flops": 1e20,
        "approach": "parametric",
    }
    size = {"params": 1e9, "params_low": 8e8, "params_high": 2e9}
    apart = {
        "apart": [["parametric", "envelope"]],
        "apart_params": [[1e9, 1e8]],
        "apart_low": [[8e8, 9e7]],
        "apart_high": [[2e9, 2e8]],
    }
    rows = pl.DataFrame({name: [value] for name, value in (place | size).items()} | apart)
    history = history_of("plan_compute_optimal", rows, MOMENT)
    assert history is not None
    assert history.select("estimate", "value").rows() == [("params", 1e9)]
