"""What trainers and trackers mean by what they log: small logs, each with the value that it stands for."""

import json
import os
import time
from pathlib import Path

import polars as pl
import pytest

from pipeline.errors import ReaderError
from pipeline.readers import read_log, reader_for
from pipeline.readers.ends import CLOSED_AFTER
from pipeline.readers.reader import Tables, plain_name
from tests.ingest.conftest import Dropbox

FINAL = "SELECT metric, split, task, step, value FROM measurements WHERE final ORDER BY ALL"


def read(path: Path, text: str | bytes) -> Tables:
    """What the reader that knows the file makes of it."""
    content = text.encode() if isinstance(text, str) else text
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    reader = reader_for(path, content)
    assert reader is not None
    return read_log(reader, path, "run")


def values(tables: Tables, column: str) -> list[tuple[object, float]]:
    """(step, value) of a column of the measurements."""
    assert tables.measurements is not None
    rows = tables.measurements.filter(tables.measurements[column].is_not_null())
    return [(int(step), float(value)) for step, value in rows.select("step", column).iter_rows()]


def state(*history: dict[str, object], **own: object) -> str:
    return json.dumps({"log_history": list(history), "global_step": 5490, "max_steps": 5490, **own})


def test_the_mean_of_a_training_is_no_final_loss(box: Dropbox) -> None:
    summary = {"step": 5490, "train_loss": 0.4479, "train_runtime": 1.0}
    box.drop("run/trainer_state.json", state({"loss": 1.14, "step": 500}, {"loss": 0.2645, "step": 5000}, summary))
    assert box.ingest().quarantined == 0
    assert box.rows(FINAL) == [("loss", "train", "", 5000, 0.2645), ("loss_mean", "train", "", 5490, 0.4479)]


def test_a_summary_at_the_last_logged_step_conflicts_with_nothing(box: Dropbox) -> None:
    box.drop(
        "run/trainer_state.json", state({"loss": 0.26, "step": 5490}, {"step": 5490, "train_loss": 0.45, "train_runtime": 1.0})
    )
    assert box.ingest().quarantined == 0
    assert ("loss", "train", "", 5490, 0.26) in box.rows(FINAL)


def test_an_evaluation_after_the_end_is_not_the_last_steps_value(box: Dropbox) -> None:
    end = ({"eval_loss": 3.0, "step": 5490}, {"step": 5490, "train_loss": 1.0, "train_runtime": 1.0})
    box.drop("run/trainer_state.json", state(*end, {"eval_loss": 2.5, "step": 5490}))
    box.ingest()
    found = {(row[0], row[2]): row[4] for row in box.rows(FINAL)}
    assert (found["loss", ""], found["loss", "after_training"]) == (3.0, 2.5)


@pytest.mark.parametrize(
    ("own", "status"),
    [
        ({"global_step": 70, "max_steps": 100}, "running"),
        ({"global_step": 100, "max_steps": 100}, "finished"),
        (
            {
                "global_step": 70,
                "max_steps": 100,
                "stateful_callbacks": {"TrainerControl": {"args": {"should_training_stop": True}}},
            },
            "finished",
        ),
        ({"global_step": 70, "max_steps": 100, "stateful_callbacks": {"TrainerControl": {"args": {}}}}, "running"),
    ],
)
def test_the_status_of_a_trainer_is_what_its_state_says(tmp_path: Path, own: dict[str, object], status: str) -> None:
    tables = read(tmp_path / "trainer_state.json", state({"loss": 3.0, "step": 70}, **own))
    assert tables.runs is not None
    assert tables.runs["status"].to_list() == [status]


def test_a_trainer_that_stopped_early_and_closed_is_finished(tmp_path: Path) -> None:
    closed = {"step": 70, "train_loss": 3.1, "train_runtime": 2.0}
    tables = read(tmp_path / "trainer_state.json", state({"loss": 3.0, "step": 70}, closed, global_step=70, max_steps=100))
    assert tables.runs is not None
    assert tables.runs["status"].to_list() == ["finished"]


def test_epochs_are_those_that_the_state_has_done(tmp_path: Path) -> None:
    endless = {"num_train_epochs": 9223372036854775807, "epoch": 0.42}
    tables = read(tmp_path / "trainer_state.json", state({"loss": 3.0, "step": 70}, **endless))
    assert tables.runs is not None
    assert tables.runs["epochs"].to_list() == [0.42]


