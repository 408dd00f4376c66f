"""Tables that people export by hand, and names that say a multiple: the right values, or a sentence with a fix."""

import pytest

from pipeline.readers.formats.exported_tables import SCALAR_NAME
from pipeline.readers.names import run_columns
from tests.ingest.conftest import Dropbox

SCALAR = "Wall time,Step,Value\n1700000000.1,0,3.0\n1700000001.1,10,2.5\n"
SEARCHED = (
    "run_id,experiment_id,status,artifact_uri,start_time,end_time,metrics.val_loss,params.n_params,tags.mlflow.runName\n"
    "abc,1,FINISHED,file:///x,2024-01-01 00:00:00+02:00,2024-01-01 01:00:00+02:00,2.5,1000000,gpt\n"
    "def,1,FAILED,file:///y,2024-01-01 00:00:00+02:00,,,1000000,\n"
)
VALUES = "SELECT run_id, metric, split, step, m.data_seen, value FROM measurements AS m JOIN runs USING (run_key) ORDER BY ALL"


def test_a_scalar_that_tensorboards_page_gave_is_of_the_run_in_its_name(box: Dropbox) -> None:
    box.drop("run-a-tag-Loss_train.csv", SCALAR)
    assert box.ingest().quarantined == 0
    assert box.rows(VALUES) == [("a", "loss", "train", 0, None, 3.0), ("a", "loss", "train", 10, None, 2.5)]


def test_a_scalar_whose_name_says_nothing_is_refused_with_the_name_it_needs(box: Dropbox) -> None:
    box.drop("download.csv", SCALAR)
    box.ingest()
    ((said,),) = box.rows("SELECT detail FROM quarantine")
    fix = str(said).rpartition("name it ")[2]
    assert SCALAR_NAME.fullmatch(fix.removesuffix(".csv"))


def test_a_scalar_of_the_run_at_the_top_is_of_its_folder(box: Dropbox) -> None:
    box.drop("exp/run-.-tag-val_loss.csv", SCALAR)
    box.ingest()
    assert {row[0] for row in box.rows(VALUES)} == {"exp"}


def test_a_table_of_mlflows_search_has_runs_with_their_settings_and_last_values(box: Dropbox) -> None:
    box.drop("runs.csv", SEARCHED)
    assert box.ingest().quarantined == 0
    runs = box.rows("SELECT run_id, name, status, params, started_at::VARCHAR FROM runs ORDER BY 1")
    assert runs == [
        ("abc", "gpt", "finished", 1e6, "2023-12-31 22:00:00"),
        ("def", None, "failed", 1e6, "2023-12-31 22:00:00"),
    ]
    assert box.rows(VALUES) == [("abc", "loss", "validation", None, None, 2.5)]


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("params (M)", "params", 124e6),
        ("Params [millions]", "params", 124e6),
        ("tokens (B)", "data_seen", 124e9),
        ("tokens (in thousands)", "data_seen", 124e3),
        ("tokens (est.)", "config.tokens (est.)", 124),
        ("dropout (B)", "config.dropout (B)", 124),
    ],
)
def test_a_multiple_in_the_name_of_a_setting_is_undone(name: str, column: str, value: float) -> None:
    assert run_columns({name: 124})[column] == value


def test_a_count_is_believed_before_its_multiple() -> None:
    assert run_columns({"params": 7, "params (M)": 8})["params"] == 7


def test_a_chart_over_billions_of_tokens_lies_at_tokens(box: Dropbox) -> None:
    box.drop("c.csv", '"tokens (B)","a - val/loss","a - val/loss__MIN","a - val/loss__MAX"\n1.5,3,2.9,3.1\n')
    box.ingest()
    assert box.rows(VALUES) == [("a", "loss", "validation", None, 1.5e9, 3.0)]
    assert box.rows("SELECT data_unit FROM runs") == [("token",)]


def test_what_the_trainer_prints_without_steps_is_refused_with_where_they_are(box: Dropbox) -> None:
    box.drop("a.log", "{'loss': 1.2, 'grad_norm': 0.5, 'learning_rate': 2e-05, 'epoch': 0.1}\n")
    box.ingest()
    ((said,),) = box.rows("SELECT detail FROM quarantine")
    assert "trainer_state.json" in str(said)
