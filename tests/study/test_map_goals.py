"""A map may say whether less or more of its metric is better; a study on it then need not."""

from pathlib import Path

import pytest

from pipeline.errors import MapError
from pipeline.home import Home
from pipeline.ingest.maps.maps import read_map
from pipeline.study.declaration import Study
from pipeline.study.studies import load_studies
from tests.small_home import own_home

MAP = 'kind = "runs"\n[columns]\nrun_id = "id"\n[goals]\nscore_x = {{ goal = "{goal}", range = "fraction" }}\n'
STUDY = 'study = "s"\nquestion = "?"\nruns = "true"\nmetric = "{metric}"\nlaws = ["chinchilla"]\n{more}[plan]\nflops = [1e20]\n'


def home_with(root: Path, study: str, **maps: str) -> Home:
    home = own_home(root)
    for name, text in maps.items():
        (home.maps / f"{name}.toml").write_text(text)
    (home.studies / "s.toml").write_text(study)
    return home


def only(home: Home) -> Study:
    studies, errors = load_studies(home)
    assert errors == []
    (study,) = [study for study in studies if study.study == "s"]
    return study


def test_a_study_has_the_goal_and_range_of_its_map(tmp_path: Path) -> None:
    study = only(home_with(tmp_path, STUDY.format(metric="score_x", more=""), a=MAP.format(goal="higher")))
    assert (study.measured.goal, study.measured.range) == ("higher", "fraction")


def test_what_a_study_says_itself_counts(tmp_path: Path) -> None:
    more = 'goal = "lower"\n'
    assert only(home_with(tmp_path, STUDY.format(metric="score_x", more=more), a=MAP.format(goal="higher"))).goal == "lower"


def test_a_map_says_nothing_of_other_metrics(tmp_path: Path) -> None:
    _, errors = load_studies(home_with(tmp_path, STUDY.format(metric="score_y", more=""), a=MAP.format(goal="higher")))
    assert "score_y" in str(errors[0])
    assert "in its map" in str(errors[0])


def test_two_maps_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    maps = {"a": MAP.format(goal="higher"), "b": MAP.format(goal="lower")}
    _, errors = load_studies(home_with(tmp_path, STUDY.format(metric="loss", more=""), **maps))
    assert "a.toml says 'higher'; keep one" in str(errors[0])


def test_a_map_may_turn_a_metric_whose_name_promises_nothing(tmp_path: Path) -> None:
    said = MAP.format(goal="lower").replace("score_x", "reward").replace("fraction", "any")
    study = only(home_with(tmp_path, STUDY.format(metric="reward", more=""), a=said))
    assert study.measured.goal == "lower"


def test_a_map_may_not_turn_a_metric_that_is_known(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(MAP.format(goal="higher").replace("score_x", "loss"))
    with pytest.raises(MapError, match="loss is known: lower is better"):
        read_map(path)