def test_the_batch_of_one_loader_is_no_batch_of_a_step(box: Dropbox) -> None:
    box.drop("run/trainer_state.json", state({"loss": 3.0, "step": 70}, train_batch_size=4))
    box.ingest()
    assert box.rows("SELECT batch_size, tags['config.train_batch_size'] FROM runs") == [(None, "4")]


TABLE = '"Name","State","Created","Runtime","batch_size","n_params","val/loss","val/other"\n'


def test_a_bad_side_cell_leaves_its_run(box: Dropbox) -> None:
    box.drop("export.csv", f'{TABLE}"a","finished","2024-05-01T10:00:00Z","7","auto","None","2.5","NaN"\n')
    report = box.ingest()
    assert (report.quarantined, report.totals.cells, box.reasons()) == (0, 1, {"not_a_number": 1})
    assert box.rows("SELECT run_id, batch_size, params FROM runs") == [("a", None, None)]
    assert box.rows("SELECT metric, value FROM measurements") == [("loss", 2.5)]
    assert box.rows("SELECT row_number, split_part(detail, ' = ', 1) FROM quarantine") == [(1, "metric:other@validation")]


def test_the_runtime_of_a_wandb_table_on_its_devices_is_device_hours(box: Dropbox) -> None:
    header = TABLE.replace('"batch_size"', '"num_gpus"')
    box.drop("export.csv", f'{header}"a","finished","2024-05-01T10:00:00Z","7200","16","100","2.5",""\n')
    box.drop("other/export.csv", f'{header}"b","finished","2024-05-01T10:00:00Z","7200","","100","2.5",""\n')
    box.ingest()
    assert box.rows("SELECT run_id, accelerator_hours FROM runs ORDER BY run_id") == [("a", 32.0), ("b", None)]


@pytest.mark.parametrize(("state_", "status"), [("preempted", "failed"), ("preempting", "running"), ("crashed", "failed")])
def test_every_state_of_wandb_is_known(box: Dropbox, state_: str, status: str) -> None:
    box.drop("export.csv", f'{TABLE}"a","{state_}","2024-05-01T10:00:00Z","7","8","100","2.5",""\n')
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT status FROM runs") == [(status,)]


def test_a_failed_run_with_a_loss_that_is_no_number_is_taken(box: Dropbox) -> None:
    box.drop("own.runs.csv", "run_id,status,metric:loss\na,failed,NaN\nb,finished,NaN\n")
    assert box.ingest().quarantined == 1
    assert box.rows("SELECT run_id, status FROM runs") == [("a", "failed")]


def test_a_structure_beside_a_loss_costs_itself_alone(box: Dropbox) -> None:
    box.drop("run/trainer_state.json", state({"eval_loss": 3.0, "eval_more": {"a": 1}, "step": 5490}))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT value FROM measurements") == [(3.0,)]


def test_a_summary_without_a_gradient_norm_keeps_its_loss(box: Dropbox) -> None:
    box.drop("run-1-a/wandb-summary.json", '{"train/grad_norm": NaN, "val/loss": 2.5}')
    assert box.ingest().quarantined == 0
    assert (box.rows("SELECT metric, value FROM measurements"), box.reasons()) == ([("loss", 2.5)], {"not_a_number": 1})


def test_a_tag_of_python_in_yaml_is_its_plain_value(box: Dropbox) -> None:
    box.drop("version_1/metrics.csv", "epoch,step,train_loss\n0,1,3\n")
    box.drop(
        "version_1/hparams.yaml", "betas: !!python/tuple [0.9, 0.95]\nopt: !!python/object:torch.optim.Adam {lr: 1}\nlr: 0.003\n"
    )
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT peak_lr, tags['config.betas'] FROM runs") == [(0.003, "0.9, 0.95")]


NANOGPT = "step {}: train loss {:.1f}, val loss {:.1f}\n"


def test_a_log_that_was_appended_to_twice_has_the_later_values(box: Dropbox) -> None:
    first = "".join(NANOGPT.format(step, 9 - step / 100, 8 - step / 100) for step in (0, 100, 200, 300))
    box.drop("run.log", first + "".join(NANOGPT.format(step, 5.5, 4.5) for step in (100, 200)))
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT step, value FROM measurements WHERE metric = 'loss' ORDER BY 1") == [(0, 8.0), (100, 4.5), (200, 4.5)]
    old = "SELECT step, value FROM measurements_history WHERE metric = 'loss' AND valid_to IS NOT NULL ORDER BY 1"
    assert box.rows(old) == [(100, 7.0), (200, 6.0), (300, 5.0)]


