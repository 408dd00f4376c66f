"""What a stranger's study, log or question may try: refused, or inert, and the good beside it goes on."""

from pathlib import Path

import duckdb
import pytest
from small_home import STUDY, run_rows, write_runs

from pipeline.errors import LawbookError, StudyError
from pipeline.home import Home
from pipeline.ingest.exclusion import exclude
from pipeline.operations.doctor import examine
from pipeline.refit.refit import refit
from pipeline.study.studies import load_studies

PREDICATES = (
    "true; DROP TABLE runs_history",
    "true; COPY runs_history TO '{target}'",
    "true; ATTACH '{target}' AS stolen",
    "true; INSTALL httpfs; LOAD httpfs",
    "run_id IN (SELECT content FROM read_text('{secret}'))",
    "(SELECT count(*) FROM read_csv('{secret}')) > 0",
    "EXISTS (FROM '{secret}')",
    "read_blob('{secret}') IS NOT NULL",
    "getenv('HOME') = ''",
    "current_setting('memory_limit') = ''",
    "getvariable('x') IS NULL",
    "query('SELECT 1') = 1",
    "pragma_database_size() IS NULL",
    "true /* */ UNION SELECT 1 --",
    "list_transform([1], x -> read_text('{secret}')) IS NOT NULL",
    "regexp_matches(run_id, '(a+)+$') AND sleep_ms(100000) IS NULL",
)


@pytest.mark.parametrize("predicate", PREDICATES)
def test_a_predicate_that_is_more_than_one_is_refused_and_the_other_study_lives(
    home: Home, tmp_path: Path, predicate: str
) -> None:
    secret, target = tmp_path / "secret.txt", tmp_path / "stolen.db"
    secret.write_text("a secret")
    text = predicate.format(secret=secret, target=target)
    study = STUDY.format(name="evil").replace("\"dataset = 'evil'\"", f"'''{text}'''")
    (home.studies / "evil.toml").write_text(study, encoding="utf-8")
    known, wrong = load_studies(home)
    assert [one.study for one in known] == ["first"]
    assert [type(error) for error in wrong] == [StudyError]
    assert "evil.toml" in str(wrong[0])
    assert not target.exists()


@pytest.mark.parametrize("place", ["exclude", "group_by", "metric", "task"])
def test_other_keys_of_a_study_are_no_way_in_either(home: Home, tmp_path: Path, place: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    attack = f"x' OR (SELECT count(*) FROM read_text('{secret}')) > 0 --"
    value = f"['''{attack}''']" if place == "group_by" else f"'''{attack}'''"
    lines = [line for line in STUDY.format(name="evil").splitlines() if not line.startswith(f"{place} =")]
    lines.insert(lines.index("[plan]"), f"{place} = {value}")
    (home.studies / "evil.toml").write_text("\n".join(lines), encoding="utf-8")
    report = refit(home)
    assert report.errors or "evil" in report.failed
    assert "a secret" not in f"{report.errors} {report.failed}"
    assert "first" not in report.failed


def test_a_study_can_name_no_file(home: Home, tmp_path: Path) -> None:
    (tmp_path / "secret.toml").write_text("schema = 'hunter2'")
    study = STUDY.format(name="evil").replace("[plan]", f"[plan]\nhardware = '{tmp_path / 'secret.toml'}'")
    (home.studies / "evil.toml").write_text(study, encoding="utf-8")
    [error] = load_studies(home)[1]
    assert "unknown key 'hardware'" in str(error)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    "name", ["../../outside", "/etc/evil", "a' OR 1=1 --", "<script>alert(1)</script>", "con\x00trol", "x" * 300]
)
def test_a_study_is_named_by_plain_letters_only(home: Home, name: str) -> None:
    (home.studies / "evil.toml").write_text(STUDY.format(name="evil").replace('"evil"', repr(name), 1), encoding="utf-8")
    assert [type(error) for error in load_studies(home)[1]] == [StudyError]


def test_sql_and_html_in_every_cell_of_a_run_are_text_from_the_log_to_the_published_file(home: Home) -> None:
    evil = "'); DROP TABLE runs; --<script>alert(1)</script>"
    row = {**run_rows("first")[0], "run_id": evil, "name": evil, "architecture": evil, "recipe": evil, "note": evil}
    write_runs(home.inbox / "lab" / "evil", [row])
    assert refit(home).exit_code == 0
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        asked = "SELECT name, architecture, recipe, tags['note'] FROM runs WHERE run_id = ?"
        assert connection.execute(asked, [evil]).fetchall() == [(evil,) * 4]


def test_a_run_that_is_named_like_sql_is_only_a_name_to_exclude(home: Home) -> None:
    with pytest.raises(LawbookError, match="no run is called"):
        exclude(home, "' OR '1'='1", "x")


def test_a_field_of_ten_million_characters_costs_only_its_row(home: Home) -> None:
    rows = [
        {**run_rows("first")[0], "run_id": "long", "note": "n" * 10_000_000},
        {**run_rows("first")[1], "run_id": "fine", "note": ""},
    ]
    write_runs(home.inbox / "lab" / "long", rows)
    report = refit(home)
    assert report.exit_code == 0
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        taken = {row[0] for row in connection.execute("SELECT run_id FROM runs WHERE run_id IN ('long', 'fine')").fetchall()}
        refused = connection.execute("SELECT count(*), max(length(raw)) FROM quarantine").fetchall()[0]
    assert "fine" in taken
    assert "long" in taken or refused[0] >= 1
    assert (refused[1] or 0) <= 10_000


def test_a_law_of_a_users_own_is_the_one_place_where_code_runs_and_its_error_stops_nothing(home: Home) -> None:
    """Files in laws/ are Python on purpose (docs/security.md); a log, map or study can put nothing there."""
    (home.laws / "broken.py").write_text("raise RuntimeError('boom')", encoding="utf-8")
    report = refit(home)
    assert any("broken.py" in str(error) for error in report.errors)
    assert report.failed == {}


LAW_FILE = 'from pathlib import Path\nPath(r"{mark}").touch()\n'


@pytest.mark.parametrize(("allowed", "runs"), [("true", True), ("false", False)])
def test_python_in_the_home_runs_only_where_its_config_allows_it(home: Home, allowed: str, runs: bool) -> None:
    mark = home.root / "law-file-was-run"
    (home.root / "laws").mkdir(exist_ok=True)
    (home.root / "laws" / "mine.py").write_text(LAW_FILE.format(mark=mark), encoding="utf-8")
    config = home.root / "config.toml"
    config.write_text(f"allow_law_files = {allowed}\n{config.read_text(encoding='utf-8')}", encoding="utf-8")
    refit(Home.open(home.root))
    assert mark.exists() is runs


def test_the_doctor_names_python_that_others_may_write(home: Home) -> None:
    path = home.root / "laws" / "mine.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text("", encoding="utf-8")
    path.chmod(0o666)
    found = [finding for finding in examine(home) if finding.check == "laws"]
    assert [finding.state for finding in found] == ["error"]
    assert "mine.py" in found[0].message
    assert "allow_law_files = false" in found[0].fix
