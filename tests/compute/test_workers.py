"""Reading, fitting, planning and drawing on workers: the same store and the same page, and progress as tasks end."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_home import make_home

from pipeline.compute import IN_PROCESS, Growing, MapLike, Workers, counted, dashboard, expect, is_local, mapper
from pipeline.home import Home
from pipeline.ingest.load import ahead, frames, taking
from pipeline.ingest.load.ahead import Parsed
from pipeline.refit.refit import refit
from pipeline.refit.steps import Steps
from pipeline.store.warehouse import Warehouse
from tests.ingest.conftest import Dropbox
from tests.operations.history_case import state

ROWS = range(160_000)
MOMENT = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d")
NANOGPT = "step 0: train loss 4.2, val loss 4.3\niter 1: loss 4.1, time 20ms\nstep 250: train loss 2.1, val loss nan\n"
TRAINER = (
    '{"global_step": 9, "log_history": [{"loss": 3.5, "step": 1}, {"loss": 2.5, "step": 9}, {"eval_loss": 2.75, "step": 9}]}'
)


def double(x: int) -> int:
    return 2 * x


@pytest.fixture(scope="module")
def over() -> Iterator[MapLike]:
    """A pool of two processes that the tests share."""
    with mapper("processes:2") as found:
        yield found


def logs() -> Mapping[str, str]:
    """Logs of each way of reading: by a reader, a large table, and such as something is wrong with."""
    good = "run_id,step,metric:loss\n" + "".join(f"a,{i},{5 - i / 1e6:.15f}\n" for i in ROWS)
    lines = "".join(f'{{"run_id": "b", "step": {i}, "metric:loss": {5 - i / 1e6}, "note": "{"n" * 20}"}}\n' for i in ROWS)
    refused = good.replace("a,77,4.999923000000000\n", "c,77,-1\n")
    cut = good.replace("a,99,4.999901000000000\n", "d,99,1,2,3\n").replace("a,", "d,")
    return {
        "run7.log": NANOGPT,
        "hf/trainer_state.json": TRAINER,
        "broken/trainer_state.json": TRAINER[:-40],
        "lines.measurements.jsonl": lines,
        "refused.measurements.csv": refused + "a,159999,4.840001000000000\n",
        "cut.measurements.csv": cut,
        "small.measurements.csv": "run_id,step,metric:loss\ne,1,2.5\n",
    }


def test_what_workers_read_is_what_one_process_reads(tmp_path: Path, over: MapLike, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[Parsed] = []
    for place, name in ((taking, "streamed_by_worker"), (frames, "tables_by_worker")):
        real = getattr(ahead, name)
        monkeypatch.setattr(place, name, lambda *given, real=real: (used.append(given[-1]), real(*given))[1])
    boxes = [Dropbox(tmp_path / "here"), Dropbox(tmp_path / "there")]
    for box, where in zip(boxes, (IN_PROCESS, over), strict=True):
        for name, text in logs().items():
            box.drop(name, text)
        box.ingest(over=where)
    here, there = (state(box) for box in boxes)
    assert there == here
    assert len(used) == 4  # two logs of a reader, two large tables; the others the loader reads
    assert not list((boxes[1].home.root / "tmp").rglob("*.parquet"))


def test_files_that_workers_left_behind_when_all_was_killed_are_removed(tmp_path: Path, over: MapLike) -> None:
    box = Dropbox(tmp_path / "home")
    left = box.home.root / "tmp" / "parsed" / "half.parquet"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    box.drop("run7.log", NANOGPT)
    box.ingest(over=over)
    assert not left.exists()
    assert box.rows("SELECT count(*) FROM measurements") == [(4,)]  # of five values one is NaN


def test_a_log_that_the_workers_cannot_see_is_read_by_the_loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Dropbox(tmp_path / "home")
    box.drop("run7.log", NANOGPT)
    nowhere = Parsed({"measurements": tmp_path / "not" / "here.parquet"})
    monkeypatch.setattr(ahead, "parse", lambda _task, _folder: nowhere)
    box.ingest(over=Workers(lambda function, lists: enumerate(map(function, *lists))))
    assert box.rows("SELECT count(*) FROM measurements") == [(4,)]  # of five values one is NaN


def published(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """Every stored table of the published file, without the moments at which things were done."""
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        kept = connection.execute(
            """SELECT table_name, list(column_name) FROM duckdb_columns() JOIN duckdb_tables() USING (table_name)
            WHERE data_type NOT LIKE 'TIMESTAMP%' AND column_name NOT IN ('seconds', 'source_uri') GROUP BY 1"""
        ).fetchall()
        columns = {table: ", ".join(f'"{name}"' for name in sorted(names)) for table, names in kept}
        return {t: connection.execute(f'SELECT {names} FROM "{t}" ORDER BY ALL').fetchall() for t, names in columns.items()}


def test_a_whole_refit_on_workers_publishes_and_draws_the_same_to_the_bit(tmp_path: Path, over: MapLike) -> None:
    here, there = (make_home(tmp_path / name, "first") for name in ("here", "there"))
    heard: list[str] = []
    assert refit(here).exit_code == 0
    assert refit(there, map=over, progress=heard.append).exit_code == 0
    assert published(there) == published(here)
    drawn = [[path.read_bytes() for path in (home.root / "report").glob("*.section")] for home in (here, there)]
    sections = [[MOMENT.sub(b"", section) for section in each] for each in drawn]
    assert len(sections[0]) == 1
    assert sections[1] == sections[0]
    for stage in ("fitting first, 1 fit: 1 of 1 done", "planning first, questions", "drawing studies: 1 of 1 done"):
        assert any(line.startswith(stage) for line in heard)


def test_short_work_starts_no_pool() -> None:
    grown = Growing(lambda: pytest.fail("a pool was started"))
    assert list(grown(double, range(5))) == [0, 2, 4, 6, 8]


def test_long_work_goes_on_over_the_pool_in_the_same_order(over: MapLike, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.compute.LONG", 0.0)
    begun: list[MapLike] = []
    grown = Growing(lambda: (begun.append(over), over)[1])
    assert [list(grown(double, range(5))) for _ in range(2)] == [[0, 2, 4, 6, 8]] * 2
    assert begun == [over]


ASIDE = Workers(lambda function, lists: iter([(0, function(*(each[0] for each in lists)))]))
"""Stands for a pool of one process: it does one task, in the thread that hands it on."""


def test_this_process_works_while_the_pool_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.compute.LONG", 0.0)
    together = threading.Barrier(2, timeout=60)  # no task ends before another one has begun elsewhere
    found = list(Growing(lambda: ASIDE)(lambda _: (together.wait(), threading.get_ident())[1], range(6)))
    assert found.count(threading.get_ident()) == 3
    assert len(set(found)) == 2


def test_what_the_pool_has_ended_is_handed_on_before_this_process_has_done_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.compute.LONG", 0.0)
    here, calls, second, release = threading.get_ident(), [], threading.Event(), threading.Event()

    def task(place: int) -> int:
        calls.append(threading.get_ident())
        if place == 0:
            assert second.wait(60)  # the pool has ended its first task, and is at its second
        if place == 2:
            second.set()
            assert release.wait(60)
        return place

    results = iter(Growing(lambda: ASIDE)(task, range(4)))
    assert [next(results), next(results)] == [0, 1]
    assert calls.count(here) == 1
    release.set()
    assert list(results) == [2, 3]


@pytest.mark.parametrize("bad", range(4))
def test_what_a_task_raises_is_raised_wherever_it_ran(bad: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.compute.LONG", 0.0)
    with pytest.raises(ZeroDivisionError):
        list(Growing(lambda: ASIDE)(lambda k: 1 / (k - bad), range(4)))


def test_the_last_task_stays_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.compute.LONG", 0.0)
    assert list(Growing(lambda: pytest.fail("a pool was started"))(double, [21])) == [42]


@pytest.mark.parametrize("long", [0.0, 1e9], ids=["over a pool", "here"])
def test_logs_are_read_ahead_only_where_a_pool_pays(long: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.compute.LONG", long)
    with mapper("auto") as found:
        assert is_local(found) is (long > 0)


@pytest.mark.parametrize("where", ["here", "there"])
def test_progress_counts_tasks_as_they_end(where: str, over: MapLike) -> None:
    heard: list[str] = []
    assert list(counted(IN_PROCESS if where == "here" else over, heard.append, "doubling")(double, [1, 2, 3])) == [2, 4, 6]
    assert heard == [f"doubling: {n} of 3 done" for n in (1, 2, 3)]


def test_work_of_one_process_has_no_dashboard(over: MapLike) -> None:
    assert dashboard(IN_PROCESS) is None
    assert dashboard(over) is None


def test_an_ingest_by_workers_that_repeats_takes_nothing_twice(tmp_path: Path, over: MapLike) -> None:
    box = Dropbox(tmp_path / "home")
    box.drop("run7.log", NANOGPT)
    box.ingest(over=over)
    assert box.ingest(over=over).files == 0


def test_a_pool_that_is_expected_starts_at_once_and_helps_when_it_has_loaded_what_tasks_need() -> None:
    loaded, given = threading.Event(), list[object]()

    def start(function: Callable[..., Any], lists: Sequence[Sequence[Any]]) -> Iterator[tuple[int, Any]]:
        given.append(lists)
        return ((place, (function(*each), loaded.set())[0]) for place, each in enumerate(zip(*lists, strict=True)))

    grown = Growing(lambda: Workers(start), beside=2)
    assert is_local(grown)
    expect(grown, "pipeline.refit.ahead")
    assert given == [[["pipeline.refit.ahead"] * 2]]
    assert loaded.wait(60)
    grown.loading.join(60)
    assert not is_local(grown)


@pytest.mark.parametrize(("studies", "fitted", "long"), [(2, False, False), (3, False, True), (3, True, False)])
def test_a_first_refit_of_several_studies_expects_long_work(
    studies: int, fitted: bool, long: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, asked = make_home(tmp_path / "home", *"abc"[:studies]), list[str]()
    monkeypatch.setattr("pipeline.refit.steps.expect", lambda _over, module: asked.append(module))
    with Warehouse(home) as warehouse:
        if fitted:
            warehouse.connection.execute("INSERT INTO studies (study) VALUES ('a')")
        Steps(home, warehouse).take()
    assert asked == ["pipeline.refit.ahead"] * long
