"""lawbook refit: only what changed is fitted, nothing that passed is lost, one failure stops no other."""

import duckdb
import polars as pl
import pytest
from small_home import declare, loss, run_rows, write_runs

from pipeline.home import Home
from pipeline.ingest.exclusion import exclude
from pipeline.refit.refit import refit
from pipeline.report import write_pictures
from pipeline.store.drawing_version import stamp
from pipeline.study.declaration import Study
from pipeline.study.observations import observations


def ask(home: Home, query: str) -> list[tuple]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_dropped_runs_become_a_published_plan(home: Home) -> None:
    (params, low, high), *_ = ask(home, "SELECT params, params_low, params_high FROM best_compute_optimal WHERE flops = 1e20")
    assert low < params < high


def test_second_refit_fits_nothing(home: Home) -> None:
    before = home.published_db.stat().st_mtime_ns
    report = refit(home)
    assert report.refitted == []
    assert home.published_db.stat().st_mtime_ns == before


def test_the_name_of_one_study_is_no_collection_of_letters(fresh_home: Home) -> None:
    report = refit(fresh_home, "first")
    assert (report.refitted, report.errors) == (["first"], [])


def test_new_run_refits_only_the_study_that_selects_it(home: Home) -> None:
    row = {**run_rows("second")[0], "run_id": "second-new", "params": 5e8, "metric:loss": loss(5e8, 1e8)}
    write_runs(home.inbox / "lab" / "more", [row])
    assert refit(home).refitted == ["second"]


