"""Drafts of maps for tables that people keep by hand: what their columns are called, and how they write numbers."""

import csv
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.readers.drafts.nearest_table import table_draft
from tests.ingest.conftest import Dropbox
from tests.readers.test_nearest_formats import said


def drafted(box: Dropbox, text: str) -> dict[str, Any]:
    box.drop("results.csv", text)
    draft = said(box).partition("maps/ of the home:\n")[2]
    (box.home.maps / "own.toml").write_text(draft)
    return tomllib.loads(draft)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("arc_challenge_acc", "accuracy@/arc_challenge"),
        ("hellaswag_acc_norm", "accuracy@/hellaswag"),
        ("imagenet_top1", "accuracy@/imagenet"),
        ("final_val_loss", "loss@validation"),
        ("finalLoss", "loss"),
        ("web_loss", "loss@/web"),
        ("loss_web", "loss@/web"),
        ("pile_val_loss", "loss@validation/pile"),
        ("MMLU (5-shot)", "accuracy@/mmlu"),
        ("gsm8k_8shot", "accuracy@/gsm8k_8shot"),
        ("fid", "fid"),
    ],
)
def test_a_result_is_known_by_the_words_of_its_name(box: Dropbox, name: str, column: str) -> None:
    assert f"metric:{column}" in drafted(box, f"run,{name}\na,0.5\nb,0.25\n")["columns"]


@pytest.mark.parametrize("name", ["batch_tokens", "loss_std", "acc_stderr", "loss_scale", "loss_ema", "error_message", "loss_fn"])
def test_what_belongs_to_a_result_is_no_result(box: Dropbox, name: str) -> None:
    columns = drafted(box, f"run,val_loss,{name}\na,0.5,x\nb,0.25,y\n")["columns"]
    assert [column for column in columns if column.startswith("metric:")] == ["metric:loss@validation"]


def test_two_columns_of_one_result_have_keys_of_their_own(box: Dropbox) -> None:
    columns = drafted(box, "run,arc_acc,arc_acc_norm\na,0.5,0.4\n")["columns"]
    assert columns["metric:accuracy@/arc"] == "arc_acc"
    assert columns["metric:accuracy@/arc_acc_norm"] == "arc_acc_norm"


@pytest.mark.parametrize(
    ("header", "cells", "amounts"),
    [
        ("params,tokens", "7B,1.4T", (7e9, 1.4e12)),
        ("params,tokens", "125M,300B", (1.25e8, 3e11)),
        ("model_size,tokens", "0.5b,2 B", (5e8, 2e9)),
        ("N,D", "125000000,3e11", (1.25e8, 3e11)),
        ("params_m,tokens_in_billions", "125,300", (1.25e8, 3e11)),
        ("# params,Train Tokens", '"125,000,000","3,000,000"', (1.25e8, 3e6)),
        ("model.n_params,data.tokens", "1e8,2e9", (1e8, 2e9)),
    ],
)
def test_amounts_are_counts_however_they_are_written(box: Dropbox, header: str, cells: str, amounts: tuple[float, float]) -> None:
    drafted(box, f"run,{header},val_loss\na,{cells},3.5\n")
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT params, data_seen FROM runs") == [pytest.approx(amounts)]


def test_amounts_of_one_column_may_stand_in_several_multiples(box: Dropbox) -> None:
    drafted(box, "run,params,val_loss\na,125M,3.5\nb,1.3B,3.0\nc,2000000,4.0\n")
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT params FROM runs ORDER BY run_id") == [(1.25e8,), (1.3e9,), (2e6,)]


def test_a_size_that_is_a_word_is_no_amount(box: Dropbox) -> None:
    assert "params" not in drafted(box, "run,model_size,val_loss\na,tiny,3.5\nb,xl,3.0\n")["columns"]


def test_a_batch_of_tokens_is_one_of_sequences(box: Dropbox) -> None:
    columns = drafted(box, "run,batch_size_tokens,seq_len,val_loss\na,524288,2048,3.5\n")["columns"]
    assert (columns["batch_size"], columns["sequence_length"]) == ("batch_size_tokens / seq_len", "seq_len")


def test_shares_above_one_are_percentages_whatever_their_column_is_called(box: Dropbox) -> None:
    assert drafted(box, "run,imagenet_top1\na,63.5\nb,0.9\n")["units"] == {"accuracy": "percent"}
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT max(value) FROM measurements WHERE metric = 'accuracy'") == [(pytest.approx(0.635),)]


def test_columns_that_no_key_names_become_tags(box: Dropbox) -> None:
    drafted(box, "run,params,param,family,val_loss\na,1e8,0.1,code,3.5\n")
    box.ingest()
    assert box.rows("SELECT tags FROM runs") == [({"param": "0.1", "family": "code"},)]


