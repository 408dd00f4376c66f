"""A pool is one of a data set: another one of the same name in another data set has its own size."""

from pipeline.store.warehouse import Warehouse
from pipeline.study.observations import observations
from tests.ingest.conftest import Dropbox
from tests.study.runs_in_store import a_study

POOLS = "pool,dataset,data_unique,quality_rank\n"
RUNS = "run_id,dataset,pool,params,data_seen,metric:loss\na,one,best,1e6,2e7,3.5\nb,two,best,1e6,2e7,3.4\n"


def sizes(box: Dropbox) -> list[tuple[object, ...]]:
    with Warehouse(box.home) as store:
        frame = observations(store.connection, a_study(metric="loss", runs="true"))
    parts = frame.select("run_id", "data_unique", "members").sort("run_id").to_dicts()
    return [(row["run_id"], row["data_unique"], [part["size"] for part in row["members"]]) for row in parts]


def test_runs_of_two_datasets_have_the_pools_of_their_own(box: Dropbox) -> None:
    box.drop("p.pools.csv", f"{POOLS}best,one,1000,1\nbest,two,9000,2\n")
    box.drop("r.runs.csv", RUNS)
    box.ingest()
    assert sizes(box) == [("a", 1000, [1000]), ("b", 9000, [9000])]


def test_a_pool_of_another_dataset_that_comes_later_replaces_none(box: Dropbox) -> None:
    box.drop("r.runs.csv", RUNS)
    for dataset, size in (("one", 1000), ("two", 9000)):
        box.drop(f"{dataset}.pools.csv", f"{POOLS}best,{dataset},{size},1\n")
        box.ingest()
    assert sizes(box) == [("a", 1000, [1000]), ("b", 9000, [9000])]


def test_a_declaration_without_a_dataset_holds_where_there_is_no_other(box: Dropbox) -> None:
    box.drop("p.pools.csv", f"{POOLS}best,one,1000,1\nbest,,5000,1\n")
    box.drop("r.runs.csv", RUNS)
    box.ingest()
    assert sizes(box) == [("a", 1000, [1000]), ("b", 5000, [5000])]


def test_members_of_a_union_have_the_sizes_of_the_runs_dataset(box: Dropbox) -> None:
    box.drop("p.pools.csv", f"{POOLS}x,one,1000,1\nx,two,9000,1\n")
    box.drop("m.pool_members.csv", "pool,member,share,data_unique\nbest,x,1.0,500\n")
    box.drop("r.runs.csv", RUNS)
    box.ingest()
    assert sizes(box) == [("a", 500, [1000]), ("b", 500, [9000])]


def test_a_pool_that_is_declared_anew_has_its_new_size(box: Dropbox) -> None:
    box.drop("r.runs.csv", RUNS)
    for size in (1000, 2000):
        box.drop("one.pools.csv", f"{POOLS}best,one,{size},1\nbest,two,9000,1\n")
        box.ingest()
    assert sizes(box) == [("a", 2000, [2000]), ("b", 9000, [9000])]