def test_a_restart_that_is_read_again_adds_no_version(box: Dropbox) -> None:
    text = "".join(NANOGPT.format(step, 9, value) for step, value in ((0, 8), (100, 7), (200, 6), (100, 6.5), (200, 5.5)))
    box.drop("run.log", text)
    box.ingest()
    before = box.rows("SELECT metric, step, value, version FROM measurements_history ORDER BY ALL")
    box.drop("run.log", text + NANOGPT.format(300, 9, 5))
    box.ingest()
    after = box.rows("SELECT metric, step, value, version FROM measurements_history WHERE step < 300 ORDER BY ALL")
    assert after == before


def test_a_restart_in_lightning_has_the_later_values(tmp_path: Path) -> None:
    tables = read(tmp_path / "metrics.csv", "epoch,step,train_loss\n0,1,3\n0,2,2\n0,1,3.5\n0,2,2.5\n")
    assert values(tables, "metric:loss@train/") == [(1, 3.5), (2, 2.5)]
    assert tables.replaced is not None
    assert tables.replaced["metric:loss@train/"].to_list() == ["3", "2"]


def test_a_longer_second_header_adds_its_column(tmp_path: Path) -> None:
    tables = read(tmp_path / "metrics.csv", "epoch,step,train_loss\n0,1,3\nepoch,step,train_loss,val_loss\n0,2,2,2.2\n")
    assert values(tables, "metric:loss@validation/") == [(2, 2.2)]


def test_a_row_longer_than_its_header_is_refused_by_name(tmp_path: Path) -> None:
    tables = read(tmp_path / "metrics.csv", "epoch,step,train_loss\n0,1,3\n0,2,2,2.2\n")
    assert tables.quarantined is not None
    assert tables.quarantined["reason"].to_list() == ["too_many_columns"]


CHART = '"{0}","a - _step","a - val/loss","a - val/loss__MIN","a - val/loss__MAX"\n1000,10,3,3,3\n2000,20,2.5,2,3\n'


def test_a_chart_over_tokens_has_the_tokens_of_each_value(box: Dropbox) -> None:
    box.drop("chart.csv", CHART.format("train/tokens"))
    assert box.ingest().quarantined == 0
    found = box.rows("SELECT metric, step, data_seen, value FROM measurements ORDER BY step")
    assert found == [("loss", 10, 1000.0, 3.0), ("loss", 20, 2000.0, 2.5)]


@pytest.mark.parametrize("axis", ["Relative Time (Process)", "Wall Time", "_timestamp", "_runtime"])
def test_a_chart_over_time_is_refused_in_a_sentence(tmp_path: Path, axis: str) -> None:
    with pytest.raises(ReaderError, match=r"the x axis .* of the chart is time; export it over Step, tokens or samples"):
        read(tmp_path / "chart.csv", CHART.format(axis))


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_words_for_no_number_are_refused_as_such(box: Dropbox, word: str) -> None:
    box.drop("a.jsonl", f'{{"_step": 1, "_timestamp": 1.0, "val/loss": "{word}", "train/loss": 3.0}}\n')
    box.ingest()
    assert set(box.reasons()) <= {"not_a_number", "infinite"}
    assert box.rows("SELECT split, value FROM measurements") == [("train", 3.0)]


PREFIXES = {
    "nothing": "",
    "time stamp": "2024-05-01 10:00:00,123 | INFO | ",
    "brackets": "[2024-05-01T10:00:00Z] ",
    "rank": "[rank0]: ",
    "srun label": "0: ",
    "colour": "\x1b[32m",
    "both": "\x1b[36m[rank0]\x1b[0m 10:00:00 - INFO - ",
}
LINES = {
    "nanogpt": (
        "step    0: train loss 4.2, val loss 4.3\nstep 1000: train loss 3.1, val loss 3.2\n",
        "metric:loss@validation/",
        3.2,
    ),
    "llm.c": ("s:0 tel:4.3\ns:0 trl:4.2 lr:0.0003 norm:1.5\ns:1000 tel:3.2\n", "metric:loss@validation/", 3.2),
}


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("form", LINES)
def test_what_stands_before_a_known_line_is_noise(tmp_path: Path, form: str, prefix: str) -> None:
    text, column, last = LINES[form]
    tables = read(tmp_path / "slurm-1.out", "".join(f"{PREFIXES[prefix]}{line}\n" for line in text.splitlines()))
    assert values(tables, column) == [(0, 4.3), (1000, last)]


