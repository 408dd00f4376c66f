"""Tables of pass@k as people keep them: a column a number of attempts, or a row each."""

from pathlib import Path

import pytest

from pipeline.readers import read_log, reader_for


def runs_of(path: Path, text: str) -> dict[str, dict[str, object]]:
    """The runs that are read from a table, by name."""
    path.write_text(text)
    reader = reader_for(path, path.read_bytes())
    assert reader is not None
    assert reader.name == "table of pass@k"
    found = read_log(reader, path, "table")
    return {} if found.runs is None else {row["run_id"]: row for row in found.runs.to_dicts()}


def test_a_column_for_each_number_of_attempts_is_a_run_each(tmp_path: Path) -> None:
    found = runs_of(tmp_path / "a.csv", "model,params,pass@1,pass@10,pass@100\nA,1e9,.1,.3,.6\nB,2e9,.2,,.7\n")
    assert {name: (row["samples"], row["metric:pass_at_k@test/"], row["params"]) for name, row in found.items()} == {
        "A-pass_at_k-1": ("1", ".1", "1e9"),
        "A-pass_at_k-10": ("10", ".3", "1e9"),
        "A-pass_at_k-100": ("100", ".6", "1e9"),
        "B-pass_at_k-1": ("1", ".2", "2e9"),
        "B-pass_at_k-100": ("100", ".7", "2e9"),
    }


@pytest.mark.parametrize("count", ["k", "samples", "Num_Samples"])
def test_a_row_for_each_number_of_attempts_is_a_run_each(tmp_path: Path, count: str) -> None:
    found = runs_of(tmp_path / "a.csv", f"model,{count},pass@k\nA,1,.1\nA,4,.2\n")
    assert {name: row["samples"] for name, row in found.items()} == {"A-pass_at_k-1": "1", "A-pass_at_k-4": "4"}


@pytest.mark.parametrize(("head", "cell"), [("pass@1 (%)", "12.5"), ("pass@1", "12.5%"), ("Pass_at_1", "0.125")])
def test_a_share_in_percent_is_a_share(tmp_path: Path, head: str, cell: str) -> None:
    found = runs_of(tmp_path / "a.csv", f"model,{head},pass@10\nA,{cell},.5\n")
    assert float(str(found["A-pass_at_k-1"]["metric:pass_at_k@test/"])) == 0.125


def test_the_benchmark_is_the_task_and_settings_tell_evaluations_apart(tmp_path: Path) -> None:
    text = "model,benchmark,temperature,pass@1,maj@8\nA,math,0.8,.1,.4\nA,code,0.8,.2,.5\nA,math,0.2,.3,.3\n"
    found = runs_of(tmp_path / "a.csv", text)
    assert len(found) == 6
    assert found["A-0.8-math-majority_at_k-8"]["metric:majority_at_k@test/math"] == ".4"
    assert found["A-0.2-math-pass_at_k-1"]["metric:pass_at_k@test/math"] == ".3"


def test_two_rows_that_nothing_tells_apart_are_refused_with_a_fix(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("model,pass@1,pass@10\nA,.1,.3\nA,.2,.4\n")
    reader = reader_for(path, path.read_bytes())
    assert reader is not None
    found = read_log(reader, path, "table")
    assert found.quarantined is not None
    refused = found.quarantined.to_dicts()
    assert [(row["row_number"], row["reason"]) for row in refused] == [(1, "conflict"), (2, "conflict")]
    assert "add a column" in refused[0]["detail"]


@pytest.mark.parametrize("head", ["query,recall@1,recall@10", "model,pass@1,score", "step,loss"])
def test_other_tables_are_left_to_others(tmp_path: Path, head: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{head}\nA,.1,.3\n")
    reader = reader_for(path, path.read_bytes())
    assert reader is None or reader.name != "table of pass@k"
