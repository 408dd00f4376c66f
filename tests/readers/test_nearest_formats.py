"""A text log that nobody knows: the nearest formats, and a draft of a map that reads it."""

import json
import math
import tomllib

import pytest

from pipeline.readers.drafts.nearest import nearest
from tests.ingest.conftest import Dropbox

OWN = {
    "equals": "10:00:0{0} INFO own.trainer at step={0} loss={1:.2f} val_loss={2:.2f} speed=3.1\n",
    "words": "epoch 1 global_step {0} train loss {1:.2f} val loss {2:.2f}\n",
    "entropies": "step {0} nll {1:.2f} val_nll {2:.2f}\n",
    "slashes": "step={0} train/ce={1:.2f} eval/ce={2:.2f}\n",
    "bars": "| it: {0} | loss: {1:.2f} | valid_loss: {2:.2f} |\n",
}


def said(box: Dropbox) -> str:
    box.ingest()
    ((reason, detail),) = box.rows("SELECT reason, detail FROM quarantine")
    assert reason == "unrecognised"
    return str(detail)


@pytest.mark.parametrize("form", OWN)
def test_the_draft_of_a_map_reads_the_log_that_it_was_drawn_from(box: Dropbox, form: str) -> None:
    box.drop("own.out", "starting\n" + "".join(OWN[form].format(step, 5 - step / 10, 6 - step / 10) for step in range(1, 6)))
    draft = said(box).partition("maps/ of the home:\n")[2]
    assert tomllib.loads(draft)["kind"] == "measurements"
    (box.home.maps / "own.toml").write_text(draft)
    assert box.ingest().quarantined == 0
    found = box.rows("SELECT split, step, value FROM measurements WHERE step IN (1, 5) ORDER BY ALL")
    assert found == [("train", 1, 4.9), ("train", 5, 4.5), ("validation", 1, 5.9), ("validation", 5, 5.5)]


def test_an_unknown_text_log_names_the_three_nearest_formats(box: Dropbox) -> None:
    box.drop("own.out", "iteration 5 lm_loss=4 consumed_tokens=7\niteration 6 lm_loss=3 consumed_tokens=8\n")
    assert "the nearest formats are nanotron log, " in said(box)


def test_no_format_is_named_for_lines_without_a_word_of_any() -> None:
    assert nearest(["zzz 1", "qqq 2"]) == []


def test_a_table_that_nobody_knows_has_no_draft(box: Dropbox) -> None:
    box.drop("own.csv", "a,b\n1,2\n")
    assert "draft" not in said(box)


TABLES = {
    "a curve in each file": ("step,tokens,train_loss,val_loss,n_params\n1,1000,5.0,5.1,70\n2,2000,4.0,4.1,70\n", 2, 1),
    "a run in each row": ("name,num_params,tokens,eval/loss\na,70,1000,5.0\nb,90,2000,4.0\n", 0, 2),
    "a name that holds quotes": ('run,"a "" b",params,val_loss,steps\nr,1,70,5.0,3\n', 1, 1),
}


@pytest.mark.parametrize("form", TABLES)
def test_the_draft_of_a_tables_map_reads_the_table(box: Dropbox, form: str) -> None:
    text, steps, runs = TABLES[form]
    box.drop("own.csv", text)
    draft = said(box).partition("maps/ of the home:\n")[2]
    (box.home.maps / "own.toml").write_text(draft)
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT count(*), count(params), count(DISTINCT status) FROM runs") == [(runs, runs, 1)]
    assert box.rows("SELECT count(*) FROM measurements WHERE split = 'validation' AND step IS NOT NULL") == [(steps,)]


@pytest.mark.parametrize("columns", ["tokens_seen,loss", "train_loss,total_flops,tokens", "samples_seen,lr,val_bpc"])
def test_rows_that_differ_in_amounts_alone_are_drafted_as_one_curve(box: Dropbox, columns: str) -> None:
    rows = "".join(",".join(f"{amount}.5" for _ in columns.split(",")) + "\n" for amount in range(1, 9))
    box.drop("own.csv", f"{columns}\n{rows}")
    draft = said(box).partition("maps/ of the home:\n")[2]
    (box.home.maps / "own.toml").write_text(draft)
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT count(DISTINCT run_key), count(*) FROM measurements") == [(1, 8)]
    assert 'kind = "runs"' in draft.splitlines()[1]  # what to write where each row is a run