def test_rate_and_norm_of_llmc_are_kept(tmp_path: Path) -> None:
    tables = read(tmp_path / "main.log", "s:0 trl:4.2 lr:0.0003 norm:1.5\n")
    assert tables.measurements is not None
    assert tables.measurements.select("lr", "metric:grad_norm@train/").row(0) == (0.0003, 1.5)


OLD_CLIP = "Train Epoch: 0 [{}/25600 (9%)] Loss: 5.2 (5.4) Data (t): 0.1 Batch (t): 0.9, 142.2/s LR: 0.0001 Logit Scale: 14.3\n"


def test_old_lines_of_openclip_are_read(tmp_path: Path) -> None:
    tables = read(tmp_path / "out.log", OLD_CLIP.format(12800))
    assert tables.measurements is not None
    assert tables.measurements.select("data_seen", "lr", "metric:contrastive_loss@train/").row(0) == (12800, "0.0001", "5.2")


@pytest.mark.parametrize(("resampled", "unique"), [("True", None), ("False", 25600), (None, None)])
def test_the_budget_of_an_epoch_is_no_amount_of_data(tmp_path: Path, resampled: str | None, unique: int | None) -> None:
    said = f"INFO |   dataset_resampled: {resampled}\n" if resampled else ""
    tables = read(tmp_path / "out.log", said + OLD_CLIP.format(12800))
    assert tables.runs is not None
    assert (tables.runs["data_unique"].to_list() if "data_unique" in tables.runs.columns else [None]) == [unique]


