"""What `lawbook new` proposes: studies that pass as they stand, of questions that the runs can answer."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_home import own_home, run_rows, write_runs

from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.laws import laws
from pipeline.laws.families import rivals
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Study
from pipeline.study.observations import observations, without_needs
from pipeline.study.proposals.asks import ASKS, FACTS, RISES, Ask
from pipeline.study.proposals.axis import Axis
from pipeline.study.proposals.proposal import NO_TAGS, Proposal, missing, proposals, survey
from pipeline.study.proposals.written import study_text
from pipeline.study.studies import read_study

SPARSITY = Axis("sparsity", "1 - sparsity", (0.1, 0.2, 0.4, 0.6, 0.8, 1.0), ("tags.method",))
GROUP = {
    "namespace": "lab", "dataset": "web", "metric": "loss", "split": "validation", "task": "", "runs": 400, "fresh": 400,
    "points": 400, "params": 9,
    "params_nonembedding": 9, "data_seen": 9, "data_unique": 9, "flops": 9, "peak_lr": 9, "batch_size": 9, "repeated": 9,
    "pool": 4, "pools": 4, "mixtures": 20, "largest_flops": 3e21, "largest_data_seen": 2e10,
    "largest_batch_size": 512.0, "accelerator_count": 9, "largest_accelerator_count": 512.0,
    "largest_params": 1e9, "largest_data_unique": 1e10, "most_epochs": 4.0,
    "data_unit": ["token"], "tokenizer": ["gpt2"], "params_convention": [], "architecture": ["gpt"], "recipe": [],
    "levels": 6, "axis_from": "1 - sparsity", "along": SPARSITY, "axes": (), "tagged": (), "turns": (), "worse": (),
    "accelerator": [], "compute": 9, "step": 400, "cells": 400, "swept_cells": 0, "rates": 1, "batches": 1,
    "without_embeddings": False, "with_embeddings": False, "shares": [], "domains": 4, "places": 81, "tasks": [""],
    "said": ["split"],
    "compute_from": "flops", "goal": "lower", "range": "positive", "beside": 400, "loss_beside": "metric:loss@validation",
}  # fmt: skip
"""A survey row of a corpus that has everything."""
ERROR = GROUP | {"metric": "error", "range": "fraction"}
SCORE = GROUP | {"metric": "reward", "goal": "higher", "range": "any"}
ACCURACY = SCORE | {"metric": "accuracy", "range": "fraction"}
SPEED = GROUP | {"metric": "data_per_second", "goal": "higher"}
METRICS = (GROUP, ERROR, SCORE, ACCURACY, SPEED)
"""The same under a loss, an error, a score, a share and a throughput."""


def group_of(ask: Ask) -> dict[str, object]:
    """A survey row under a metric of the kind that a question is asked of."""
    return next(group for group in METRICS if ask.metrics.holds(group))


AWKWARD = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.name)
def test_a_question_names_laws_of_the_book_and_facts_of_the_survey(ask: Ask) -> None:
    assert set(ask.laws) <= set(laws)
    assert {*ask.least, *ask.apart} <= set(GROUP) & {*FACTS}


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.name)
@pytest.mark.parametrize("fact", FACTS)
def test_a_question_is_refused_with_the_fact_that_is_short(ask: Ask, fact: str) -> None:
    group = {**group_of(ask), "runs": 10**6, "fresh": 10**6, "points": 10**8}
    assert not ask.lacking(group)
    if fact in ask.least:
        assert [FACTS[fact] in words for words in ask.lacking({**group, fact: ask.least[fact] - 1})] == [True]


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.name)
def test_every_proposal_is_a_study_that_passes(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(study_text(Proposal("proposed", ask, group_of(ask)), "proposed"))
    assert read_study(path).laws == ask.laws


def test_a_law_of_steps_does_not_compete_where_no_run_says_its_steps(tmp_path: Path) -> None:
    found = {proposal.ask.name: proposal for proposal in proposals([GROUP | {"step": 0}])}
    (tmp_path / "study.toml").write_text(study_text(found["compute-optimal"], "study"))
    assert read_study(tmp_path / "study.toml").laws == ("chinchilla", "gadre", "skaling")


@given(namespace=AWKWARD, dataset=AWKWARD, task=AWKWARD)
def test_whatever_a_log_is_called_the_study_passes(
    tmp_path_factory: pytest.TempPathFactory, namespace: str, dataset: str, task: str
) -> None:
    group = {**GROUP, "namespace": namespace, "dataset": dataset, "task": task, "said": ["split", "task"]}
    for proposal in proposals([group]):
        path = tmp_path_factory.mktemp("new") / "study.toml"
        path.write_text(study_text(proposal, proposal.name), encoding="utf-8")
        study = read_study(path)
        assert (study.study, study.task or "") == (proposal.name, task)


def test_two_corpora_of_one_name_get_two_names() -> None:
    found = proposals([GROUP, {**GROUP, "namespace": "other"}])
    assert len({proposal.name for proposal in found}) == len(found) > 2


def test_runs_that_do_not_compare_are_kept_apart() -> None:
    found = proposals([{**GROUP, "tokenizer": ["bpe", "gpt2"]}])
    assert all("tokenizer" in proposal.group_by for proposal in found)


def test_held_out_loss_goes_before_training_loss() -> None:
    found = proposals([{**GROUP, "split": "train", "runs": 500}, GROUP])
    assert {proposal.group["split"] for proposal in found} == {"validation"}


@pytest.mark.parametrize(("validated", "chosen"), [(20, "validation"), (3, "")])
def test_a_loss_that_is_said_to_be_held_out_goes_before_one_of_which_nothing_is_said(validated: int, chosen: str) -> None:
    found = proposals([{**GROUP, "split": "", "runs": 30}, {**GROUP, "runs": validated}])
    assert {proposal.group["split"] for proposal in found} == {chosen}


@pytest.mark.parametrize(("split", "task"), [("", ""), ("validation", "web"), ("train", ""), ("", "web")])
def test_a_proposal_selects_one_measure_where_the_corpus_has_several(tmp_path: Path, split: str, task: str) -> None:
    home, rows = own_home(tmp_path / "home"), run_rows("web")
    write_runs(home.inbox / "lab" / "web", rows)
    lines = [f"{row['run_id']},loss,{split},{task},{row['data_seen']},{row['metric:loss'] + 1}" for row in rows]
    text = "\n".join(["run_id,metric,split,task,data_seen,value", *lines])
    (home.inbox / "lab" / "more.measurements.csv").write_text(f"{text}\n")
    ingest(home)
    with Warehouse(home) as warehouse:
        for proposal in (found := proposals(survey(warehouse.connection, {}))):
            (tmp_path / "study.toml").write_text(study_text(proposal, proposal.name))
            assert observations(warehouse.connection, read_study(tmp_path / "study.toml")).height == len(rows)
    assert found


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the runs of one corpus, ingested and not yet studied."""
    home = own_home(tmp_path_factory.mktemp("logged") / "home")
    write_runs(home.inbox / "lab" / "web", run_rows("web"))
    ingest(home)
    return home


