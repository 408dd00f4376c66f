"""Runs that a fit leaves out are counted and named, where the plan and the refit are printed."""

import polars as pl
import pytest
from small_home import STUDY, declare, own_home, run_rows, write_runs

from pipeline.cli.main import main
from pipeline.fitting.frames import observed
from pipeline.laws import laws
from pipeline.schema.left_out_words import unused_words

WORDS = "1 of 25 runs left out: no data_seen (first-4)"


def test_a_run_without_its_data_is_named_by_refit_and_plan(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    home = own_home(tmp_path / "home")
    rows = run_rows("first")
    rows[4]["data_seen"] = None
    write_runs(home.inbox / "lab" / "first", rows)
    declare(home, "first", STUDY)
    for command in ("refit", "plan"):
        assert main(["--home", str(home.root), command]) == 0
        assert WORDS in " ".join(capsys.readouterr().out.split())


def test_where_every_run_lacks_its_data_that_is_the_cause() -> None:
    frame = pl.DataFrame({"run_key": list("abcd"), "used": [False] * 4, "reason": ["no data_seen"] * 4})
    law = laws["chinchilla"]
    with pytest.raises(
        Exception, match=r"4 of 4 runs left out: no data_seen \(a, b, c, \.\.\.\); log it, or leave chinchilla out"
    ):
        observed(law, frame, law.objective)


def test_what_the_study_asks_for_is_no_lack() -> None:
    reasons = [("a", None), ("b", "running"), ("c", "no data_seen"), ("d", "running")]
    assert unused_words(reasons) == "3 of 4 runs left out: 2 running (b, d), 1 no data_seen (c)"
    assert unused_words(reasons, lacking_only=True) == "1 of 4 runs left out: no data_seen (c)"
