"""A run that the law cannot have given, if the others are right, is named with the likely slip: in tables, plans and checks."""

import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.home import Home
from pipeline.operations import findings
from pipeline.refit.refit import refit
from tests.small_home import STUDY, declare, own_home, run_rows, without_report, write_runs

BAD = 12


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Three sweeps of 25 runs: in one a single run was logged in bits, in another two have come again under other ids."""
    home = own_home(tmp_path_factory.mktemp("planted"))
    for name in ("sound", "bits", "copied"):
        rows = run_rows(name)
        rows += [row | {"run_id": f"{row['run_id']}-copy"} for row in rows[3:5]] if name == "copied" else []
        if name == "bits":
            rows[BAD] |= in_bits(rows[BAD], BAD)
        write_runs(home.inbox / "lab" / name, rows)
        declare(home, name)
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        refit(home)
    return home


def ask(home: Home, text: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(text).fetchall()


def test_the_run_in_bits_is_named_with_its_cause(planted: Home) -> None:
    found = ask(planted, "SELECT study, run_id, suspected_cause FROM influential_runs WHERE impossible AND study <> 'copied'")
    assert found == [("bits", f"bits-{BAD}", "its value is in bits, the others' in nats")]


def test_copies_are_told_in_one_sentence_by_the_ids_of_both(planted: Home) -> None:
    ((note, fix),) = ask(planted, "SELECT note, fix FROM plan_notes WHERE study = 'copied' AND note LIKE '%another id%'")
    assert "2 runs are others again" in str(note)
    assert all(f"'copied-{run}-copy' is 'copied-{run}'" in str(note) for run in (3, 4))
    assert "lawbook exclude" in str(fix)


def test_the_cause_of_a_copy_names_a_run_and_no_key(planted: Home) -> None:
    causes = ask(planted, "SELECT suspected_cause FROM influential_runs WHERE study = 'copied' AND impossible ORDER BY run_id")
    assert [cause for (cause,) in causes] == [
        f"it is run 'copied-{run}' again, under another id: no independent run" for run in (3, 4)
    ]


def test_a_sound_sweep_names_no_run(planted: Home) -> None:
    assert ask(planted, "SELECT count(*) FROM influential_runs WHERE study = 'sound' AND impossible") == [(0,)]


def test_the_plan_says_which_run_and_what_to_do(planted: Home) -> None:
    ((note, fix),) = ask(planted, "SELECT note, fix FROM plan_notes WHERE study = 'bits' AND note LIKE 'run %'")
    assert re.match(rf"run 'bits-{BAD}' is 4\d % above what the other runs say: perhaps its value is in bits", str(note))
    assert "lawbook exclude" in str(fix)


def test_the_check_of_the_plans_warns_of_it(planted: Home) -> None:
    (finding,) = [f for f in findings.impossible_runs(planted) if f.message.startswith("bits:")]
    assert finding.severity == "warn"
    assert f"bits-{BAD}" in finding.message


def test_the_check_warns_too_where_the_plans_stand_on_a_combination_of_laws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, rows = own_home(tmp_path), run_rows("bits")
    rows[BAD] |= in_bits(rows[BAD], BAD)
    write_runs(home.inbox / "lab" / "bits", rows)
    declare(home, "bits", STUDY.replace('laws = ["chinchilla"]', 'laws = ["chinchilla", "gadre"]'))
    without_report(monkeypatch)
    refit(home)
    assert ask(home, "SELECT law FROM fits WHERE selected AND valid_to IS NULL") == [("combined",)]
    said = [found.message for found in findings.impossible_runs(home)]
    assert said
    assert all(f"bits-{BAD}" in message for message in said)
    named = ask(home, "SELECT law FROM plan_notes WHERE note LIKE 'run %'")
    assert len(named) == 1  # rivals that find the same run impossible say it once


def in_bits(row: dict[str, Any], _place: int) -> dict[str, Any]:
    return {"metric:loss": row["metric:loss"] / math.log(2)}


def a_thousand_times(row: dict[str, Any], _place: int) -> dict[str, Any]:
    return {"metric:loss": row["metric:loss"] * 1000}


def each_otherwise(row: dict[str, Any], place: int) -> dict[str, Any]:
    return {"metric:loss": row["metric:loss"] * (1.3 + place / 20 if place % 2 else 0.6 - place / 100)}


@pytest.mark.parametrize(
    ("slip", "words"),
    [
        (in_bits, "perhaps of each: its value is in bits, the others' in nats; or the law does not hold there"),
        (a_thousand_times, "perhaps of each: its value is a thousand times too large; or the law does not hold there"),
        (each_otherwise, "and have no slip in common: the law does not hold there"),
    ],
)
def test_more_bad_runs_than_slips_are_told_in_one_sentence_with_what_they_have_in_common(
    slip: Callable[[dict[str, object], int], dict[str, object]], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, rows = own_home(tmp_path), run_rows("bits")
    for place in (3, 9, 12, 16, 22):
        rows[place] |= slip(rows[place], place)
    write_runs(home.inbox / "lab" / "bits", rows)
    declare(home, "bits")
    without_report(monkeypatch)
    refit(home)
    ((note, fix),) = ask(home, "SELECT note, fix FROM plan_notes WHERE note LIKE '%what the others%'")
    assert re.match(r"\d runs or more are off what the others say \('bits-\d+' [^,]+ (above|below), ", str(note))
    assert words in str(note)
    assert "have in common" in str(fix)


def test_goals_of_metrics_are_published(planted: Home) -> None:
    rows = ask(planted, "SELECT metric, goal FROM metrics WHERE metric IN ('loss', 'error', 'accuracy')")
    goals = {row[0]: row[1] for row in rows}
    assert goals == {"loss": "lower", "error": "lower", "accuracy": "higher"}


def test_no_published_number_is_a_nan(planted: Home, published: Home) -> None:
    doubles = "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'DOUBLE' AND NOT internal"
    for home in (planted, published):
        with duckdb.connect(str(home.published_db), read_only=True) as connection:  # opened once: it has hundreds of names
            columns: dict[str, list[str]] = {}
            for table, column in connection.execute(doubles).fetchall():
                columns.setdefault(table, []).append(column)
            for table, names in columns.items():
                odd = ", ".join(f'count(*) FILTER (isnan("{name}") OR isinf("{name}"))' for name in names)
                (counts,) = connection.execute(f'SELECT {odd} FROM "{table}"').fetchall()
                assert not {name: count for name, count in zip(names, counts, strict=True) if count}, table


def test_every_interval_holds_its_estimate_or_is_null_with_it(planted: Home, published: Home) -> None:
    plans = "SELECT table_name, column_name FROM duckdb_columns() WHERE table_name LIKE 'plan_%' AND NOT internal"
    for home in (planted, published):
        with duckdb.connect(str(home.published_db), read_only=True) as connection:
            known, wrong = set(named := connection.execute(plans).fetchall()), dict[str, list[str]]()
            for table, column in named:
                if (table, f"{column}_low") in known and table != "plan_money":
                    outside = f'"{column}_low" > "{column}" OR "{column}_high" < "{column}"'
                    lost = f'"{column}" IS NULL AND ("{column}_low" IS NOT NULL OR "{column}_high" IS NOT NULL)'
                    wrong.setdefault(table, []).append(f"count(*) FILTER ({outside} OR ({lost}))")
            for table, counted in wrong.items():
                (counts,) = connection.execute(f'SELECT {", ".join(counted)} FROM "{table}"').fetchall()
                assert set(counts) == {0}, (table, counted)


def test_probabilities_lie_between_nought_and_one_and_exclusive_ones_sum_to_one(published: Home) -> None:
    sums = ask(published, "SELECT sum(probability_best) FROM plan_filtering GROUP BY study, cohort, law, params, data_seen")
    assert sums
    assert all(0 <= total <= 1 + 1e-9 for (total,) in sums if total is not None)  # type: ignore[operator]


def test_a_run_that_comes_again_with_another_size_is_told_on_the_plan(planted: Home, tmp_path: Path) -> None:
    home = own_home(Path(shutil.copytree(planted.root, tmp_path / "home")))
    rows = run_rows("sound")
    rows[BAD] |= {"params": float(str(rows[BAD]["params"])) * 10}
    write_runs(home.inbox / "lab" / "again", rows)
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        refit(home)
    notes = [str(note) for (note,) in ask(home, "SELECT note FROM plan_notes WHERE study = 'sound' AND note LIKE '%came again%'")]
    assert [note.partition(", on ")[0] for note in notes] == [
        f"run 'sound-{BAD}' came again with another params, 1e+09 instead of 1e+08"
    ]
