"""Errors of studies, maps, exclusions and questions: each names the value, and what it says to do works."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import fit, laws
from pipeline.errors import FitError, LawbookError, LawError, ReaderError
from pipeline.fitting.audit import certify
from pipeline.home import Home
from pipeline.ingest.exclusion import exclude
from pipeline.ingest.ingest import ingest
from pipeline.ingest.maps.maps import read_map
from pipeline.laws import _register
from pipeline.notebook import plan as questions
from pipeline.readers import READERS, read_log
from pipeline.readers.shape import Shape
from pipeline.study.studies import load_studies, read_study
from tests.small_home import STUDY, own_home, run_rows, write_runs

GOOD = STUDY.format(name="first")
FIXED: dict[str, tuple[str, str, str, str]] = {
    "source": ("source = 'x'\n", "", r"unknown key 'source'; remove it", ""),
    "pools of a question": (
        "",
        "[plan.response]\nparams = 1e9\npools = [3]\n",
        r"\[plan\.response\] pools must be a list of sets or of shares; write sets like",
        '[plan.response]\nparams = 1e9\npools = [["a", "b"]]\n',
    ),
    "ends of a search": (
        "",
        '[plan.optimum]\nfind = "params"\nbetween = [9, 3]\n',
        r"between = \[9, 3\] must be the two ends in which 'params' is sought; write it like \[1e6, 1e9\]",
        '[plan.optimum]\nfind = "params"\nbetween = [1e6, 1e9]\n',
    ),
    "a tie that is none": (
        "",
        '[plan.optimum]\nfind = "params"\ntie = 3\n',
        r"\[plan\.optimum\] tie must be a table; write it like \{ data_seen = ",
        '[plan.optimum]\nfind = "params"\ntie = { data_seen = "1e20 / (6 * params)" }\n',
    ),
    "a tie of what is sought": (
        "",
        '[plan.optimum]\nfind = "params"\ntie = { params = "data_seen" }\n',
        r"\[plan\.optimum\] tie: 'params' must be a column that is neither sought nor given; use one of data_seen",
        '[plan.optimum]\nfind = "params"\ntie = { data_seen = "20 * params" }\n',
    ),
    "a tie of a tie": (
        "",
        '[plan.optimum]\nfind = "params"\ntie = { data_seen = "flops / params", flops = "6 * data_seen" }\n',
        r"tie data_seen reads flops, which is tied itself; write it out",
        '[plan.optimum]\nfind = "params"\ntie = { data_seen = "1e20 / params", flops = "1e20 * 6" }\n',
    ),
    "words for numbers": (
        "",
        '[plan.response]\nparams = "many"\n',
        r"\[plan\.response\] params = 'many' must be numbers that are not negative; write them like \[1e9, 1e10\]",
        "[plan.response]\nparams = [1e9, 1e10]\n",
    ),
    "what nobody can share": (
        'share = ["alpha"]\nprior_from = "chinchilla/hoffmann"\nconstants = "chinchilla/hoffmann"\n',
        "",
        r"share: published constants are no fit that could share; remove share, or constants",
        'constants = "chinchilla/hoffmann"\n',
    ),
    "a prior of nobody": (
        'share = ["alpha"]\nprior_from = "chinchilla/nobody"\n',
        "",
        r"prior_from: .*nobody",
        'share = ["alpha"]\nprior_from = "chinchilla/hoffmann"\n',
    ),
    "one cohort that shares": (
        'share = ["alpha"]\n',
        "",
        r"share: one cohort has nobody to share with; add group_by",
        'share = ["alpha"]\ngroup_by = ["architecture"]\n',
    ),
    "a prior for nothing": (
        'prior_from = "chinchilla/hoffmann"\n',
        "",
        r"prior_from says whose the shared parameters are, and none is shared; add share",
        'prior_from = "chinchilla/hoffmann"\nshare = ["alpha"]\n',
    ),
    "a value as a table": (
        "",
        "[plan.money]\nsum = 3\n",
        r"\[plan\.money\] is no table: money is one value of \[plan\]; write it as `money = \.\.\.`",
        "",
    ),
}


@pytest.mark.parametrize("name", FIXED)
def test_a_study_that_is_refused_says_what_to_write_and_is_taken_so(name: str, tmp_path: Path) -> None:
    before, behind, words, fixed = FIXED[name]
    path = tmp_path / "study.toml"
    path.write_text(f"{before}{GOOD}{behind}")
    with pytest.raises(LawbookError, match=words):
        read_study(path)
    path.write_text(f"{GOOD}{fixed}" if behind else f"{fixed}{GOOD}")
    read_study(path)


def test_two_studies_of_one_name_name_each_other(tmp_path: Path) -> None:
    home = own_home(tmp_path)
    for name in ("a", "b"):
        (home.studies / f"{name}.toml").write_text(GOOD)
    (error,) = load_studies(home)[1]
    assert "study = 'first' is also in " in str(error)
    assert "rename one of them" in str(error)
    (home.studies / "b.toml").write_text(STUDY.format(name="second"))
    assert load_studies(home)[1] == []


SHAPE = Shape("csv", ",", (("id", "VARCHAR"), ("loss", "VARCHAR")))
MAPS = {
    "no run": (
        'kind = "runs"\n[columns]\n"metric:loss" = "loss"\n',
        r"\[columns\] lacks 'run_id', .* kind 'runs' needs; add it",
        'run_id = "id"\n',
    ),
    "no value": (
        'kind = "measurements"\n[columns]\nrun_id = "id"\n',
        r"\[columns\] has neither 'metric:NAME' nor 'metric'",
        '"metric:loss" = "loss"\n',
    ),
}


@pytest.mark.parametrize("name", MAPS)
def test_a_map_that_lacks_a_column_says_which_and_reads_with_it(name: str, tmp_path: Path) -> None:
    text, words, fixed = MAPS[name]
    path = tmp_path / "m.toml"
    path.write_text(text)
    with pytest.raises(LawbookError, match=words):
        read_map(path).part("t", SHAPE, [])
    path.write_text(text + fixed)
    read_map(path).part("t", SHAPE, [])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two namespaces with runs of the same ids."""
    found = own_home(tmp_path_factory.mktemp("sentences"))
    for namespace in ("lab", "other"):
        write_runs(found.inbox / namespace / "web", run_rows("web"))
    ingest(found)
    return found


