"""The macro of every law gives the value of its NumPy form, at any parameters and columns."""

import zlib
from collections.abc import Iterator

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import LawError
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.laws.engine.sql_form import SqlPrinter, double, example_sql, macro_sql, reserved_words, signature
from pipeline.laws.law import Law

POOLED = [name for name, law in laws.items() if {"share", "unique"} <= set(law.member_columns)]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for law in laws.values():
            connection.execute(macro_sql(law))
        yield connection


def in_numpy(law: Law, given: dict[str, float | list[float]]) -> float:
    """The compiled law at one row; lists hold one value a pool."""
    pools = len(given[law.member_columns[0]]) if law.pooled else 0  # type: ignore[arg-type]  # member columns are lists
    form = compiled(law)
    names = tuple(str(i) for i in range(pools))
    members = {name: np.array([given[name]], float) for name in law.member_columns} if law.pooled else None
    if members is not None and "share" not in members:
        members["share"] = np.ones((1, pools))
    theta = [given[p] if pool is None else given[p][int(pool)] for p, pool in form.index(names)]  # type: ignore[index]
    rows = Rows({c: np.array([given[c]], float) for c in law.columns}, members, names, 1)
    return float(form.value(np.array([theta], float), rows)[0, 0])


def in_sql(con: duckdb.DuckDBPyConnection, law: Law, given: dict[str, float | list[float]]) -> float:
    values = [given[name] for name in [*law.columns, *law.member_columns, *(p.name for p in law.parameters)]]
    question = ", ".join("?" for _ in values)
    return con.execute(f"SELECT {law.name}({question})", values).fetchone()[0]


@pytest.mark.parametrize("name", list(laws))
def test_the_example_runs_and_equals_numpy(name: str, con: duckdb.DuckDBPyConnection) -> None:
    law = laws[name]
    (found,) = con.execute(example_sql(law)).fetchone()
    assert found == pytest.approx(in_numpy(law, dict(law.example)), rel=1e-12)


@pytest.mark.parametrize("name", list(laws))
def test_values_near_the_example_equal_numpy(name: str, con: duckdb.DuckDBPyConnection) -> None:
    law, rng = laws[name], np.random.default_rng(zlib.crc32(name.encode()))
    for _ in range(5):
        moved = {k: (rng.uniform(0.9, 1.1, np.shape(v)) * np.array(v)).tolist() for k, v in law.example.items()}
        expected = in_numpy(law, moved)
        if np.isfinite(expected):
            assert in_sql(con, law, moved) == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", POOLED)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=st.integers(0, 2**32 - 1), pools=st.integers(1, 5), seen=st.floats(1e6, 5e8))
def test_any_mixture_equals_numpy(name: str, con: duckdb.DuckDBPyConnection, seed: int, pools: int, seen: float) -> None:
    law, rng = laws[name], np.random.default_rng(seed)
    unique = rng.uniform(1e6, 3e7, pools)
    levels = {"share": rng.dirichlet(np.ones(pools)), "unique": unique, "size": unique * rng.uniform(1, 3, pools)}
    for p in law.parameters:
        if p.per == "pool":
            levels[p.name] = float(np.ravel(law.example[p.name])[0]) * rng.uniform(0.5, 1.5, pools)
    mixture = dict(law.example) | {"data_seen": seen} | {k: v.tolist() for k, v in levels.items()}
    assert in_sql(con, law, mixture) == pytest.approx(in_numpy(law, mixture), rel=1e-12)


def test_integers_and_decimals_give_the_value_of_doubles(con: duckdb.DuckDBPyConnection) -> None:
    plain = con.execute(
        "SELECT chinchilla(70000000000, 1400000000000, 1.817218, 477.826, 2143.417, 0.3473105, 0.3671724)"
    ).fetchone()
    assert plain == con.execute(example_sql(laws["chinchilla"])).fetchone()


def test_macros_work_after_being_stored_for_older_clients(tmp_path) -> None:
    path = tmp_path / "published.duckdb"
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{path}' AS pub (STORAGE_VERSION 'v1.2.0')")
        con.execute("USE pub")
        for law in laws.values():
            con.execute(macro_sql(law))
    with duckdb.connect(str(path), read_only=True) as con:
        for law in laws.values():
            (found,) = con.execute(example_sql(law)).fetchone()
            assert found == pytest.approx(in_numpy(law, dict(law.example)), rel=1e-12), law.name


def test_no_argument_is_a_reserved_word_or_twice_the_same() -> None:
    reserved = reserved_words()
    for law in laws.values():
        names = [name.lower() for name in (law.name, *signature(law))]
        assert not set(names) & reserved, law.name
        assert len(set(names[1:])) == len(names) - 1, law.name


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_literals_read_back_to_the_same_bits(value: float) -> None:
    with duckdb.connect() as con:
        found, kind = con.execute(f"SELECT {double(value)}, typeof({double(value)})").fetchone()
    assert (found, kind) == (value, "DOUBLE")


def test_a_function_without_sql_form_is_refused_with_the_cure() -> None:
    import sympy as sp

    class unheard_of(sp.Function):
        pass

    with pytest.raises(LawError, match="add it to SQL_FUNCTIONS"):
        SqlPrinter(laws["power_law"]).doprint(unheard_of(sp.Symbol("A")))