def test_names_that_differ_need_no_number_behind_them(box: Dropbox) -> None:
    assert drafted(box, "model,params,val_loss\na-1B,1e9,3.5\nb-2B,2e9,3.0\n")["columns"]["run_id"] == "model"


def test_of_amounts_without_a_result_the_draft_asks_for_it(box: Dropbox) -> None:
    box.drop("results.csv", "run,params,tokens,outcome\na,1e8,2e9,3.5\n")
    assert 'which column is the result? "metric:loss@validation" = "COLUMN", or accuracy, error: outcome' in said(box)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "json"])
def test_tables_of_every_text_format_have_the_same_draft(box: Dropbox, ending: str) -> None:
    rows = [{"run": name, "N": size, "arc_acc": 0.25} for name, size in (("a", 2e8), ("b", 4e8))]
    text = {
        "csv": "run,N,arc_acc\na,2e8,0.25\nb,4e8,0.25\n",
        "jsonl": "".join(f"{json.dumps(row)}\n" for row in rows),
        "json": json.dumps(rows),
    }[ending]
    box.drop(f"results.{ending}", text)
    columns = tomllib.loads(said(box).partition("maps/ of the home:\n")[2])["columns"]
    assert columns == {"run_id": "run", "params": "N", "metric:accuracy@/arc": "arc_acc"}


@pytest.mark.parametrize(("unique", "asked"), [(("1e7", "2e7"), True), (("1e7", "1e7"), True), ((), False)])
def test_data_sets_with_their_own_unique_data_may_be_pools(box: Dropbox, unique: tuple[str, ...], asked: bool) -> None:
    amounts = unique or ("1e7", "2e7", "3e7")
    names = ("top", "rest", "top")
    rows = "".join(f"r{place},{name},{amount},0.5\n" for place, (name, amount) in enumerate(zip(names, amounts, strict=False)))
    box.drop("results.csv", f"run,dataset,dataset_size,top1\n{rows}")
    assert ('# pool = "dataset"' in said(box)) is asked


def test_a_throughput_is_what_a_table_without_another_result_has_reached(box: Dropbox) -> None:
    found = drafted(box, "gpus,tokens_per_s,params\n8,7e4,7e9\n16,1.3e5,7e9\n")
    assert found["columns"]["metric:data_per_second"] == "tokens_per_s"
    assert found["columns"]["accelerator_count"] == "gpus"


WORDS = [
    *[
        "val",
        "test",
        "loss",
        "acc",
        "final",
        "params",
        "tokens",
        "N",
        "in",
        "billions",
        "mean",
        "%",
        "(M)",
        "/",
        "_",
        ".",
        "-",
        "é",
    ],
    " ",
]
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map("".join)
VALUES = st.one_of(st.floats().map(str), st.from_regex(r"[0-9.]{1,4} ?[KMGTBkmgtb]n?", fullmatch=True), st.text(max_size=4))


@given(names=st.lists(NAMES, min_size=1, max_size=5, unique=True), data=st.data())
def test_a_draft_is_toml_or_nothing_whatever_a_table_holds(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], data: Any
) -> None:
    path = tmp_path_factory.mktemp("draft") / "own.csv"
    rows = data.draw(st.lists(st.lists(VALUES, min_size=len(names), max_size=len(names)), max_size=3))
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    assert isinstance(tomllib.loads(table_draft(path)), dict)


