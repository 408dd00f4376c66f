"""The drop-folder sensor's look: ripe and new files ask for a run, everything else does not."""

from pathlib import Path

from small_home import run_rows, write_runs

from pipeline.home import Home
from pipeline.ingest.sources.watching import look


def settled(home: Home) -> str:
    """The cursor after everything that is there has been seen; it is taken already."""
    return look(home, look(home).cursor).cursor


def test_dropped_file_asks_for_a_run_at_the_second_look(home: Home) -> None:
    cursor = settled(home)
    write_runs(home.inbox / "lab" / "new", [{**run_rows("first")[0], "run_id": "new"}])
    first = look(home, cursor)
    assert first.new == []
    assert {Path(place).name for place in look(home, first.cursor).new} == {"new.runs.csv", "new.measurements.csv"}


def test_file_that_grows_between_two_looks_waits(home: Home) -> None:
    cursor = settled(home)
    write_runs(home.inbox / "lab" / "new", [{**run_rows("first")[0], "run_id": "new"}])
    first = look(home, cursor)
    write_runs(home.inbox / "lab" / "new", [{**row, "run_id": f"new{i}"} for i, row in enumerate(run_rows("first")[:3])])
    assert look(home, first.cursor).new == []


def test_same_content_under_another_name_asks_for_nothing(home: Home) -> None:
    cursor = settled(home)
    source = home.inbox / "lab" / "first.runs.csv"
    (home.inbox / "lab" / "copy.runs.csv").write_bytes(source.read_bytes())
    assert look(home, look(home, cursor).cursor).new == []


def test_unfinished_names_are_ignored(home: Home) -> None:
    cursor = settled(home)
    for name in ("a.runs.csv.tmp", "b.runs.csv.part"):
        (home.inbox / "lab" / name).write_text("run_id\n1\n")
    assert look(home, look(home, cursor).cursor).new == []


def test_run_key_holds_the_content(home: Home) -> None:
    cursor = settled(home)
    keys = []
    for value in (1, 2):
        write_runs(home.inbox / "lab" / "new", [{**run_rows("first")[0], "run_id": f"new{value}"}])
        keys.append(look(home, look(home, cursor).cursor).run_key)
    assert keys[0] != keys[1]


def test_edited_study_asks_for_a_run(home: Home) -> None:
    cursor = settled(home)
    path = home.studies / "first.toml"
    path.write_text(path.read_text().replace("1e20", "1e21"))
    assert look(home, look(home, cursor).cursor).new == [str(path)]


def test_first_look_does_not_ask_for_what_is_already_taken(home: Home) -> None:
    asked = look(home, look(home).cursor).new
    assert not [path for path in asked if Path(path).is_relative_to(home.inbox)]


def test_a_changed_configuration_beside_a_log_asks_for_a_run(home: Home) -> None:
    log = home.inbox / "lab" / "version_1" / "metrics.csv"
    log.parent.mkdir(parents=True)
    log.write_text("epoch,step,train_loss\n0,1,3\n")
    beside = log.with_name("hparams.yaml")
    beside.write_text("seed: 1\n")
    cursor = settled(home)
    beside.write_text("seed: 22\n")
    asked = look(home, look(home, cursor).cursor)
    assert asked.new == [str(log)]
    assert look(home, asked.cursor).new == []
