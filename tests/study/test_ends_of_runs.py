"""A last value stands for the end of its run only where it lies there: diverged runs and short curves are left out by name."""

import polars as pl
import pytest

from pipeline.home import Home
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Study
from pipeline.study.observations import observations
from tests.ingest.conftest import Dropbox

RUN = "run_id,status,data_seen,params\na,{},2e7,1e6\n"
HEAD = "run_id,metric,split,step,value\n"


def seen(box: Dropbox, points: str, status: str = "finished", **changes: object) -> pl.DataFrame:
    """The observations of one run with these points."""
    box.drop("a.runs.csv", RUN.format(status))
    box.drop("a.measurements.csv", HEAD + points)
    box.ingest()
    given = {"study": "s", "runs": "true", "metric": "loss", "split": "validation", "laws": ("chinchilla",), **changes}
    with Warehouse(Home.open(box.home.root)) as warehouse:
        return observations(warehouse.connection, Study(**given))


def points(values: dict[int, object], metric: str = "loss", split: str = "validation") -> str:
    return "".join(f"a,{metric},{split},{step},{value}\n" for step, value in values.items())


def test_a_run_whose_last_values_are_not_finite_diverged(box: Dropbox) -> None:
    frame = seen(box, points({0: 4.0, 100: 3.5, 200: 3.2, 300: "nan", 400: "nan"}))
    assert frame.select("used", "reason").rows() == [(False, "diverged")]


def test_a_run_that_came_back_from_a_value_that_is_not_finite_did_not(box: Dropbox) -> None:
    frame = seen(box, points({100: 3.5, 200: "nan", 300: 3.0}))
    assert frame.select("used", "data_seen").rows() == [(True, 2e7)]


@pytest.mark.parametrize(("last", "reason"), [(900, None), (400, "no value near its end")])
def test_a_value_stands_at_the_data_of_its_own_step(box: Dropbox, last: int, reason: str | None) -> None:
    train = points({1000: 3.0}, split="train")
    frame = seen(box, train + points({step: 4 - step / 1000 for step in range(100, last + 1, 100)}))
    assert frame.select("data_seen", "reason").rows() == [(2e7 * last / 1000, reason)]


def test_a_running_run_that_the_study_calls_finished_is_fitted(box: Dropbox) -> None:
    treated = {"treat_running_as": {"status": "finished", "after": "data_seen >= 1e7"}}
    frame = seen(box, points({100: 3.5, 200: 3.2}), "running", **treated)
    assert frame.select("used", "final").rows() == [(True, True)]
