"""JSON Lines whose objects hold objects: what stands inside is a column for maps."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.load.reading import map_draft
from pipeline.readers.json_keys import inner_columns, json_keys
from pipeline.readers.json_table import flattened_row
from tests.ingest.conftest import Dropbox

ROWS = [
    {"arch": {"d_hidden": 32, "deep": {"heads": 2}}, "train": {"lr": lr, "seed": 7}, "val_loss": 3.0 + lr, "total_params": 1e6}
    for lr in (1e-4, 1e-3, 1e-2)
]
MAP = """kind = "runs"
match = "*/own.jsonl"
tags = ["arch.deep.heads"]
[columns]
run_id = "file_name || '-' || row_number"
peak_lr = "\\"train.lr\\""
"metric:loss" = "val_loss"
"""


def lines(rows: list[Any]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


@pytest.mark.parametrize("more", ["", "no object\n"], ids=["whole", "with a bad line"])
def test_a_map_names_what_stands_inside_an_object(box: Dropbox, more: str) -> None:
    box.drop("own.jsonl", lines(ROWS) + more)
    (box.home.maps / "own.toml").write_text(MAP)
    assert box.ingest().quarantined == len(more.splitlines())
    assert box.rows("SELECT peak_lr, tags['arch.deep.heads'] FROM runs ORDER BY 1") == [(1e-4, "2"), (1e-3, "2"), (1e-2, "2")]


def test_a_row_without_the_object_has_no_value_there(box: Dropbox) -> None:
    box.drop("own.jsonl", lines([*ROWS, {"train": "by hand", "val_loss": 2.0}, {"train": None, "val_loss": 1.5}]))
    (box.home.maps / "own.toml").write_text(MAP)
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT count(*), count(peak_lr) FROM runs") == [(5, 3)]


def test_the_draft_of_a_map_finds_settings_inside_objects(box: Dropbox) -> None:
    path = box.drop("own.jsonl", lines(ROWS))
    found = tomllib.loads(map_draft(path))
    assert found["columns"]["peak_lr"] == '"train.lr"'
    assert "arch.deep.heads" in found["tags"]


VALUES = st.recursive(
    st.one_of(st.integers(-9, 9), st.text("ab", max_size=2)),
    lambda inner: st.dictionaries(st.text("aB.c", min_size=1, max_size=2), inner, min_size=1, max_size=3),
    max_leaves=8,
)


@given(row=st.dictionaries(st.text("aB", min_size=1, max_size=2), VALUES, min_size=1, max_size=3))
def test_every_column_inside_has_a_name_of_its_own_that_the_row_has_flattened(row: dict[str, Any]) -> None:
    text = json.dumps(row)
    keys = json_keys(text)
    names = [name for name, _, _ in inner_columns(text, keys)]
    assert len({name.lower() for name in (*names, *dict.fromkeys(key.lower() for key in keys))}) == len(names) + len(
        {key.lower() for key in keys}
    )
    assert set(names) <= set(flattened_row(row))