def test_the_survey_counts_what_varies(logged: Home) -> None:
    with Warehouse(logged) as warehouse:
        (group,) = survey(warehouse.connection, {})
    assert (group["runs"], group["params"], group["data_seen"], group["pools"], group["repeated"]) == (25, 5, 5, 0, 0)
    assert group["largest_flops"] == pytest.approx(6e9 * 2.5e10)
    assert set(group) == set(GROUP)


def test_a_proposed_study_uses_every_run_that_was_counted(logged: Home, tmp_path: Path) -> None:
    with Warehouse(logged) as warehouse:
        (proposal,) = proposals(survey(warehouse.connection, {}))
        (tmp_path / "study.toml").write_text(study_text(proposal, proposal.name))
        study = read_study(tmp_path / "study.toml")
        frame = observations(warehouse.connection, study)
    used = [without_needs(law, frame)["used"].sum() for law in study.law_objects()]
    assert used == [proposal.group["runs"]] * len(study.laws)


def test_what_the_runs_lack_is_said_of_every_question_that_is_not_proposed(logged: Home) -> None:
    with Warehouse(logged) as warehouse:
        groups = survey(warehouse.connection, {})
    asked = {proposal.ask.name for proposal in proposals(groups)} | {ask.name for ask, _ in missing(groups)}
    assert {ask.name for ask in ASKS if not ask.last} <= asked


def test_a_corpus_of_scores_alone_is_asked_how_far_they_rise() -> None:
    (proposal,) = proposals([SCORE | {"params": 1, "beside": 0, "data_unique": 1}])
    assert (proposal.ask.name, proposal.ask.laws) == ("score", RISES)


