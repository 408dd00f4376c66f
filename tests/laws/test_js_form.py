"""The JavaScript of every law gives the value of its NumPy form, at any parameters and columns."""

import json
import zlib

import numpy as np
import pytest
import sympy as sp
from javascript import evaluated
from test_sql_form import POOLED, in_numpy

from pipeline.errors import LawError
from pipeline.laws import laws
from pipeline.laws.engine.js_form import JsPrinter, function_js, library
from pipeline.laws.law import Given, Law

CLOSE = 1e-9


def near(law: Law) -> list[Given]:
    """The law's example, and five sets of values around it."""
    rng = np.random.default_rng(zlib.crc32(law.name.encode()))
    moved = [{k: (rng.uniform(0.9, 1.1, np.shape(v)) * np.array(v)).tolist() for k, v in law.example.items()} for _ in range(5)]
    return [dict(law.example), *moved]


def in_javascript(cases: dict[str, list[Given]]) -> dict[str, list[float]]:
    """The printed functions at each case, all laws in one process."""
    forms = ",\n".join(f"{json.dumps(name)}: {function_js(laws[name])}" for name in cases)
    values = {name: [[given[n] for n in laws[name].names] for given in some] for name, some in cases.items()}
    asked = f"const forms = {{{forms}}}, cases = {json.dumps(values)};"
    each = "Object.fromEntries(Object.entries(cases).map(([n, all]) => [n, all.map((v) => forms[n](...v))]))"
    found: dict[str, list[float | None]] = evaluated(f"{library()}\n{asked}\nconst answer = {each};")
    return {name: [np.nan if value is None else value for value in some] for name, some in found.items()}  # JSON has no NaN


def test_every_law_has_the_values_of_its_numpy_form() -> None:
    cases = {name: near(law) for name, law in laws.items()}
    found = in_javascript(cases)
    for name, some in cases.items():
        assert found[name] == pytest.approx([in_numpy(laws[name], given) for given in some], rel=CLOSE, nan_ok=True), name


def test_pools_that_wear_out_over_many_epochs_have_the_values_of_numpy() -> None:
    cases = {}
    for name in POOLED:
        example = dict(laws[name].example)
        if "data_seen" in example:
            cases[name] = [{**example, "data_seen": float(example["data_seen"]) * factor} for factor in (0.01, 3.0, 70.0)]  # type: ignore[arg-type]
    found = in_javascript(cases)
    assert len(cases) > 3
    for name, some in cases.items():
        assert found[name] == pytest.approx([in_numpy(laws[name], given) for given in some], rel=CLOSE, nan_ok=True), name


@pytest.mark.parametrize("x", [-7.0, -2.6, -0.3, 0.0, 1e-9, 1.0, 2.4999, 2.5, 4.0, 5.9])
def test_erf_is_that_of_the_library(x: float) -> None:
    from scipy.special import erf

    assert evaluated(f"{library()} const answer = lawbookFunctions.erf({x});") == pytest.approx(float(erf(x)), abs=1e-14)


def test_a_function_that_has_no_javascript_is_named() -> None:
    with pytest.raises(LawError, match="no JavaScript form of besseli"):
        JsPrinter(laws["chinchilla"]).doprint(sp.besseli(1, sp.Symbol("x")))