@pytest.mark.parametrize("content", [b"PAR1 damaged PAR1", b'a,val_loss\n1,"' + b"x" * 200_000, b"a,val_loss\n1,\x00\n"])
def test_a_table_that_cannot_be_read_has_no_draft(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ("own.parquet" if content.startswith(b"PAR1") else "own.csv")
    path.write_bytes(content)
    assert table_draft(path) == ""


def test_comments_above_the_header_are_no_rows(box: Dropbox) -> None:
    columns = drafted(box, "# Figure 1\n# sizes in millions\nparams_M,h1_val_loss,h3_val_loss\n2.07,0.31,0.26\n20.74,0.34,0.31\n")
    assert columns["columns"]["params"] == "params_M * 1e6"
    assert columns["columns"]["metric:loss@validation/h3"] == "h3_val_loss"


def settings_in_a_cell(rows: list[dict[str, Any]]) -> str:
    lines = [f'"{json.dumps(row).replace(chr(34), chr(34) * 2)}",{2 + number / 10}' for number, row in enumerate(rows)]
    return "\n".join(["hyperparameters,val_loss", *lines, ""])


def test_settings_inside_a_cell_are_columns(box: Dropbox) -> None:
    text = settings_in_a_cell([{"learning_rate": 1e-3, "model": {"n_params": 10**8}}, {"learning_rate": 3e-4}])
    columns = drafted(box, text)["columns"]
    assert (columns["peak_lr"], columns["params"]) == ('"hyperparameters.learning_rate"', '"hyperparameters.model.n_params"')
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT peak_lr, params FROM runs ORDER BY peak_lr DESC") == [(1e-3, 1e8), (3e-4, None)]


def test_a_cell_that_holds_no_object_leaves_its_column_as_it_is(box: Dropbox) -> None:
    box.drop("own.runs.csv", 'run_id,note,metric:loss\na,"{""x"": 1}",2\nb,{broken,3\n')
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT tags['note'] FROM runs ORDER BY run_id") == [('{"x": 1}',), ("{broken",)]


@pytest.mark.parametrize(
    ("header", "good", "bad"),
    [("status", "success", "OOM"), ("state", "completed", "crashed"), ("finished", "True", "False"), ("diverged", "no", "yes")],
)
def test_a_run_that_failed_is_not_finished(box: Dropbox, header: str, good: str, bad: str) -> None:
    draft = drafted(box, f"run,val_loss,{header}\na,2.5,{good}\nb,9.5,{bad}\n")
    assert "status" not in draft.get("constants", {})
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id, status FROM runs ORDER BY run_id") == [("a", "finished"), ("b", "failed")]


def test_a_name_that_comes_again_is_no_runs(box: Dropbox) -> None:
    draft = drafted(box, "experiment,params,val_loss\nbase,1000000,2.5\nbase,2000000,2.25\nwide,1000000,2.4\n")
    assert draft["columns"]["run_id"] == "experiment || '-' || row_number"


def curves(names: str, settings: list[str], lr: str = "0.1") -> str:
    lines = [
        f"{setting},{step},{step * 1e-4 if lr == 'ramp' else lr},{3 - step / 100}"
        for setting in settings
        for step in range(0, 60, 10)
    ]
    return "\n".join([f"{names},step,lr,eval_loss", *lines, ""])


def test_curves_of_one_file_are_told_apart_by_their_settings(box: Dropbox) -> None:
    settings = [f"{width},{seed}" for width in (64, 128) for seed in (0, 1)]
    draft = drafted(box, curves("width,seed", settings))
    assert draft["columns"]["run_id"] == "file_name || '-' || width || '-' || seed"
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT count(*) FROM runs") == [(4,)]


def test_what_changes_along_a_curve_tells_no_curves_apart(box: Dropbox) -> None:
    draft = drafted(box, curves("width", ["64", "128"], lr="ramp"))
    assert draft["columns"]["run_id"] == "file_name || '-' || width"


def test_a_size_that_holds_no_counts_is_asked_for(box: Dropbox) -> None:
    box.drop("results.csv", "model_size,val_loss\n1.5,2.5\n3.0,2.25\n")
    assert '# params = "model_size * 1e6"' in said(box)


def test_a_column_with_letters_behind_its_numbers_may_be_the_size(box: Dropbox) -> None:
    box.drop("results.csv", "budget,val_loss\n2M,2.5\n2B,2.25\n")
    assert "where budget is the size of the model" in said(box)


def test_settings_of_a_search_are_columns_and_a_pruned_trial_is_not_finished(box: Dropbox) -> None:
    header = "number\tvalue\tparams_lr\tconfig/n_layer\tuser_attrs_num_params\tstate\n"
    box.drop("trials.tsv", f"{header}0\t2.5\t0.001\t6\t4000000\tCOMPLETE\n1\t\t0.003\t6\t4000000\tPRUNED\n")
    draft = said(box).partition("maps/ of the home:\n")[2]
    columns = tomllib.loads(draft)["columns"]
    assert (columns["peak_lr"], columns["layers"], columns["params"]) == (
        "params_lr",
        '"config/n_layer"',
        "user_attrs_num_params",
    )
    (box.home.maps / "own.toml").write_text(draft)
    box.ingest()
    assert box.rows("SELECT status FROM runs ORDER BY run_id") == [("finished",), ("failed",)]


@pytest.mark.parametrize(("header", "values"), [("success", ("True", "False")), ("outcome", ("passed", "failed"))])
def test_what_was_measured_is_no_state_of_a_run(box: Dropbox, header: str, values: tuple[str, str]) -> None:
    draft = drafted(box, f"run,score_acc,{header}\na,0.5,{values[0]}\nb,0.25,{values[1]}\n")
    assert "status" not in draft["columns"]
    assert header in draft["tags"]


def test_objects_of_more_keys_than_a_table_has_columns_stay_cells(box: Dropbox) -> None:
    text = settings_in_a_cell([{f"k{number}": 1 for number in range(5000)}, {"k0": 2}])
    assert not [name for name in drafted(box, text)["tags"] if "." in name]
