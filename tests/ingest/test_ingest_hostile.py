"""Hostile files are refused or inert, with a message, in bounded memory."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from pipeline.ingest.ingest import ingest
from tests.ingest.conftest import Dropbox

LONG = "run_id,metric,step,value\n"


def test_a_link_out_of_the_inbox_is_refused(box: Dropbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret.measurements.csv"
    secret.write_text(LONG + "a,loss,1,3\n")
    box.drop("fine.measurements.csv", LONG + "b,loss,1,3\n")
    (box.home.inbox / "lab" / "link.measurements.csv").symlink_to(secret)
    (box.home.inbox / "lab" / "folder").symlink_to(tmp_path)
    box.ingest()
    assert box.reasons() == {"outside": 2}
    assert box.rows("SELECT run_id FROM runs") == [("b",)]


def test_a_link_through_dots_is_refused_with_the_cure(box: Dropbox, tmp_path: Path) -> None:
    (tmp_path / "secret.measurements.csv").write_text(LONG + "a,loss,1,3\n")
    folder = box.home.inbox / "lab"
    folder.mkdir()
    (folder / "x.measurements.csv").symlink_to(Path("..", "..", "..", "secret.measurements.csv"))
    assert (folder / "x.measurements.csv").read_text().startswith(LONG)
    box.ingest()
    [(reason, detail, raw)] = box.rows("SELECT reason, detail, raw FROM quarantine")
    assert reason == "outside"
    assert str(detail).endswith("is a link that leads out of its folder; copy the file instead")
    assert "loss" not in str(raw)


def test_a_path_with_dots_that_is_handed_over_stays_where_it_leads(box: Dropbox, tmp_path: Path) -> None:
    """Who may call the program may name any file; the store still reads nothing but that file's folder."""
    (tmp_path / "beside.measurements.csv").write_text(LONG + "a,loss,1,3\n")
    (box.home.inbox / "link.measurements.csv").symlink_to(tmp_path / "beside.measurements.csv")
    (box.home.inbox / "lab").mkdir()
    report = ingest(box.home, sources=[box.home.inbox / "lab" / ".." / "link.measurements.csv"])
    assert (report.totals.ingested, report.reasons) == (0, {"outside": 1})


LOGS = {  # a log, the file that is read with it, what that file holds
    "lightning": ("metrics.csv", "step,epoch,train_loss\n1,0,2.5\n", "hparams.yaml", "recipe: hunter2\n"),
    "wandb": ("wandb-summary.json", '{"val/loss": 2.5, "_step": 1}', "config.yaml", "recipe:\n  value: hunter2\n"),
    "map": ("x.csv", "run,v\na,2.5\n", "x.csv.map.toml", 'kind = "runs"\n[constants]\nrun_id = "hunter2"\n'),
}


@pytest.mark.parametrize("log", LOGS)
def test_what_is_read_with_a_log_is_no_way_out_either(box: Dropbox, tmp_path: Path, log: str) -> None:
    name, content, beside, secret = LOGS[log]
    (tmp_path / "secret").write_text(secret)
    path = box.drop(f"run/{name}", content)
    path.with_name(beside).symlink_to(Path("..", "..", "..", "..", "secret"))
    box.drop("fine.measurements.csv", LONG + "b,loss,1,3\n")
    box.ingest()
    assert box.reasons() == {"outside": 1}
    stored = str(box.rows("FROM runs_history")) + str(box.rows("FROM quarantine"))
    assert "hunter2" not in stored
    path.with_name(beside).unlink()
    path.with_name(beside).write_text(secret)
    box.ingest()
    assert "hunter2" in str(box.rows("FROM runs_history"))


def test_a_link_that_stays_in_the_inbox_is_followed(box: Dropbox) -> None:
    path = box.drop("run/metrics.csv", LOGS["lightning"][1])
    shared = box.drop("hparams.yaml", "width: 8\n")
    path.with_name("hparams.yaml").symlink_to(shared)
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT width FROM runs") == [(8.0,)]


@pytest.mark.parametrize("where", ["run", "experiment"])
def test_an_mlflow_folder_cannot_link_its_description_to_another_file(box: Dropbox, tmp_path: Path, where: str) -> None:
    run = box.home.inbox / "lab" / "exp" / "r1"
    for kind in ("metrics", "params", "tags"):
        (run / kind).mkdir(parents=True)
    (run / "metrics" / "loss").write_text("1 2.5 1\n")
    secret = tmp_path / "secret"
    secret.write_text("run_id: hunter2\nlifecycle_stage: active\nstatus: 3\nname: hunter2\n")
    (run / "meta.yaml").write_text("run_id: r1\nlifecycle_stage: active\nstatus: 3\n")
    link = {"run": run, "experiment": run.parent}[where] / "meta.yaml"
    link.unlink(missing_ok=True)
    link.symlink_to(secret)
    box.ingest()
    assert "hunter2" not in str(box.rows("FROM runs_history"))
    assert box.reasons() == ({"outside": 1} if where == "run" else {})


