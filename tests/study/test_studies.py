"""A study file: refused where it is wrong, with file, key and fix."""

from pathlib import Path

import pytest

from pipeline import places
from pipeline.errors import StudyError
from pipeline.hardware import SHIPPED, load_hardware
from pipeline.home import Home
from pipeline.laws import laws
from pipeline.study.studies import load_studies, read_study

GOOD = {
    "study": '"clip"',
    "runs": "\"dataset = 'datacomp'\"",
    "metric": '"error"',
    "laws": '["chinchilla"]',
}


def written(folder: Path, name: str = "clip.toml", **changes: str | None) -> Path:
    lines = [f"{key} = {value}" for key, value in {**GOOD, **changes}.items() if value is not None]
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_good_study_is_read(tmp_path: Path) -> None:
    study = read_study(written(tmp_path))
    assert (study.study, study.points.take, study.draws) == ("clip", "final", 1000)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"runz": '"true"'}, "unknown key 'runz' (did you mean 'runs'?)"),
        ({"runs": None, "run": '"true"'}, "key 'runs' is missing; add it"),
        ({"runs": None, "laws": None}, "key 'runs' is missing; add it"),
        ({"laws": None, "law": '["chinchilla"]'}, "unknown key 'law' (did you mean 'laws'?)"),
        ({"laws": None}, "no laws are named"),
        ({"laws": '["chinchila"]'}, "did you mean 'chinchilla'?"),
        ({"runs": "\"namespce = 'lab'\""}, "did you mean 'namespace'?"),
        ({"params": '"with embedings"'}, "use one of with embeddings, without embeddings (did you mean 'with embeddings'?)"),
        (
            {"points": "{ tak = 'all' }"},
            "unknown key 'points.tak' (did you mean 'take'?); remove it, or use one of take, after_warmup",
        ),
        ({"plan": "{ flop = [1e20] }"}, "unknown key 'flop' (did you mean 'flops'?)"),
        ({"metric": None}, "'metric'"),
        ({"metric": '"frobnication"'}, "whether less or more of it is better; add goal = "),
        ({"metric": '"eror"'}, "(did you mean 'error'?)"),
        ({"goal": '"higher"'}, "error is known (lower is better); remove the goal"),
        ({"metric": '"peak_lr"', "goal": '"lower"'}, "a quantity that is neither better low nor high"),
        ({"goal": '"least"'}, "'goal'"),
        ({"range": '"percent"'}, "'range'"),
        ({"laws": '["chinchila"]'}, "'chinchila' is no law"),
        ({"laws": "[]"}, "'laws'"),
        ({"runs": "\"colour = 'red'\""}, "no column 'colour'"),
        ({"runs": '"params"'}, "not true or false"),
        ({"runs": "\"run_id IN (SELECT 'x')\""}, "not allowed"),
        ({"runs": "\"read_text('/etc/hostname') = ''\""}, "'read_text' is not allowed"),
        ({"exclude": '"colour = 1"'}, "exclude"),
        ({"exclude": "{ smallest = 3 }"}, "smallest"),
        ({"draws": "1"}, "'draws'"),
        ({"group_by": '["colour"]'}, "'colour' is no column"),
        ({"fix": "{ gamma = 1.0 }"}, "'gamma' is no parameter"),
        ({"plan": "{ flops = [-1.0] }"}, "positive"),
        ({"plan": "{ keep_fraction = [1.5] }"}, "keep_fraction must be shares of the data"),
        ({"plan": "{ keep_fraction = [0.5] }"}, "no law of the study sums over pools"),
        ({"plan": "{ deadline_day = 3 }"}, "unknown key 'deadline_day'"),
        (
            {"plan": "{ money = { sum = 3 } }"},
            "[plan.money] is no table: money is one value of [plan]; write it as `money = ...`",
        ),
        ({"plan": "{ price = { h100 = 3 } }"}, "[plan.price] is no table"),
        ({"plan": "{ response = 3 }"}, "[plan.response] must be a table"),
        ({"plan": "{ response = { colour = 1 } }"}, "[plan.response]: unknown key 'colour'"),
        ({"plan": "{ response = { params = -1 } }"}, "[plan.response] params = -1"),
        ({"plan": "{ response = { pools = [3] } }"}, "[plan.response] pools"),
        ({"plan": '{ target = { find = "params" } }'}, "[plan.target] needs reach"),
        ({"plan": '{ target = { find = "colour", reach = 2 } }'}, "[plan.target] find = 'colour'"),
        ({"plan": '{ target = { find = "params", params = 1, reach = 2 } }'}, "sought and given"),
        ({"plan": '{ target = { find = "params", reach = "low" } }'}, "[plan.target] reach"),
        ({"plan": '{ optimum = { find = "params", goal = "best" } }'}, "goal = 'best'"),
        ({"plan": '{ optimum = { find = "params", between = [9, 3] } }'}, "between"),
        ({"plan": '{ optimum = { find = "params", tie = { data_seen = "open(params)" } } }'}, "'open' is not allowed"),
        ({"plan": '{ optimum = { find = "params", tie = { data_seen = "1 / colour" } } }'}, "no column 'colour'"),
        ({"plan": '{ optimum = { find = "params", tie = { params = "1" } } }'}, "neither sought nor given"),
        ({"points": '"some"'}, "'points"),
        ({"points": "{ take = 'all', annealed = 2.0 }"}, "annealed must be"),
        ({"points": "{ take = 'all', after_warmup = -1.0 }"}, "after_warmup must be"),
        ({"points": "{ after_warmth = true }"}, "after_warmth"),
        ({"study": '"No Good"'}, "'study'"),
        ({"source": '"/etc"'}, "source"),
    ],
)
def test_wrong_study_names_file_and_key(tmp_path: Path, changes: dict[str, str | None], words: str) -> None:
    with pytest.raises(StudyError) as error:
        read_study(written(tmp_path, **changes))
    assert "clip.toml" in str(error.value)
    assert words in str(error.value)


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("study = \n")
    with pytest.raises(StudyError, match=r"x\.toml: not TOML.*line 1"):
        read_study(path)


