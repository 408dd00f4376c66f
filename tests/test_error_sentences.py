"""Errors of the project's own: each says the value and what to do, and what it says to do works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipeline import errors, fit, laws, read
from pipeline.compute import mapper
from pipeline.config import Config, read_config
from pipeline.expressions.arithmetic import formula
from pipeline.expressions.expressions import compile_expression
from pipeline.expressions.parsing import parse
from pipeline.fitting.evidence.selection import select
from pipeline.fitting.evidence.stack import stack
from pipeline.fitting.frames import observed
from pipeline.fitting.published import constants_named
from pipeline.hardware import load_hardware
from pipeline.home import Home
from pipeline.ingest.check import check
from pipeline.ingest.maps.maps import read_map
from pipeline.notebook.inputs import as_polars
from pipeline.planning.costs.memory import model_state_bytes
from pipeline.planning.costs.prices import accelerators_for_deadline
from pipeline.planning.costs.throughput import pipeline_bubble
from pipeline.planning.estimators.pass_rates import emergence
from pipeline.planning.estimators.predictability import predictability
from pipeline.planning.estimators.pruning_theory import pruned_error
from pipeline.planning.estimators.trends import trend
from pipeline.planning.pools.pool_sets import PoolSets
from pipeline.readers import READERS, read_log
from pipeline.readers.names import frame
from pipeline.store.statements import sql
from pipeline.store.warehouse import Warehouse
from pipeline.study.derived.batches import noise_scale
from pipeline.study.derived.pass_rates import pass_until
from pipeline.study.derived.sizes import average_params
from pipeline.study.studies import read_study
from tests.small_home import STUDY, own_home, run_rows

GOOD = STUDY.format(name="first")
MAP = 'kind = "runs"\n[columns]\nrun_id = "name"\n'
H100 = load_hardware().accelerator()
A_MILLION = 1e6


def sweep(**changed: Any) -> pl.DataFrame:
    """Runs of a known law, with one column changed in the first row."""
    frame = pl.DataFrame([{k: row[k] for k in ("params", "data_seen")} | {"loss": row["metric:loss"]} for row in run_rows("s")])
    first = pl.int_range(pl.len()) == 0
    return frame.with_columns(
        pl.when(first).then(pl.lit(value)).otherwise(pl.col(name)).alias(name) for name, value in changed.items()
    )


def sets(size: float) -> PoolSets:
    return PoolSets(("a",), np.array([size]), np.array([[True]]))


def deadline(**given: float) -> int:
    return accelerators_for_deadline(1e20, 1.0, H100, **given)


SCORES = pl.DataFrame({"item_id": [1, 1, 1, 1], "flops": [1.0, 2.0, 3.0, 4.0], "score": [0.1, 0.2, 0.3, 0.4]})
CALLS: dict[str, tuple[Callable[..., object], tuple[Any, ...], str, tuple[Any, ...]]] = {
    "dtype": (H100.peak, ("fp3",), r"no peak for dtype 'fp3'; it has", ("bf16",)),
    "accelerator": (load_hardware().accelerator, ("abacus",), r"no accelerator 'abacus' .*it has", (H100.name,)),
    "zero stage": (model_state_bytes, (1e9, 7), r"ZeRO stage 7 does not exist; choose one of \[0, 1, 2, 3\]", (1e9, 3)),
    "data parallel": (model_state_bytes, (1e9, 1, 0), r"data_parallel = 0 must be at least 1", (1e9, 1, 1)),
    "bubble": (pipeline_bubble, (0, 4), r"stages = 0 and micro_batches = 4 must be at least 1", (1, 4)),
    "passes": (pass_until, (5, 9, 2), r"9 passes in 5 decodes until 2; give passes <= decodes", (9, 2, 2)),
    "kept": (
        pruned_error,
        (1.0, 1.5),
        r"kept fraction 1\.5 have no error; give alpha > 0 and a fraction",
        (1.0, 0.5),
    ),
    "pool": (sets, (-1.0,), r"pool 'a' has size -1\.0; give its unique samples, a positive count", (A_MILLION,)),
    "batches": (noise_scale, (8, 4, [2.0], [1.0]), r"batch 8 is not below 4; give the smaller batch first", (4, 8, [2.0], [1.5])),
    "constants": (constants_named, ("chinchilla/nobody",), r"nobody", ("chinchilla/hoffmann",)),
    "text": (compile_expression, (3, {}), r"3 is no expression; write it in quotes", ("3", {})),
    "syntax": (parse, ("params >",), r"'params >': ", ("params > 1",)),
    "two": (parse, ("1); SELECT (2",), r"is more than one expression; write a single one", ("1 + 2",)),
    "function": (
        formula,
        ("system(params)", ["params"]),
        r"'system' is not allowed; use numbers, columns",
        ("sqrt(params)", ["params"]),
    ),
    "literal": (formula, ("params + 'a'", ["params"]), r"is not allowed; use numbers, columns", ("params + 1", ["params"])),
    "column": (formula, ("parms", ["params"]), r"there is no column 'parms'; the columns are params", ("params", ["params"])),
    "depth": (
        formula,
        ("- " * 70 + "params", ["params"]),
        r"is nested too deeply; use at most",
        ("- params", ["params"]),
    ),
    "length": (
        compile_expression,
        ("1 + " * 5000 + "1", {}),
        r"an expression of \d+ characters is too long; at most",
        ("1 + 1", {}),
    ),
    "arity": (formula, ("sqrt(params, 1)", ["params"]), r"sqrt takes 1 arguments, not 2; correct", ("sqrt(params)", ["params"])),
    "no formula": (formula, (3, ["params"]), r"3 is no formula of at most", ("3", ["params"])),
    "emergence": (
        emergence,
        ([1, 2, 3, 4], [0.0, 0.1, 0.2, 0.3], [0.1] * 4),
        r"rates inside \(0, 1\); censored rates are bounds, leave them out",
        ([1, 2, 3, 4], [0.05, 0.1, 0.2, 0.3], [0.1] * 4),
    ),
    "correlation": (
        predictability,
        (SCORES, "score", "cosine"),
        r"there is no correlation 'cosine'; choose one of \['",
        (SCORES, "score", "spearman"),
    ),
    "models": (predictability, (SCORES.head(2),), r"needs at least 3 models of different compute", (SCORES,)),
    "trend": (
        trend,
        ([1, 2, 3], [0.1, 0.2, 0.3], 100),
        r"a trend needs at least 4 sizes, 3 given",
        ([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4], 100),
    ),
    "average size": (average_params, ([1, 1], [1e6, 2e6]), r"needs at least two points with rising tokens", ([1, 2], [1e6, 2e6])),
    "placeholders": (
        sql,
        ("select_all",),
        r"sql/select_all\.sql and its caller differ in the placeholders \['table'\]",
        ("create_schema_version",),
    ),
    "table": (as_polars, (3,), r"a int is no table; give a DataFrame of Polars or pandas", (pl.DataFrame({"a": [1]}),)),
    "logs": (read, ("/nowhere/at-all",), r"/nowhere/at-all: there is no such file or folder; check the path", ()),
    "check": (check, ("/nowhere/at-all",), r"/nowhere/at-all: there is no such file or folder; check the path", ()),
    "hardware file": (
        load_hardware,
        (Path("/nowhere.toml"),),
        r"no hardware table at /nowhere\.toml; correct `hardware`",
        (None,),
    ),
    "home": (
        Home.open,
        ("/dev/null/home",),
        r"/dev/null/home/inbox cannot be made: .*; move away what stands there, or name another home",
        (),
    ),
    "NUL": (frame, ([{"a\0": 1}],), r"the name 'a\\x00' holds a NUL byte; the log is damaged, copy it again", ([{"a": 1}],)),
    "no fits": (select, ([],), r"select needs at least one fit", ()),
    "stack": (stack, ([],), r"no fit is usable, so there is nothing to stack; see the certificates", ()),
    "setting": (constants_named, ("nobody",), r"there is no law 'nobody'.*; `lawbook laws` lists them", ("chinchilla/hoffmann",)),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_is_refused_says_what_is_wrong_and_what_to_give_instead(name: str) -> None:
    call, bad, words, good = CALLS[name]
    with pytest.raises(errors.LawbookError, match=words):
        call(*bad)
    if good:
        call(*good)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mfu": 1.5}, r"mfu = 1\.5 must lie in \(0, 1\]; above 1 it counts"),
        ({"availability": 0.0}, r"availability = 0\.0 must lie"),
    ],
)
def test_a_share_of_the_machine_above_all_of_it_is_refused(given: dict[str, float], words: str) -> None:
    with pytest.raises(errors.PlanError, match=words):
        deadline(**given)
    assert deadline(**dict.fromkeys(given, 0.5)) >= 1


@pytest.mark.parametrize(
    ("bad", "words", "good"),
    [
        ((1.0, 0.0), r"prior of alpha is \(1\.0, 0\.0\); give \(mean, sd\) with sd > 0", (0.3, 0.1)),
        ((-1.0, 0.1), r"prior of alpha has mean -1, but the parameter is positive; give a mean above 0", (0.3, 0.1)),
    ],
)
def test_an_impossible_prior_is_refused_and_a_possible_one_taken(bad: object, words: str, good: object) -> None:
    with pytest.raises(errors.FitError, match=words):
        fit(laws["chinchilla"], sweep(), draws=0, prior={"alpha": bad})
    fit(laws["chinchilla"], sweep(), draws=0, prior={"alpha": good})


@pytest.mark.parametrize(
    ("value", "why"), [(float("nan"), "is not finite"), (float("inf"), "is not finite"), (-1.0, "has no logarithm")]
)
def test_an_impossible_loss_is_named_with_its_value_and_without_it_the_rest_is_taken(value: float, why: str) -> None:
    law = laws["chinchilla"]
    frame = sweep(loss=value)
    with pytest.raises(errors.FitError, match=rf"`loss` of .* is {value:g}, which {why} \(1 such rows\); exclude them"):
        observed(law, frame, law.objective)
    assert observed(law, frame.tail(-1), law.objective).value.size == frame.height - 1


FITS = {
    "fix": (
        {"fix": {"nobody": 1.0}},
        r"fix names 'nobody', which is no parameter of the law; it has \['A'",
        {"fix": {"alpha": 0.34}},
    ),
    "nan": (
        {"fix": {"alpha": float("nan")}},
        r"fix sets alpha to nan, which is not finite; give a number",
        {"fix": {"alpha": 0.34}},
    ),
}


@pytest.mark.parametrize("name", FITS)
def test_a_constant_that_is_none_is_refused_and_a_right_one_taken(name: str) -> None:
    bad, words, good = FITS[name]
    with pytest.raises(errors.FitError, match=words):
        fit(laws["chinchilla"], sweep(), draws=0, **bad)
    fit(laws["chinchilla"], sweep(), draws=0, **good)


FRAMES = {
    "no response": (sweep().drop("loss"), r"the frame has neither `value` nor `loss`, .*; add or rename the column"),
    "no column": (sweep().drop("params"), r"needs the column `params`, which the frame lacks"),
    "no run has it": (
        sweep().with_columns(params=pl.lit(None, pl.Float64)),
        r"needs `params`, which no run has; log it or leave the law",
    ),
    "nothing": (sweep().head(0), r"chinchilla"),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_that_cannot_be_fitted_is_told_by_what_it_lacks(name: str) -> None:
    rows, words = FRAMES[name]
    with pytest.raises(errors.FitError, match=words):
        fit(laws["chinchilla"], rows, draws=0)


def test_a_picture_that_is_none_is_refused_with_those_that_are() -> None:
    found = fit(laws["chinchilla"], sweep(), draws=0)
    with pytest.raises(errors.FitError, match=r"there is no picture 'residual' \(did you mean 'residuals'\?\); there are fit"):
        found.plot("residual")
    with pytest.raises(errors.FitError, match=r"the fit does not keep its observations; fit with `from pipeline import fit`"):
        replace(found, frame=None).plot("fit")


def test_text_where_a_law_needs_numbers_is_named_with_its_column() -> None:
    with pytest.raises(
        errors.FitError, match=r"column `params` holds text, not numbers: .*; convert it before fitting chinchilla"
    ):
        fit(laws["chinchilla"], sweep().with_columns(params=pl.lit("7B")), draws=0)


def test_a_setting_of_compute_that_is_none_is_refused_with_those_that_are() -> None:
    with (
        pytest.raises(
            errors.ComputeError,
            match=r'config\.toml: compute = "cloud" is no place to compute; write "auto", "local"',
        ),
        mapper("cloud"),
    ):
        pass


def test_a_store_that_is_closed_says_how_it_is_opened(tmp_path: Path) -> None:
    closed = Warehouse(own_home(tmp_path))
    with pytest.raises(errors.WarehouseError, match=r"the warehouse is closed; use it inside `with Warehouse\(home\)"):
        _ = closed.connection


FILES: dict[str, tuple[Callable[[Path], object], str, str, str]] = {
    "config": (
        read_config,
        "largest_file = \n",
        r"config: not TOML: .*; correct that line or remove the file",
        "largest_file = 9\n",
    ),
    "key of config": (read_config, "largest_fil = 9\n", r"config: .*largest_fil", "largest_file = 9\n"),
    "hardware": (load_hardware, "schema = \n", r"hardware: not TOML", ""),
    "values of hardware": (load_hardware, "schema = 1\n", r"hardware: .*; compare with data/hardware\.toml", ""),
    "study": (read_study, "study = \n", r"study: not TOML: .*; correct that line", GOOD),
    "key of study": (read_study, f"runz = 'true'\n{GOOD}", r"study: .*runz", GOOD),
    "law of study": (
        read_study,
        GOOD.replace('"chinchilla"', '"chinchila"'),
        r"'chinchila' is no law \(did you mean 'chinchilla",
        GOOD,
    ),
    "predicate": (read_study, GOOD.replace("dataset =", "datset ="), r"runs: .*datset", GOOD),
    "question": (read_study, f"{GOOD}[plan.target]\nrubles = 3\n", r"rubles", GOOD),
    "constants": (read_study, f"constants = 'chinchilla/nobody'\n{GOOD}", r"constants: .*nobody", GOOD),
    "map": (read_map, "kind = \n", r"map: not TOML", MAP),
    "key of map": (read_map, f"knd = 1\n{MAP}", r"map: .*knd", MAP),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_refused_is_named_with_what_is_wrong_and_taken_when_it_is_mended(name: str, tmp_path: Path) -> None:
    read, bad, words, good = FILES[name]
    path = tmp_path / name.rpartition(" ")[2]
    path.write_text(bad, encoding="utf-8")
    with pytest.raises(errors.LawbookError, match=words):
        read(path)
    if good:
        path.write_text(good, encoding="utf-8")
        read(path)


LOGS = [
    ("open_lm model", "a.json", '{"eval_metrics": 1, "model_uuid": ', r"not whole JSON: .*; copy it again"),
    ("open_lm model", "a.json", '{"eval_metrics": null}', r"key .* is missing, which open_lm writes"),
    ("lm-evaluation-harness results", "results.json", '{"results": ', r"not whole JSON: .*; copy it again"),
    (
        "huggingface trainer state",
        "trainer_state.json",
        '{"log_history": 3}',
        r"not a whole trainer_state\.json: .*; it may have been cut",
    ),
    ("openclip results", "results.jsonl", "[1]\n", r"line 1 is no JSON object"),
    ("mlflow run folder", "meta.yaml", "run_id: [\n", r"not the meta\.yaml of an MLflow run"),
    ("mlflow run folder", "meta.yaml", "run_id: r\nlifecycle_stage: deleted\n", r"the run r is deleted; restore it in MLflow"),
]


@pytest.mark.parametrize(("reader", "file", "text", "words"), LOGS)
def test_a_damaged_log_is_named_with_what_is_wrong(reader: str, file: str, text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.write_text(text, encoding="utf-8")
    (found,) = [one for one in READERS if one.name == reader]
    with pytest.raises(errors.ReaderError, match=words) as raised:
        read_log(found, path, "run")
    assert str(path) in str(raised.value)


def test_a_folder_in_the_place_of_the_settings_is_to_be_moved_away(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(errors.ConfigError, match=r"config\.toml: it is no plain file; move it away$"):
        read_config(tmp_path / "config.toml")
    (tmp_path / "config.toml").rmdir()
    assert read_config(tmp_path / "config.toml") == Config()
