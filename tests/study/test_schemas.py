"""The JSON Schemas that editors check studies, maps and settings with: what ships is valid, what is refused is not."""

import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from small_home import STUDY

from pipeline.study.schemas import schemas
from tests.generated import stale_schemas

ROOT = Path(__file__).resolve().parents[2]
DECLARED = [("study", path) for path in (ROOT / "data" / "studies").glob("*.toml")] + [
    ("map", path) for path in (ROOT / "data" / "maps").glob("*.toml")
]
WRONG = {
    "an unknown key": {"question_": "?"},
    "an unknown law": {"laws": ["chinchila"]},
    "too few draws": {"draws": 1},
    "a budget of no name": {"plan": {"flop": [1e20]}},
    "points of no kind": {"points": "last"},
    "an unknown column to group by": {"group_by": ["colour"]},
}


def valid(kind: str, declared: object) -> bool:
    return Draft202012Validator(schemas()[kind]).is_valid(declared)


@pytest.mark.parametrize("kind", schemas())
def test_a_schema_is_one(kind: str) -> None:
    Draft202012Validator.check_schema(schemas()[kind])


@pytest.mark.parametrize(("kind", "path"), DECLARED, ids=[path.stem for _, path in DECLARED])
def test_what_ships_is_valid(kind: str, path: Path) -> None:
    assert valid(kind, tomllib.loads(path.read_text()))


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_a_study_may_not_say_is_marked(wrong: dict[str, object]) -> None:
    study = tomllib.loads(STUDY.format(name="first"))
    assert valid("study", study)
    assert not valid("study", {**study, **wrong})


def test_the_published_schemas_are_those_of_the_code() -> None:
    assert stale_schemas(write=False) == []
