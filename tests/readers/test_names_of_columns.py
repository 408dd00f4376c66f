"""What a run's configuration calls a column of runs is found under its canonical name, or is a tag."""

from pathlib import Path

import pytest

from pipeline.readers.names import ALIASES, KEPT, run_columns
from pipeline.schema import RUNS
from tests.ingest.conftest import Dropbox

DOCS = Path(__file__).parents[2] / "docs" / "logs.md"


def test_a_wandb_table_gives_params_and_data_under_their_canonical_names(box: Dropbox) -> None:
    header = "Name,State,Created,Runtime,params,data_seen,data_unit,val/loss\n"
    box.drop("export.csv", header + "r,finished,2024-05-01T10:00:00Z,60,1000000,2e9,byte,3.1\n")
    box.ingest()
    assert box.rows("SELECT params, data_seen, data_unit FROM runs") == [(1e6, 2e9, "byte")]


@pytest.mark.parametrize("column", [name for name in RUNS if name not in KEPT])
def test_a_configuration_may_use_every_column_of_runs(column: str) -> None:
    assert run_columns({column.upper(): 1})[column] == 1


@pytest.mark.parametrize(("name", "unit"), [("tokens", "token"), ("samples_seen", "sample")])
def test_an_amount_of_data_named_by_its_unit_has_that_unit(name: str, unit: str) -> None:
    assert run_columns({name: 5}) == {"data_seen": 5, "data_unit": unit}


def test_of_two_names_of_one_column_its_own_counts_and_the_other_is_a_tag() -> None:
    assert run_columns({"lr": 0.1, "peak_lr": 0.2}) == {"peak_lr": 0.2, "config.lr": 0.1}


def test_a_warm_up_in_steps_is_no_amount_of_data() -> None:
    assert run_columns({"warmup": 2000}) == {"config.warmup": 2000}


def test_every_alias_is_in_the_documents_table() -> None:
    rows = [f"| `{name}` | {', '.join(f'`{alias}`' for alias in aliases.split())} |" for name, aliases in ALIASES.items()]
    assert set(rows) <= set(DOCS.read_text().splitlines())


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("model.n_params", "params"),
        ("model/num_parameters", "params"),
        ("train.total_tokens", "data_seen"),
        ("optim.lr", "peak_lr"),
        ("trainer.optimizer.learning_rate", "peak_lr"),
        ("model.n_layer", "layers"),
    ],
)
def test_a_key_inside_a_part_of_the_configuration_is_its_column(key: str, column: str) -> None:
    assert run_columns({key: 7})[column] == 7


NOT_OWN = [
    "teacher.n_params",
    "model.teacher.n_params",
    "eval.batch_size",
    "data.seed",
    "trainer.accelerator",
    "model.params (M)",
]


@pytest.mark.parametrize("key", [*NOT_OWN, "model.params (M)"])
def test_a_key_inside_a_part_that_is_not_the_runs_own_is_a_tag(key: str) -> None:
    assert run_columns({key: 7}) == {f"config.{key}": 7}


def test_a_column_that_two_parts_say_is_told_by_neither() -> None:
    assert run_columns({"model.n_params": 1, "network.n_params": 2}) == {"config.model.n_params": 1, "config.network.n_params": 2}


def test_a_key_of_its_own_counts_before_one_inside_a_part() -> None:
    assert run_columns({"model.n_params": 1, "n_params": 2}) == {"config.model.n_params": 1, "params": 2}