@pytest.mark.parametrize("group", [GROUP, ERROR, SCORE], ids=["loss", "error", "score"])
def test_training_sets_of_one_size_of_model_are_asked_what_more_of_them_is_worth(
    group: dict[str, object], tmp_path: Path
) -> None:
    found = group | {"params": 1, "pools": 0, "domains": 0, "mixtures": 0, "peak_lr": 1, "batch_size": 1, "fresh": 0, "beside": 0}
    study = proposed(found, "larger-training-set", tmp_path)
    assert (study.derive, study.laws) == (
        {"axis": "data_unique"},
        ("rises_along_axis" if group is SCORE else "falls_along_axis",),
    )


def test_a_held_out_error_goes_before_a_loss_of_training_alone() -> None:
    found = proposals([GROUP | {"split": "train"}, ERROR | {"beside": 0}])
    assert {proposal.group["metric"] for proposal in found if proposal.ask.name == "compute-optimal"} == {"error"}


def test_an_error_beside_a_loss_is_asked_through_the_loss(tmp_path: Path) -> None:
    found = {proposal.ask.name: proposal for proposal in proposals([GROUP | {"pools": 0}, ERROR | {"pools": 0}])}
    (tmp_path / "study.toml").write_text(study_text(found["benchmark"], "benchmark"))
    study = read_study(tmp_path / "study.toml")
    assert (study.metric, study.chain, study.derive) == (
        "error",
        {"loss": ("chinchilla", "skaling")},
        {"loss": "metric:loss@validation"},
    )


@pytest.mark.parametrize(("group", "name"), [(ERROR, "benchmark"), (ACCURACY, "benchmark-score")], ids=["error", "accuracy"])
def test_a_benchmark_beside_a_loss_has_the_bent_and_the_unbent_laws_compete(
    group: dict[str, object], name: str, tmp_path: Path
) -> None:
    found = {proposal.ask.name: proposal for proposal in proposals([GROUP | {"pools": 0}, group | {"pools": 0}])}
    (tmp_path / "study.toml").write_text(study_text(found[name], name))
    assert read_study(tmp_path / "study.toml").laws == (*rivals("error_from_loss" if group is ERROR else "score_from_loss"),)


def test_an_error_without_a_loss_is_asked_as_a_loss_is() -> None:
    asked = {proposal.ask.name: proposal.group["metric"] for proposal in proposals([ERROR | {"beside": 0}])}
    assert asked["compute-optimal"] == "error"


def test_a_sweep_of_batches_without_curves_reaches_no_level() -> None:
    ends = GROUP | {"runs": 100, "points": 100}
    assert not {"batch-to-a-loss", "critical-batch"} & {proposal.ask.name for proposal in proposals([ends])}
    curves = ends | {"points": 2000}
    assert {"batch-to-a-loss", "critical-batch"} <= {proposal.ask.name for proposal in proposals([curves])}


def test_a_score_whose_goal_nobody_says_is_told_where_to_say_it() -> None:
    unknown = SCORE | {"metric": "elo", "goal": None, "params": 1, "beside": 0}
    assert not proposals([unknown])
    said = "nobody says whether less or more of elo is better (say it under [goals] of a map)"
    assert any(said in words for _, lacks in missing([unknown]) for words in lacks)


def test_more_pools_than_the_runs_can_tell_apart_are_not_proposed() -> None:
    many = GROUP | {"pools": 300, "mixtures": 0}
    assert not {"pools", "pools-and-size"} & {proposal.ask.name for proposal in proposals([many])}


def test_where_each_pool_has_one_run_the_points_of_its_curve_count(tmp_path: Path) -> None:
    curves = ERROR | {"runs": 8, "points": 200, "pools": 7, "params": 0, "beside": 0}
    (proposal,) = (found for found in proposals([curves]) if found.ask.name == "pools")
    (tmp_path / "study.toml").write_text(study_text(proposal, "pools"))
    assert read_study(tmp_path / "study.toml").points.take == "all"


def test_the_laws_of_a_whole_family_compete_by_its_name() -> None:
    texts = {proposal.ask.name: study_text(proposal, proposal.name) for proposal in proposals([GROUP])}
    assert 'family = "size_and_data"' in texts["compute-optimal"]
    assert "laws = " not in texts["compute-optimal"]


