"""`lawbook finish RUN`: a person says that a run is finished, where its log never does."""

import pytest
from small_home import run_rows, write_runs

from pipeline.cli.main import main
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.store.warehouse import Warehouse


def running(home: Home) -> str:
    write_runs(home.inbox / "lab" / "one", [{**run_rows("first")[0], "run_id": "one", "status": "running"}])
    ingest(home)
    return "lab/one"


def finals(home: Home) -> list[tuple[object, ...]]:
    query = "SELECT status, final FROM runs JOIN measurements USING (run_key) WHERE run_id = 'one'"
    with Warehouse(home) as warehouse:
        return warehouse.connection.execute(query).fetchall()


def test_a_run_that_a_person_calls_finished_is_so_and_has_a_final_value(fresh_home: Home) -> None:
    run = running(fresh_home)
    before = finals(fresh_home)
    assert main(["--home", str(fresh_home.root), "finish", run]) == 0
    assert (before, finals(fresh_home)) == ([("running", False)], [("finished", True)])


def test_only_a_running_run_can_be_called_finished(fresh_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    run = running(fresh_home)
    assert [main(["--home", str(fresh_home.root), "finish", run]) for _ in range(2)] == [0, 1]
    assert "lab/one is finished; only a run that is running" in capsys.readouterr().err