@pytest.mark.parametrize(
    ("given", "words", "fixed"),
    [
        (("web-1", " "), r"--reason is empty; say why", ("lab/web-1", "spilled")),
        (("web-1", "bad"), r"'web-1' names several runs: .*lab/web-1.*; give namespace/run_id", ("lab/web-1", "bad")),
        (("web-999", "bad"), r"no run is called 'web-999'; `lawbook sql", ("other/web-2", "bad")),
    ],
)
def test_an_exclusion_that_names_no_run_says_how_one_is_named(
    home: Home, given: tuple[str, str], words: str, fixed: tuple[str, str]
) -> None:
    with pytest.raises(LawbookError, match=words):
        exclude(home, *given)
    exclude(home, *fixed)


LOGS = {
    "olmes": (
        "olmes metrics",
        "task-metrics.json",
        '{"task_name": "a", "num_instances": 3}',
        r"an entry has no object 'metrics'",
    ),
    "clearml": (
        "clearml scalars",
        "a.json",
        '{"loss": {"train": {"x": [1]}}}',
        r"not whole scalars of ClearML: .*; export them again",
    ),
    "wandb bytes": ("wandb chart", "c.csv", b'"Step","a - l\xff"\n1,2\n', r"not a CSV file in UTF-8: .*; export it again"),
    "wandb summary": (
        "wandb run folder",
        "wandb-summary.json",
        "{",
        r"the summary or config\.yaml cannot be read: .*; copy it again",
    ),
    "comet": ("comet metrics", "metrics.jsonl", '{"metricName": \n', r"not whole JSON of Comet's metrics: .*; export it again"),
    "wandb lines": ("wandb history", "a.jsonl", '{"_step": 1}\n[2]\n', r"line 2 is no JSON object: .*; copy it again"),
    "chart over time": (
        "wandb chart",
        "c.csv",
        '"Runtime","a - loss"\n1,2\n',
        r"the x axis 'Runtime' of the chart is time; export it over Step",
    ),
}


@pytest.mark.parametrize("name", LOGS)
def test_a_log_that_is_damaged_is_refused_by_its_place_with_what_to_do(name: str, tmp_path: Path) -> None:
    form, file, content, words = LOGS[name]
    path = tmp_path / file
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ReaderError, match=words) as caught:
        read_log(next(reader for reader in READERS if reader.name == form), path, "run")
    assert caught.value.place == str(path)


def test_what_is_read_with_a_comet_log_is_named_where_it_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text(json.dumps({"metricName": "loss", "metricValue": "3", "step": 1}) + "\n")
    (tmp_path / "metadata.json").write_text("{")
    comet = next(reader for reader in READERS if reader.name == "comet metrics")
    with pytest.raises(ReaderError, match=r"read with metrics\.jsonl, no whole JSON: .*; export it again") as caught:
        read_log(comet, tmp_path / "metrics.jsonl", "run")
    assert caught.value.place.endswith("metadata.json")
    (tmp_path / "metadata.json").write_text("{}")
    assert read_log(comet, tmp_path / "metrics.jsonl", "run").measurements is not None


def sweep() -> pl.DataFrame:
    return pl.DataFrame([{k: row[k] for k in ("params", "data_seen")} | {"loss": row["metric:loss"]} for row in run_rows("s")])


def test_an_estimate_that_lacks_a_parameter_is_told_all_of_them() -> None:
    law, frame = laws["chinchilla"], sweep()
    with pytest.raises(FitError, match=r"the estimate of chinchilla lacks \['A'.*; give every parameter of"):
        certify(law, frame, {"E": 1.7})
    certify(law, frame, {name: law.example[name] for name in ("E", "A", "alpha", "B", "beta")})


QUESTIONS: dict[str, tuple[Callable[[Any], object], str, Callable[[Any], object]]] = {
    "two of one": (
        lambda found: questions.compute_optimal(found, flops=[1e20], other=found),
        r"compute_optimal is asked of one fit; give `other` to plan\.comparison",
        lambda found: questions.comparison(found, flops=[1e20], other=found),
    ),
    "one of two": (
        lambda found: questions.comparison(found, flops=[1e20]),
        r"comparison is asked of two fits; give the other one too",
        lambda found: questions.comparison(found, flops=[1e20], other=found),
    ),
    "a column that the law does not read": (
        lambda found: questions.response(found, response={"peak_lr": 0.1}),
        r"peak_lr",
        lambda found: questions.response(found, response={"params": 1e9}),
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_that_has_no_answer_says_which_has(name: str) -> None:
    ask, words, better = QUESTIONS[name]
    found = fit(laws["chinchilla"], sweep(), draws=20)
    with pytest.raises(LawbookError, match=words):
        ask(found)
    assert better(found) is not None


def test_a_file_of_a_law_without_one_is_refused_with_an_example() -> None:
    with pytest.raises(LawError, match=r"own\.py: declares no law; bind a Law to a name, as pipeline/laws/catalogue"):
        _register(json, "own.py")