def test_what_people_vary_is_an_axis_of_its_own_beside_compute(tmp_path: Path) -> None:
    found = [proposal for proposal in proposals([SCORE | {"axes": (SPARSITY,)}]) if proposal.ask.name == "along"]
    (tmp_path / "study.toml").write_text(study_text(found[0], found[0].name))
    study = read_study(tmp_path / "study.toml")
    assert (study.study, study.laws, study.derive) == ("web-along-sparsity", ("rises_along_axis",), {"axis": "1 - sparsity"})
    assert study.group_by == ("tags.method",)
    assert study.plan["response"]["axis"][-1] == 1  # a share of more than the whole is not asked


def test_a_table_of_samples_asks_how_many_to_buy() -> None:
    samples = Axis("samples", "samples", (1.0, 10.0, 100.0), ("params",))
    scores = SCORE | {"metric": "pass_at_k", "compute": 0, "data_unique": 1, "beside": 0, "axes": (samples,)}
    (proposal,) = proposals([scores])
    assert (proposal.ask.name, proposal.group_by) == ("attempts", ["params"])


def test_runs_that_a_tag_keeps_apart_are_grouped_by_it_where_each_level_has_runs_enough() -> None:
    (few,), (many,) = (
        [found for found in proposals([GROUP | {"tagged": (("tags.bits", runs),)}]) if found.ask.name == "compute-optimal"]
        for runs in (5, 9)
    )
    assert ("tags.bits" in few.group_by, "tags.bits" in many.group_by) == (False, True)


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.name)
def test_a_corpus_without_tags_is_asked_by_the_same_laws(ask: Ask) -> None:
    assert ask.competing({**group_of(ask), **NO_TAGS}) == ask.laws


def proposed(group: dict[str, object], name: str, folder: Path) -> Study:
    """The study of that question as it is read from its file."""
    found = {proposal.ask.name: proposal for proposal in proposals([group])}
    (folder / "study.toml").write_text(study_text(found[name], "study"))
    return read_study(folder / "study.toml")


SWEPT = GROUP | {"cells": 40, "swept_cells": 40, "rates": 6, "batches": 4}


def test_of_a_sweep_of_settings_the_best_of_each_size_and_amount_counts(tmp_path: Path) -> None:
    rule = proposed(SWEPT | {"pool": 0}, "compute-optimal", tmp_path).reduce
    assert rule is not None
    assert rule.best_of == ("peak_lr", "batch_size")


@pytest.mark.parametrize(("swept", "alone"), [(40, False), (5, True), (1, True)])
def test_where_few_sizes_were_run_at_several_settings_the_others_count_as_they_are(
    swept: int, alone: bool, tmp_path: Path
) -> None:
    rule = proposed(SWEPT | {"swept_cells": swept}, "compute-optimal", tmp_path).reduce
    assert rule is not None
    assert rule.alone is alone


def test_a_law_that_reads_the_swept_setting_keeps_every_run(tmp_path: Path) -> None:
    assert proposed(SWEPT, "rate-and-batch", tmp_path).reduce is None


def test_the_best_settings_of_two_pools_do_not_compete(tmp_path: Path) -> None:
    rule = proposed(SWEPT, "pools-and-size", tmp_path).reduce
    assert rule is not None
    assert rule.by == ("params", "data_seen", "data_unique", "pool")


@pytest.mark.parametrize("name", ["mixture", "mixture-and-size"])
def test_the_best_settings_of_two_mixtures_do_not_compete(name: str) -> None:
    (ask,) = (ask for ask in ASKS if ask.name == name)
    assert "reduce" not in study_text(Proposal(name, ask, SWEPT | {"shares": ["code", "web"]}), name)


def test_runs_that_say_their_size_without_embeddings_alone_are_studied_by_it(tmp_path: Path) -> None:
    assert proposed(GROUP | {"without_embeddings": True}, "compute-optimal", tmp_path).params == "without embeddings"


def test_a_law_of_sizes_without_embeddings_takes_the_size_that_there_is(tmp_path: Path) -> None:
    study = proposed(GROUP | {"with_embeddings": True}, "next-rate-and-batch", tmp_path)
    assert study.derive == {"params_nonembedding": "params"}


MIXED = GROUP | {"pools": 0, "pool": 0, "shares": ["code", "web"], "domains": 2}


