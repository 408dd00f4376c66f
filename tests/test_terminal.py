"""What a file or a log is called cannot move the cursor, ring, or forge a line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.main import main
from pipeline.terminal import shown
from tests.small_home import make_home

FORGED = "x\x1b[2K\rok    store: all is well\x07\nok    lock: all is well\u202e.csv"
SAFE = set("\t\n")


@given(st.text())
def test_a_shown_text_is_one_line_without_control_characters(text: str) -> None:
    assert all(each.isprintable() or each in "\t\u200c\u200d" or each.isspace() for each in shown(text))
    assert not set(shown(text)) & set("\n\r\v\f\x1b\x07\x85\u2028\u2029\u202e")


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_a_printable_text_is_shown_as_it_is(text: str) -> None:
    assert shown(text) == text


def test_no_command_prints_the_escapes_of_a_file_name(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setattr("pipeline.refit.steps._draw", lambda *_given: None)
    home = make_home(tmp_path / "home")
    (home.inbox / FORGED.replace("/", "")).write_text("a,b\n1,2\n", encoding="utf-8")
    (home.inbox / f"{FORGED}.runs.csv").write_text("run_id,params\nr,minus one\n", encoding="utf-8")
    asked = (["check", str(home.inbox)], ["refit"], ["doctor"], ["sql", "SELECT source_uri, detail FROM quarantine"])
    for command in asked:
        main(["--home", str(home.root), *command])
    out = capsys.readouterr()
    printed = out.out + out.err
    assert "\\x1b[2K" in printed
    assert {each for each in printed if not each.isprintable()} <= SAFE
    assert "\nok    lock: all is well" not in printed