def test_wrong_file_stops_no_other(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    written(home.studies)
    written(home.studies, "bad.toml", study='"bad"', laws='["nope"]')
    studies, errors = load_studies(home)
    assert "clip" in [study.study for study in studies]
    assert len(errors) == 1


def test_all_errors_of_a_file_are_told_together(tmp_path: Path) -> None:
    wrong = {
        "runs": ('"colour = 1"', "runs: "),
        "exclude": ('"shade = 1"', "exclude: "),
        "group_by": ('["hue", "tint"]', "'hue' is no column of runs; 'tint' is no column of runs"),
        "fix": ("{ gamma = 1.0 }", "'gamma' is no parameter"),
        "plan": ("{ keep_fraction = [0.5] }", "no law of the study sums over pools"),
    }
    home = Home.open(tmp_path)
    written(home.studies, **{key: value for key, (value, _) in wrong.items()})
    _, errors = load_studies(home)
    assert len(errors) == len(wrong)
    for _, words in wrong.values():
        [error] = [error for error in errors if words in str(error)]
        assert "clip.toml" in error.place
        assert error.fix
    written(home.studies, laws='["nope", "neither"]', runs='"colour = 1"')
    assert [words for error in load_studies(home)[1] for words in ("'nope'", "'neither'", "'colour'") if words in str(error)] == [
        "'colour'", "'nope'", "'neither'",
    ]  # fmt: skip


def test_same_name_twice_is_refused(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    written(home.studies)
    written(home.studies, "copy.toml")
    _, errors = load_studies(home)
    assert "rename one" in str(errors[0])


def test_spelling_of_the_file_does_not_change_the_declaration(tmp_path: Path) -> None:
    one = read_study(written(tmp_path))
    other = tmp_path / "other.toml"
    other.write_text("# a comment\n" + "\n".join(f"{k}   =   {GOOD[k]}" for k in reversed(GOOD)))
    assert read_study(other).canonical() == one.canonical()


def test_objective_of_a_study_keeps_what_it_does_not_say(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, objective='{ space = "linear" }'))
    law = laws["chinchilla"]
    assert study.objective_for(law).space == "linear"
    assert study.objective_for(law).delta == law.objective.delta


def test_constants_go_to_the_law_that_has_them(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, laws='["chinchilla", "power_law"]', fix="{ beta = 0.3, power_law = { E = 1.5 } }"))
    assert study.constants_for(laws["chinchilla"])[0] == {"beta": 0.3}
    assert study.constants_for(laws["power_law"])[0] == {"E": 1.5}


@pytest.mark.parametrize("path", sorted((places.SHIPPED / "data" / "studies").glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_study_is_valid_and_asks_a_question(path: Path) -> None:
    assert read_study(path).question.endswith("?")


def test_a_wrong_key_dumps_neither_the_file_nor_its_path(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as error:
        read_study(written(tmp_path, runs=None, run='"true"'))
    assert "PosixPath" not in str(error.value)
    assert "source" not in str(error.value)


def test_an_accelerator_that_the_hardware_table_lacks_is_refused_with_those_there_are(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    written(home.studies, plan='{ accelerator = "h100" }')
    studies, [error] = load_studies(home)
    assert "clip" not in {study.study for study in studies}
    assert f"[plan] accelerator: 'h100' is no accelerator of {SHIPPED} (did you mean 'h100-pcie'?)" in str(error)
    assert all(name in str(error) for name in load_hardware().accelerators)


def test_an_accelerator_of_a_hardware_table_of_ones_own_is_known(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    own = SHIPPED.read_text().replace("h100-sxm", "mine")
    (tmp_path / "own.toml").write_text(own)
    (tmp_path / "config.toml").write_text('hardware = "own.toml"\n')
    written(home.studies, plan='{ accelerator = "mine" }')
    assert load_studies(Home.open(tmp_path))[1] == []


def test_a_study_says_whether_less_or_more_of_its_metric_is_better(tmp_path: Path) -> None:
    declared = read_study(written(tmp_path, metric='"frobnication"', goal='"higher"', range='"fraction"'))
    assert (declared.measured.goal, declared.measured.ends) == ("higher", (0.0, 1.0))


def test_what_is_known_of_a_metric_needs_no_word_of_the_study(tmp_path: Path) -> None:
    assert read_study(written(tmp_path)).measured.goal == "lower"


def test_a_study_may_turn_a_score_of_which_less_is_better(tmp_path: Path) -> None:
    assert read_study(written(tmp_path, metric='"score"', goal='"lower"')).measured.sign == 1.0