def test_sql_and_html_in_cells_and_names_are_only_text(box: Dropbox) -> None:
    evil = "'); DROP TABLE points; --"
    box.drop("a'b; x.measurements.csv", LONG + f'"{evil}","<script>alert(1)</script>",1,3\n', namespace="n'; DROP")
    box.drop("t.runs.csv", f'run_id,"{evil}"\n{evil},"<b>x</b>"\n')
    box.ingest()
    assert box.rows("SELECT metric, value FROM measurements") == [("<script>alert(1)</script>", 3.0)]
    assert box.rows(f"SELECT tags['{evil.replace(chr(39), chr(39) * 2)}'] FROM runs WHERE namespace = 'lab'") == [("<b>x</b>",)]


def test_ten_thousand_columns_are_refused(box: Dropbox) -> None:
    box.drop("a.runs.csv", "run_id," + ",".join(f"c{i}" for i in range(10_000)) + "\n" + "1," * 10_000 + "1\n")
    box.ingest()
    assert box.reasons() == {"too_many_columns": 1}


def test_ten_thousand_keys_behind_the_start_of_a_file_are_refused(box: Dropbox) -> None:
    plain = "".join(f'{{"run_id": "r{i}", "params": 1e6}}\n' for i in range(8000))
    box.drop("a.runs.jsonl", plain + "".join(f'{{"run_id": "k{i}", "key{i}": 1}}\n' for i in range(10_000)))
    box.ingest()
    assert box.reasons() == {"too_many_columns": 1}


def test_ten_thousand_names_in_a_tracker_log_are_refused(box: Dropbox) -> None:
    values = ", ".join(f'"k{i}": 1.5' for i in range(10_000))
    box.drop("history/abc.jsonl", f'{{"_step": 1, "_timestamp": 1.0, {values}}}\n')
    box.ingest()
    assert box.reasons() == {"too_many_columns": 1}


def test_a_line_of_a_hundred_megabytes_costs_only_itself(box: Dropbox) -> None:
    box.drop("a.measurements.csv", LONG + "a,loss,1,3\na,loss,2," + "9" * 100_000_000 + "\na,loss,3,2\n")
    box.ingest()
    assert box.reasons() == {"line_too_long": 1}
    assert box.rows("SELECT step FROM measurements ORDER BY 1") == [(1,), (3,)]


def test_a_compressed_bomb_is_refused_unread(box: Dropbox) -> None:
    box.drop("a.measurements.csv.gz", gzip.compress((LONG + "a,loss,1,3\n").encode() + b"a,loss,1,3\n" * 20_000_000, 6))
    box.ingest()
    assert box.reasons() == {"bomb": 1}


def test_a_parquet_bomb_is_refused_unread(box: Dropbox) -> None:
    path = box.drop("a.measurements.parquet", b"")
    pl.select(pl.repeat("a", 50_000_000).alias("run_id"), metric=pl.lit("loss"), value=pl.lit(1.0)).write_parquet(
        path, compression="zstd"
    )
    assert path.stat().st_size < 1_000_000
    box.ingest()
    assert box.reasons() == {"bomb": 1}


def test_a_cut_parquet_file_is_refused_whole(box: Dropbox) -> None:
    path = box.drop("a.measurements.parquet", b"")
    pl.DataFrame({"run_id": ["a"], "metric": ["loss"], "value": [1.0]}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    box.ingest()
    assert box.reasons() == {"truncated": 1}


def test_a_map_that_tries_to_read_a_file_is_refused_and_the_rest_is_taken(box: Dropbox) -> None:
    path = box.drop("t.csv", "a\n1\n")
    text = 'kind = "runs"\n[columns]\nrun_id = "(SELECT content FROM read_text(\'/etc/passwd\'))"\n'
    path.with_name("t.csv.map.toml").write_text(text)
    box.drop("fine.measurements.csv", LONG + "b,loss,1,3\n")
    box.ingest()
    assert box.reasons() == {"bad_map": 1}
    assert box.rows("SELECT run_id FROM runs") == [("b",)]


def test_a_bad_map_in_the_home_is_named_and_stops_nothing(box: Dropbox) -> None:
    (box.home.maps / "bad.toml").write_text('kind = "runs"\ncolour = "red"\n')
    box.drop("fine.measurements.csv", LONG + "b,loss,1,3\n")
    report = box.ingest()
    assert report.totals.ingested == 1
    assert "bad.toml" in report.errors[0]
    assert "'colour'" in report.errors[0]