def test_a_study_that_is_fitted_reads_its_runs_once(fresh_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(connection: duckdb.DuckDBPyConnection, study: Study) -> pl.DataFrame:
        read.append(study.study)
        return observations(connection, study)

    monkeypatch.setattr("pipeline.refit.in_store.observations", counted)
    assert refit(fresh_home).refitted == ["first", "second"]
    assert read == ["first", "second"]


def test_studies_beyond_those_that_go_together_are_refitted_too(fresh_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.refit.steps.TOGETHER", 1)
    monkeypatch.setattr("pipeline.refit.steps.HELD", 0)
    report = refit(fresh_home)
    assert (report.refitted, report.failed) == (["first", "second"], {})
    assert ask(fresh_home, "SELECT DISTINCT study FROM best_compute_optimal ORDER BY ALL") == [("first",), ("second",)]


def test_fits_are_never_overwritten(home: Home) -> None:
    exclude(home, "first-3", "a broken data loader")
    refit(home)
    fits = ask(home, "SELECT valid_to IS NULL, selected FROM fits WHERE study = 'first' ORDER BY fitted_at")
    assert fits == [(False, False), (True, True)]


def test_excluded_run_stays_visible_with_its_reason(home: Home) -> None:
    exclude_after = "a broken data loader"
    exclude(home, "first-3", exclude_after)
    refit(home)
    query = """SELECT fr.used, fr.reason FROM fit_runs fr JOIN fits USING (fit_id) JOIN runs USING (run_key)
               WHERE study = 'first' AND valid_to IS NULL AND run_id = 'first-3'"""
    assert ask(home, query) == [(False, f"excluded: {exclude_after}")]
    assert ask(home, "SELECT excluded_reason FROM runs WHERE run_id = 'first-3'") == [(exclude_after,)]


def test_invalid_study_is_named_and_the_others_run(fresh_home: Home) -> None:
    (fresh_home.studies / "broken.toml").write_text("study = 'broken'\nrunz = 'true'\n")
    report = refit(fresh_home)
    assert report.exit_code == 1
    assert "broken.toml" in str(report.errors[0])
    assert "runz" in str(report.errors[0])
    assert report.refitted == ["first", "second"]


def test_failing_study_keeps_its_last_good_plan_and_says_since_when(home: Home) -> None:
    rows = [{**row, "run_id": f"x{i}", "data_unit": "byte"} for i, row in enumerate(run_rows("first"))]
    write_runs(home.inbox / "lab" / "bytes", rows)
    report = refit(home)
    assert report.exit_code == 1
    assert "data_unit" in report.failed["first"]
    plan = ask(
        home, "SELECT stale_since IS NOT NULL, params > 0 FROM best_compute_optimal WHERE study = 'first' AND flops = 1e20"
    )
    assert plan == [(True, True)]
    assert "data_unit" in ask(home, "SELECT failure FROM studies WHERE study = 'first'")[0][0]


def test_cured_study_is_no_longer_stale(home: Home) -> None:
    rows = [{**row, "run_id": f"x{i}", "data_unit": "byte"} for i, row in enumerate(run_rows("first")[:1])]
    write_runs(home.inbox / "lab" / "bytes", rows)
    refit(home)
    declare(
        home,
        "first",
        (home.studies / "first.toml").read_text().replace("dataset = 'first'", "data_unit = 'token' AND dataset = 'first'"),
    )
    report = refit(home)
    assert report.exit_code == 0, report.failed
    assert ask(home, "SELECT failure, stale_since FROM studies WHERE study = 'first'") == [(None, None)]
    assert ask(home, "SELECT DISTINCT stale_since FROM plan_compute_optimal WHERE study = 'first'") == [(None,)]


def test_study_without_a_usable_fit_says_so_in_words(home: Home) -> None:
    write_runs(home.inbox / "lab" / "few", [{**row, "dataset": "few"} for row in run_rows("few")[:2]])
    declare(home, "few")
    report = refit(home)
    assert report.exit_code == 0, report.failed
    grade, note, fix = ask(home, "SELECT grade, note, fix FROM plan_notes WHERE study = 'few'")[0]
    assert grade == "refused"
    assert note
    assert fix


def test_undeclared_study_leaves_the_plans_and_stays_in_history(home: Home) -> None:
    (home.studies / "second.toml").unlink()
    refit(home)
    assert ask(home, "SELECT DISTINCT study FROM plan_compute_optimal") == [("first",)]
    assert ask(home, "SELECT count(*) FROM fits WHERE study = 'second' AND valid_to IS NOT NULL") == [(1,)]


def test_changed_study_file_refits_itself_alone(home: Home) -> None:
    declare(home, "first", (home.studies / "first.toml").read_text().replace("1e20", "1e21"))
    assert refit(home).refitted == ["first"]


def test_only_the_named_study_is_refitted(fresh_home: Home) -> None:
    assert refit(fresh_home, ["second"]).refitted == ["second"]


def test_unknown_study_is_an_error_that_names_the_known_ones(home: Home) -> None:
    report = refit(home, ["third"])
    assert report.exit_code == 1
    assert "first, second" in str(report.errors[0])


def test_plan_moves_show_what_a_refit_changed(home: Home) -> None:
    exclude(home, "first-3", "a broken data loader")
    refit(home)
    assert ask(
        home,
        "SELECT count(*) > 0, bool_and(moved <> 0) FROM plan_moves WHERE estimate = 'params' AND plan = 'plan_compute_optimal'",
    ) == [(True, True)]


@pytest.mark.parametrize("law", ["chinchilla", "gadre"])
def test_predict_evaluates_the_selected_fit_as_python_does(home: Home, law: str) -> None:
    declare(home, "first", (home.studies / "first.toml").read_text().replace("chinchilla", law))
    refit(home)
    predicted, expected = ask(
        home,
        """SELECT p.predicted, r.predicted FROM residuals r JOIN fits USING (fit_id) JOIN runs USING (run_key),
           LATERAL (SELECT * FROM predict('first', params := runs.params, data_seen := runs.data_seen)) AS p
           WHERE fits.study = 'first' AND fits.valid_to IS NULL AND run_id = 'first-5'""",
    )[0]
    assert predicted == pytest.approx(expected, rel=1e-12)


def test_parameter_moves_name_the_new_run_that_moved_the_plan_most_and_its_compute(home: Home) -> None:
    places = (("near", 1e8, 1.6e9, 1.0), ("far", 2e9, 5e10, 1.03))
    rows = [
        {**run_rows("first")[0], "run_id": name, "params": n, "data_seen": d, "metric:loss": loss(n, d) * off}
        for name, n, d, off in places
    ]
    write_runs(home.inbox / "lab" / "two", rows)
    refit(home)
    found = ask(home, "SELECT DISTINCT m.new_runs, r.run_id, m.influence > 0 FROM parameter_moves AS m "
                        "JOIN runs AS r ON r.run_key = m.most_influential WHERE m.study = 'first'")  # fmt: skip
    assert found == [(2, "far", True)]


def test_picture_files_that_were_asked_for_are_drawn_anew_with_the_page(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # report.html is drawn here too
    refit(home)
    assert not home.pictures.exists()
    (old,) = [path for path in write_pictures(home, "first") if path.stem == "optimum"]
    before = old.read_bytes()
    declare(home, "first", (home.studies / "first.toml").read_text().replace("1e20", "1e21"))
    refit(home)
    assert home.report.stat().st_mtime_ns >= home.published_db.stat().st_mtime_ns
    assert old.read_bytes() != before


def test_a_page_that_other_words_drew_is_drawn_again_and_one_that_these_drew_is_not(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # report.html is drawn here too
    refit(home)
    drawn = home.report.read_bytes()
    refit(home)
    assert home.report.read_bytes() == drawn
    home.report.write_bytes(drawn.replace(stamp(), b"<!-- drawn by older words -->\n"))
    refit(home)
    assert home.report.read_bytes().endswith(stamp())
