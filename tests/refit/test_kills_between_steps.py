"""SIGKILL between every two steps of a refit: the last published plan answers, and the next start completes the work."""

import signal

import duckdb
import pytest
from killed_refit import STEPS, killed_refit
from small_home import run_rows, write_runs

from pipeline.home import Home
from pipeline.refit.refit import refit
from tests.forked import started


def one_more(home: Home, number: int) -> None:
    """A new run of the first study: the refit after it has every step to do."""
    write_runs(
        home.inbox / "lab" / f"new-{number}", [{**run_rows("first")[0], "run_id": f"new-{number}", "params": 2e9 + number}]
    )


def refitted(home: Home, last: int | str, *, audit: bool = False) -> int | None:
    """The exit code of a refit in a process of its own, killed after its step number `last` or the first of that name.

    0 lets it end: then its steps are in the file `steps` beside the home.
    """
    process = started(killed_refit, home.root, str(last), audit, home.root.with_name("steps"))
    process.join()
    return process.exitcode


def counted(home: Home) -> tuple[int, int]:
    """Published runs and plan rows."""
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        query = "SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM best_compute_optimal)"
        (row,) = connection.execute(query).fetchall()
    return row


def killed_after(home: Home, last: int | str, number: int = 1, *, audit: bool = False) -> bool:
    """Kills a refit after one step; what is published answers, and the next start has everything. False where it had ended."""
    before = counted(home)
    one_more(home, number)
    code = refitted(home, last, audit=audit)
    assert code in (0, -signal.SIGKILL)
    runs, plans = counted(home)
    assert plans == before[1]
    assert runs in (before[0], before[0] + 1)
    report = refit(home)
    assert report.exit_code == 0, (report.errors, report.failed)
    assert counted(home) == (before[0] + 1, before[1])
    return code == -signal.SIGKILL


@pytest.mark.slow
def test_refit_killed_after_any_step_keeps_the_plan_and_completes_at_the_next_start(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # report.html is drawn here too
    one_more(home, 1000)
    refitted(home, 0)  # draws what is drawn once and kept, so that the refits after it have the same steps
    one_more(home, 0)
    assert refitted(home, 0) == 0
    steps = home.root.with_name("steps").read_text().split()
    assert set(steps) >= {step.rpartition(".")[2] for step in STEPS}
    for number in range(1, len(steps) + 1):
        assert killed_after(home, number, number), steps[number - 1]
        assert home.report.stat().st_mtime_ns >= home.published_db.stat().st_mtime_ns


@pytest.mark.parametrize("step", ["ingest", "run_job", "fit_study", "forecast_study", "plan_study", "build", "publish"])
def test_refit_killed_after_a_stage_keeps_the_plan_and_completes_at_the_next_start(home: Home, step: str) -> None:
    assert killed_after(home, step)


@pytest.mark.parametrize("step", ["learn", "audit_study", "compact"])
def test_audit_killed_after_a_step_keeps_the_plan_and_completes_at_the_next_start(home: Home, step: str) -> None:
    assert killed_after(home, step, audit=True)
    again = refit(home, audit=True)
    assert (again.exit_code, sorted(again.audited), again.refitted) == (0, ["first", "second"], [])
