"""The registry: one line a file, users' laws beside them, bad ones named."""

from pathlib import Path

import pytest

from pipeline.laws import laws, load_user_laws

LAW_FILE = """
from pipeline.laws.law import Law, Parameter, run_column

slope = Parameter("slope")
{name} = Law(
    name="{name}",
    formula={factor} * slope.symbol * run_column("data_seen"),
    parameters=(slope,),
    columns=("data_seen",),
    response="loss",
    question="Is it a line?",
    source="a test",
    example={{"data_seen": 2.0, "slope": 3.0}},
)
"""


@pytest.fixture
def folder(tmp_path: Path):
    known = dict(laws)
    yield tmp_path
    import pipeline.laws as book

    for name in set(laws) - set(known):
        del book._registry[name]


def test_every_file_of_the_catalogue_declares_a_law() -> None:
    import pipeline.laws as book

    files = [path for path in (Path(book.__file__).parent / "catalogue").glob("*/*.py") if path.stem != "__init__"]
    assert [path.name for path in files if "Law(" not in path.read_text(encoding="utf-8")] == []
    assert len(laws) >= len(files)


def test_a_law_is_found_by_its_name() -> None:
    assert all(law.name == name for name, law in laws.items())


def test_a_users_law_is_added_and_taken_anew_when_its_file_changes(folder: Path) -> None:
    (folder / "mine.py").write_text(LAW_FILE.format(name="my_line", factor=1))
    assert load_user_laws(folder) == []
    before = laws["my_line"].formula
    (folder / "mine.py").write_text(LAW_FILE.format(name="my_line", factor=2.0))
    assert load_user_laws(folder) == []
    assert laws["my_line"].formula == 2.0 * before


def test_a_bad_users_file_is_named_and_stops_no_other(folder: Path) -> None:
    (folder / "a_broken.py").write_text("import nothing_of_this_name\n")
    (folder / "b_empty.py").write_text("x = 1\n")
    (folder / "c_taken.py").write_text(LAW_FILE.format(name="chinchilla", factor=1))
    (folder / "d_good.py").write_text(LAW_FILE.format(name="my_good_line", factor=1))
    messages = [str(error) for error in load_user_laws(folder)]
    assert "my_good_line" in laws
    assert laws["chinchilla"].source.startswith("Hoffmann")
    for message, (file, cure) in zip(
        messages, [("a_broken", "correct the file"), ("b_empty", "bind a Law"), ("c_taken", "rename yours")], strict=True
    ):
        assert file in message
        assert cure in message