@pytest.mark.parametrize("name", ["curve_N33506304_D20000000", "size=33506304", "a-params_33506304-seed1"])
def test_a_size_in_the_name_of_a_curve_is_drafted_as_its_size(box: Dropbox, name: str) -> None:
    box.drop(f"{name}.csv", "tokens_seen,loss\n1000,5.0\n2000,4.0\n")
    (box.home.maps / "own.toml").write_text(said(box).partition("maps/ of the home:\n")[2])
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT params FROM runs") == [(33506304.0,)]


@pytest.mark.parametrize("name", ["run_12", "seed_N3", "2026-11-30_n2048x4"])
def test_another_number_in_a_name_is_no_size(box: Dropbox, name: str) -> None:
    box.drop(f"{name}.csv", "tokens_seen,loss\n1000,5.0\n2000,4.0\n")
    assert "params" not in said(box)


def test_the_draft_of_a_json_tables_map_reads_the_table(box: Dropbox) -> None:
    rows = [{"model_size": name, "num_params": size, "val_loss": 5.0 - size} for name, size in (("tiny", 1.0), ("xl", 2.0))]
    box.drop("scaling_results.json", json.dumps(rows))
    (box.home.maps / "own.toml").write_text(said(box).partition("maps/ of the home:\n")[2])
    assert box.ingest().quarantined == 0
    found = box.rows("SELECT params, split, value FROM runs JOIN measurements USING (run_key) ORDER BY params")
    assert found == [(1.0, "validation", 4.0), (2.0, "validation", 3.0)]


PEOPLE = (
    "Model,Params (M),Tokens (B),MMLU (%),C4 val ppl,Validation Loss [nats]\n"
    "small,70,10,24.6,24.5,3.25\nsmall,70,30,25.0,22.0,3.125\nlarge,160,10,27.5,21.5,3.0\n"
)


def test_a_table_as_people_keep_it_is_drafted_with_its_multiples_and_percentages(box: Dropbox) -> None:
    box.drop("results.csv", PEOPLE)
    (box.home.maps / "own.toml").write_text(said(box).partition("maps/ of the home:\n")[2])
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id, params, data_seen, data_unit FROM runs ORDER BY run_id") == [
        ("large-3", 1.6e8, 1e10, "token"),
        ("small-1", 7e7, 1e10, "token"),
        ("small-2", 7e7, 3e10, "token"),
    ]
    found = box.rows("SELECT metric, split, task, max(value) FROM measurements WHERE metric <> 'error' GROUP BY ALL ORDER BY ALL")
    assert [row[:3] for row in found] == [("accuracy", "", "mmlu"), ("loss", "validation", ""), ("loss", "validation", "c4")]
    assert [row[3] for row in found] == pytest.approx([0.275, 3.25, math.log(24.5)])


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("HellaSwag acc", "metric:accuracy@/hellaswag"),
        ("pile test loss", "metric:loss@test/pile"),
        ("ARC-C (%)", "metric:accuracy@/arc_c"),
        ("val loss", "metric:loss@validation"),
        ("LibriSpeech WER (%)", "metric:error@/librispeech_wer"),
        ("word error rate (%)", "metric:error@/word_error_rate"),
        ("win rate (%)", "metric:accuracy@/win_rate"),
        ("MFU (%)", "metric:mfu"),
        ("F1 [%]", "metric:f1"),
    ],
)
def test_a_column_that_says_its_metric_in_words_is_drafted_as_it(box: Dropbox, name: str, column: str) -> None:
    box.drop("results.csv", f"run,{name}\na,0.5\nb,0.25\n")
    assert f'"{column}" = ' in said(box)


@pytest.mark.parametrize("name", ["GPU hours (H100)", "gradient norm", "loss weight", "notes", "time (min)"])
def test_a_column_that_is_no_metric_is_drafted_as_none(box: Dropbox, name: str) -> None:
    box.drop("results.csv", f"run,val_loss,{name}\na,0.5,1\nb,0.25,2\n")
    assert f'= "{name}"' not in said(box)
    assert said(box).count('"metric:') == 1