@pytest.mark.parametrize(
    ("end", "status"), [("max_iters = 1000\n", "finished"), ("max_iters = 2000\n", "running"), ("", "running")]
)
def test_a_log_that_says_its_length_says_that_it_is_finished(box: Dropbox, end: str, status: str) -> None:
    box.drop("run.log", end + NANOGPT.format(1000, 3, 3))
    box.ingest()
    assert box.rows("SELECT status FROM runs") == [(status,)]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("p6_olr0.5_H5.out", "p6_olr0.5_H5"),
        ("p6_olr0.7_H5", "p6_olr0.7_H5"),
        ("a.csv.gz", "a"),
        ("a.runs.csv", "a.runs"),
        (".hidden", ".hidden"),
    ],
)
def test_a_dot_in_a_name_does_not_end_it(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_two_logs_whose_names_differ_behind_a_dot_are_two_runs(box: Dropbox) -> None:
    for rate in ("0.5", "0.7"):
        box.drop(f"p6_olr{rate}_H5.out", f"at 1 loss {rate}\n")
    (box.home.maps / "own.toml").write_text(
        "kind = 'measurements'\nmatch = '*.out'\npattern = 'at (?P<at>\\d+) loss (?P<lm>\\S+)'\n"
        "[columns]\nrun_id = 'file_name'\nstep = 'at'\n'metric:loss' = 'lm'\n"
    )
    box.ingest()
    assert box.rows("SELECT run_id FROM runs ORDER BY 1") == [("p6_olr0.5_H5",), ("p6_olr0.7_H5",)]


def test_a_header_of_wandb_in_lower_case_is_read(box: Dropbox) -> None:
    box.drop("export.csv", "name,state,created,runtime,val/loss\na,finished,2024-05-01T10:00:00Z,7,2.5\n")
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id, status FROM runs") == [("a", "finished")]


def test_a_half_written_line_waits_and_is_right_when_it_is_whole(box: Dropbox) -> None:
    head = "run_id,metric,value,data_seen\na,loss,3.5,100\n"
    box.drop("a.measurements.csv", f"{head}a,loss,3.4,123")
    box.ingest()
    assert box.reasons() == {"truncated": 1}
    box.drop("a.measurements.csv", f"{head}a,loss,3.4,12300\n")
    box.ingest()
    assert box.rows("SELECT data_seen FROM measurements ORDER BY 1") == [(100.0,), (12300.0,)]


def test_a_last_line_without_its_end_is_taken_when_nobody_has_written_for_an_hour(box: Dropbox) -> None:
    path = box.drop("a.measurements.csv", "run_id,metric,value,data_seen\na,loss,3.5,100\na,loss,3.4,200")
    box.ingest()
    assert box.rows("SELECT count(*) FROM measurements") == [(1,)]
    past = time.time() - CLOSED_AFTER - 1
    os.utime(path, (past, past))
    box.ingest()
    assert box.rows("SELECT data_seen FROM measurements ORDER BY 1") == [(100.0,), (200.0,)]


def test_a_json_table_can_have_a_map(box: Dropbox) -> None:
    path = box.drop(
        "sweep.json", json.dumps({"results": [{"id": "a", "eval": {"loss": 2.5}}, {"id": "b", "eval": {"loss": 2.0}}]})
    )
    Path(f"{path}.map.toml").write_text("kind = 'runs'\n[columns]\nrun_id = 'id'\n'metric:loss' = '\"eval.loss\"'\n")
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id, value FROM runs JOIN measurements USING (run_key) ORDER BY 1") == [("a", 2.5), ("b", 2.0)]


def test_each_map_of_a_file_has_its_own_pattern(box: Dropbox) -> None:
    box.drop("own.out", "train at 1: 3.0\nvalid at 1: 3.5\n")
    for split in ("train", "valid"):
        (box.home.maps / f"{split}.toml").write_text(
            f"kind = 'measurements'\nmatch = '*.out'\npattern = '{split} at (?P<at>\\d+): (?P<lm>\\S+)'\n"
            f"[columns]\nrun_id = 'file_name'\nstep = 'at'\n'metric:loss@{split}' = 'lm'\n"
        )
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT split, value FROM measurements ORDER BY 1") == [("train", 3.0), ("valid", 3.5)]


def test_a_folder_named_as_a_column_says_nothing_of_the_column(box: Dropbox) -> None:
    box.drop("lr=0.003,seed=1/a.runs.csv", "run_id,seed,lr\na,7,0.1\n")
    box.drop("seed=1/a.runs.parquet", b"")
    pl.DataFrame({"run_id": ["b"], "seed": [8]}).write_parquet(box.home.inbox / "lab" / "seed=1" / "a.runs.parquet")
    box.drop("seed=2/c.runs.jsonl", '{"run_id": "c", "seed": 9}\n')
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id, seed FROM runs ORDER BY 1") == [("a", 7), ("b", 8), ("c", 9)]


def test_expressions_of_expressions_may_not_grow_without_end(box: Dropbox) -> None:
    path = box.drop("a.csv", "x\n1\n")
    names = ["params", "data_seen", "flops", "width", "layers", "epochs", "batch_size"]
    rows = [f"{name} = '{' * '.join([before] * 10)}'" for before, name in zip(["x", *names], names, strict=False)]
    Path(f"{path}.map.toml").write_text("kind = 'runs'\n[columns]\nrun_id = 'x'\n" + "\n".join(rows) + "\n")
    box.drop("good.runs.csv", "run_id\na\n")
    box.ingest()
    assert box.reasons() == {"bad_map": 1}
    assert box.rows("SELECT run_id FROM runs") == [("a",)]


def test_an_evaluation_of_trl_lies_at_the_training_tokens_of_its_step(box: Dropbox) -> None:
    history = [
        {"loss": 1.25, "num_tokens": 10240.0, "step": 10},
        {"loss": 1.0, "num_tokens": 20480.0, "step": 20},
        {"eval_loss": 1.5, "eval_num_tokens": 20480.0, "step": 20},
        {"loss": 0.75, "num_tokens": 30720.0, "step": 30},
        {"eval_loss": 1.25, "step": 30},
    ]
    box.drop("out/trainer_state.json", json.dumps({"log_history": history, "global_step": 30, "max_steps": 30}))
    box.ingest()
    found = box.rows("SELECT step, data_seen, value FROM measurements WHERE split = 'validation' ORDER BY step")
    assert found == [(20, 20480.0, 1.5), (30, 30720.0, 1.25)]
    assert box.rows("SELECT data_seen, data_unit FROM runs") == [(30720.0, "token")]


def test_tokens_that_start_anew_with_a_resumed_job_are_no_amount_of_the_run(box: Dropbox) -> None:
    history = [{"loss": 1.25, "num_tokens": 20480.0, "step": 20}, {"loss": 1.0, "num_tokens": 10240.0, "step": 30}]
    box.drop("out/trainer_state.json", json.dumps({"log_history": history, "global_step": 30, "max_steps": 30}))
    box.ingest()
    assert box.rows("SELECT data_seen FROM runs") == [(None,)]
