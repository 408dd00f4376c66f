"""A user's expression is a pure one over known columns, or it is refused by name."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ExpressionError
from pipeline.expressions.expression import known_columns
from pipeline.expressions.expressions import check_predicate, compile_expression

TYPES = {"run_id": "VARCHAR", "loss": "VARCHAR", "params": "DOUBLE", "Model Size": "VARCHAR", "tags": "MAP(VARCHAR, VARCHAR)"}


def value(text: str, **row: object) -> object:
    """What the checked expression yields on one row."""
    columns = {"run_id": "'r'", "loss": "'2.5'", "params": "10::DOUBLE", '"Model Size"': "'7e9'", "tags": "MAP {'x': 'y'}"}
    columns |= {name: str(sql) for name, sql in row.items()}
    source = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    answer = duckdb.execute(f"SELECT {compile_expression(text, known_columns(TYPES)).sql} FROM (SELECT {source})").fetchone()
    return answer and answer[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"Model Size" / (6 * params)', 7e9 / 60),
        ("'c' || params", "c10.0"),
        ("loss > 0 and run_id in ('r', 's')", True),
        ("loss > 10", False),
        ("case when params > 5 then 'big' else 'small' end", "big"),
        ("coalesce(nullif(loss, '2.5'), '3')", "3"),
        ("round(ln(params), 3)", 2.303),
        ("regexp_extract(run_id || '12', '([0-9]+)', 1)", "12"),
        ("split_part('a-b-c', '-', 2)", "b"),
        ("cast(loss as double) * 2", 5.0),
        ("loss between 2 and 3", True),
        ("run_id not in ('q') and not (params is null)", True),
        ("tags['x'] = 'y'", True),
        ("-params ** 2", 100.0),
        ("loss = 2.50", True),
        ("'a;b' || ' -- c'", "a;b -- c"),
    ],
)
def test_a_pure_expression_yields_its_value(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "(select 1)", "exists (select 1)", "read_csv('/etc/passwd')", "getenv('HOME')", "count(*)", "sum(params) over ()", "*",
        "COLUMNS('.*')", "1; drop table runs", "1) from x where (1", "1), (2", "list_transform([1], x -> x)", "$1", "?",
        "random()", "nextval('s')", "current_user", "main.abs(params)", "t.params", "{'a': 1}", "[1, 2]",
        "params::decimal(3, 1)", "nonsense", "loss collate nocase", "pragma_version()", "sniff_csv('x')", "loss[1]",
        "regexp_matches(loss, run_id)", "", "params +", "'unclosed", "query('select 1')", "1 /*",
        "+".join(["(1"] * 80) + ")" * 80,
    ],
)  # fmt: skip
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text, known_columns(TYPES))


def test_a_refusal_names_the_part_and_the_cure() -> None:
    with pytest.raises(ExpressionError, match=r"no column 'colour'; the columns are loss, "):
        compile_expression("colour = 'red'", known_columns(TYPES))


def test_a_predicate_must_be_true_or_false() -> None:
    with pytest.raises(ExpressionError, match="not true or false"):
        check_predicate("params + 1", TYPES)


def test_text_columns_as_numbers_are_reported() -> None:
    assert compile_expression("loss * params", known_columns(TYPES)).numbers == {'"loss"', '"params"'}


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_text_leads_to_anything_but_an_expression_or_a_refusal(text: str) -> None:
    try:
        found = compile_expression(text, known_columns(TYPES))
    except ExpressionError:
        return
    row = "NULL::VARCHAR run_id, NULL::VARCHAR loss, 1.0 params, '' \"Model Size\", MAP {'a': 'b'} tags"
    duckdb.execute(f"SELECT {found.sql} FROM (SELECT {row})")


@pytest.mark.parametrize(
    "text",
    [
        "sqrt(-params) > 1",
        "ln(-params) >= 0",
        "(-params) ** 0.5 > 1",
        "(params - params) / 0 > 1",
        "not (log10(-params) < 1)",
        "log10(-params) <> 1",
        "sqrt(-params) between 0 and 1e300 or sqrt(-params) > 1e300",
        "sqrt(-params) not in (1, 2)",
        "tags['nan'] > 5",
        "case when sqrt(-params) > 1 then true else null end",
    ],
)
def test_no_run_is_chosen_by_a_comparison_with_what_is_no_number(text: str) -> None:
    row = "10::DOUBLE AS params, MAP {'nan': 'nan'} AS tags"
    assert duckdb.execute(f"SELECT {check_predicate(text, TYPES)} FROM (SELECT {row})").fetchall() == [(None,)]


@pytest.mark.parametrize("text", ["loss > 2", "ln(loss) > 2"])
def test_in_a_map_the_loss_of_a_diverged_run_stays_no_number(text: str) -> None:
    assert value(text, loss="'nan'") is True