def test_tags_that_add_up_to_one_are_a_mixture(tmp_path: Path) -> None:
    study = proposed(MIXED, "mixture-and-size", tmp_path)
    assert study.derive == {"members": {"shares": ["code", "web"]}}


def test_a_mixture_that_several_tasks_judge_has_a_fit_of_each(tmp_path: Path) -> None:
    study = proposed(MIXED | {"task": "code", "tasks": ["code", "web"]}, "mixture-and-size", tmp_path)
    assert (study.task, study.group_by[0]) == (None, "task")


@pytest.mark.parametrize("whole", [1, 100])
def test_the_survey_finds_the_shares_among_the_tags_also_in_percent(tmp_path: Path, whole: int) -> None:
    home = own_home(tmp_path / "home")
    mixtures = [
        {"share_web": whole * web / 10, "share_code": whole * (1 - web / 10), "dropout": web / 20, "heads": 8 * web}
        for web in range(1, 6)
    ]
    write_runs(home.inbox / "lab" / "web", [row | tags for row, tags in zip(run_rows("web"), mixtures, strict=False)])
    ingest(home)
    with Warehouse(home) as warehouse:
        (group,) = survey(warehouse.connection, {})
    assert (group["shares"], group["domains"], group["mixtures"]) == (["share_code", "share_web"], 2, 5)


def test_sizes_that_go_with_an_amount_of_data_are_as_many_groups_as_pairs(tmp_path: Path) -> None:
    pairs = MIXED | {"params": 2, "data_seen": 2, "places": 2, "runs": 24, "fresh": 24, "mixtures": 24}
    assert proposed(pairs, "mixture", tmp_path).group_by == ("params", "data_seen")


def test_runs_that_lie_in_a_folder_each_right_below_the_inbox_are_one_sweep(tmp_path: Path) -> None:
    home = own_home(tmp_path / "home")
    for row in run_rows("web"):
        write_runs(home.inbox / str(row["run_id"]) / "log", [row])
    ingest(home)
    with Warehouse(home) as warehouse:
        (proposal,) = proposals(survey(warehouse.connection, {}))
    assert (proposal.group["runs"], proposal.runs) == (25, "dataset = 'web'")


def test_namespaces_of_several_runs_are_studied_each_alone(tmp_path: Path) -> None:
    home = own_home(tmp_path / "home")
    for place, rows in enumerate((run_rows("web")[:8], run_rows("web")[8:16], run_rows("web")[16:])):
        write_runs(home.inbox / f"lab-{place}" / "log", rows)
    ingest(home)
    with Warehouse(home) as warehouse:
        assert {group["namespace"] for group in survey(warehouse.connection, {})} == {"lab-0", "lab-1", "lab-2"}


def test_runs_that_a_proposed_study_leaves_out_are_not_counted_as_its_own() -> None:
    found = {proposal.ask.name: proposal.fitted for proposal in proposals([GROUP | {"fresh": 380, "repeated": 20}])}
    assert (found["compute-optimal"], found["repetition"]) == (380, 400)


def test_the_line_of_laws_beside_a_chain_can_be_taken_as_it_stands(tmp_path: Path) -> None:
    (ask,) = (ask for ask in ASKS if ask.name == "benchmark")
    path = tmp_path / "study.toml"
    path.write_text(study_text(Proposal("proposed", ask, ERROR), "proposed").replace("# laws =", "laws ="))
    assert read_study(path).laws == (*rivals("error_from_loss"), *rivals("error_from_size"))


def test_sizes_that_are_nearly_alike_are_no_sweep_of_their_rates(tmp_path: Path) -> None:
    home = own_home(tmp_path / "home")
    rows = [(n * f, d, f) for n, d, f in product((1e7, 1e8, 1e9), (1e9, 1e10, 1e11), (1.0, 1.002))]
    lines = [f"r{k},{n},{d},{f * 1e-3},finished,{2 + (1e7 / n) ** 0.3 + (1e8 / d) ** 0.3}" for k, (n, d, f) in enumerate(rows)]
    (home.inbox / "lab").mkdir(parents=True)
    header = "run_id,params,data_seen,peak_lr,status,metric:loss"
    (home.inbox / "lab" / "own.runs.csv").write_text("\n".join([header, *lines, ""]))
    ingest(home)
    with Warehouse(home) as warehouse:
        (group,) = survey(warehouse.connection, {})
    assert group["swept_cells"] == 0
