"""Errors of pictures, shapes, laws and their rows: each says what is missing, and what it says to do works."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sympy as sp

from pipeline import fit, laws
from pipeline.compute import mapper
from pipeline.errors import ComputeError, FitError, LawbookError, LawError
from pipeline.fitting.charts import chart
from pipeline.fitting.published import constants_named, published_fit
from pipeline.fitting.shapes import carried, published_shapes
from pipeline.laws import _load_user_file
from pipeline.laws.engine.js_form import JsPrinter
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.laws.engine.sql_form import check_sql, example_sql, macro_sql
from pipeline.laws.law import Law, pool_sum
from tests.small_home import run_rows

CHINCHILLA = laws["chinchilla"]
HOFFMANN = constants_named("chinchilla/hoffmann")[1]
OF_PARAMS = sp.Symbol("params", positive=True)
NO_POOLS = replace(CHINCHILLA, formula=pool_sum(OF_PARAMS))
POOLED = laws["effective_data"]
ROWS = pl.DataFrame({"data_seen": [1e9], "data_unique": [1e8]})
SHAPE = ("alpha",)


def without_interval() -> Any:
    """A fit that knows no error of any parameter: its constants were printed without intervals."""
    return published_fit(CHINCHILLA, replace(HOFFMANN, low={}, high={}))


def by_pool() -> Any:
    return replace(HOFFMANN, values={**HOFFMANN.values, "alpha": {"a": 0.3, "b": 0.4}})


def javascript(law: Law) -> str:
    return str(JsPrinter(law).doprint(law.formula))


def drawing(kind: str) -> object:
    """A picture of a law of the loss alone, along which nothing grows."""
    printed = published_fit(*constants_named("critical_batch"))
    frame = pl.DataFrame({"loss": [3.0, 2.5], printed.law.response: [1e6, 2e6]})
    return chart(replace(printed, frame=frame), kind)


FIXED: dict[str, tuple[Callable[..., object], tuple[Any, ...], str, tuple[Any, ...]]] = {
    "a look ahead": (
        drawing,
        ("forecast",),
        r"critical_batch has no budget to look ahead along; draw fit or residuals",
        ("fit",),
    ),
    "no constants": (
        constants_named,
        ("power_law",),
        r"'power_law': no constants of power_law were published for all of its parameters; fit it to runs of your own",
        ("chinchilla",),
    ),
    "a shape of each pool": (
        published_shapes,
        (CHINCHILLA, by_pool(), SHAPE),
        r"alpha was published pool by pool: cohorts cannot share it; share another",
        (CHINCHILLA, by_pool(), ("beta",)),
    ),
    "a pool of none": (
        rows_from_frame,
        (POOLED, ROWS.with_columns(pool=pl.lit("b")), ("a",)),
        r"row 0 draws from pool 'b', which is none of \['a'\]; declare it or exclude the run",
        (POOLED, ROWS.with_columns(pool=pl.lit("b")), ("a", "b")),
    ),
    "rows without pools": (
        rows_from_frame,
        (POOLED, ROWS, ("a",)),
        r"law effective_data sums over pools and needs `members` or `pool`; add the column `pool`",
        (POOLED, ROWS.with_columns(pool=pl.lit("a")), ("a",)),
    ),
    "a sum over no pools in JavaScript": (
        javascript,
        (NO_POOLS,),
        r"law chinchilla: pool_sum needs member columns or per-pool parameters; declare them",
        (replace(NO_POOLS, member_columns=("unique",)),),
    ),
    "a sum over no pools in SQL": (
        macro_sql,
        (NO_POOLS,),
        r"law chinchilla: pool_sum needs member columns or per-pool parameters; declare them",
        (replace(NO_POOLS, member_columns=("unique",)),),
    ),
    "no form in SQL": (
        macro_sql,
        (replace(CHINCHILLA, formula=sp.besseli(0, OF_PARAMS)),),
        r"law chinchilla: no SQL form of besseli; add it to SQL_FUNCTIONS",
        (CHINCHILLA,),
    ),
    "an example with a gap": (
        example_sql,
        (replace(CHINCHILLA, example={}),),
        r"law chinchilla: its example lacks params, .*; give every column and parameter a value",
        (CHINCHILLA,),
    ),
    "an example that does not run": (
        check_sql,
        (replace(CHINCHILLA, example={**CHINCHILLA.example, "params": [1.0, 2.0]}),),
        r"law chinchilla: its example does not run in SQL: .*; correct it",
        (CHINCHILLA,),
    ),
}


@pytest.mark.parametrize("name", FIXED)
def test_what_is_refused_says_what_to_give_and_is_done_with_it(name: str) -> None:
    call, refused, words, fixed = FIXED[name]
    with pytest.raises(LawbookError, match=words) as caught:
        call(*refused)
    assert isinstance(caught.value, FitError | LawError)
    call(*fixed)


def test_shapes_of_no_fit_are_had_from_a_fit_of_another_cohort() -> None:
    with pytest.raises(FitError, match=r"no fit of another cohort was given; give fits of other cohorts"):
        carried([], SHAPE)
    rows = [{"params": row["params"], "data_seen": row["data_seen"], "loss": row["metric:loss"]} for row in run_rows("s")]
    assert carried([fit(CHINCHILLA, pl.DataFrame(rows), draws=50)], SHAPE)["alpha"].sd > 0


def test_a_shape_without_an_error_is_had_from_published_constants() -> None:
    words = r"alpha is not carried over: no fit of another cohort has it with an error; give published constants"
    with pytest.raises(FitError, match=words):
        carried([without_interval()], SHAPE)
    assert published_shapes(CHINCHILLA, HOFFMANN, SHAPE)["alpha"].sd > 0


def test_a_file_of_laws_with_another_ending_is_told_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("")
    with pytest.raises(LawError, match=r"own\.txt.*cannot be loaded as Python; give it the ending \.py"):
        _load_user_file(path)


def test_a_cluster_without_its_package_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = r'needs the cluster extra; pip install "lawbook\[cluster\]"'
    with pytest.raises(ComputeError, match=words), mapper("dask://127.0.0.1:9"):
        pass
