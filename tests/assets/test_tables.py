"""Planning tables, families of laws and studies as Dagster's users look for them: described, owned, counted, red where broken."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from small_home import STUDY, declare, make_home, run_rows, write_runs

from assets.checks import study_is_fitted
from assets.definitions import defs
from assets.fits import fits
from assets.plans import plans
from assets.resources import Lawbook
from assets.runs import ingest, observations
from assets.tables import PLANNING_TABLES
from pipeline.home import Home
from pipeline.laws.families import families
from pipeline.planning import PLANS
from pipeline.schema import TABLES


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, dg.DagsterInstance]]:
    """A home whose two studies were fitted and planned by Dagster, one of them broken afterwards."""
    home = make_home(tmp_path_factory.mktemp("tables") / "home", "first", "second")
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path_factory.mktemp("instance"))) as instance:
        materialise(home, instance, "first", "second")
        write_runs(home.inbox / "lab" / "bytes", [{**run_rows("second")[0], "run_id": "b", "data_unit": "byte"}])
        materialise(home, instance, "second", "second")
        yield home, instance


def materialise(home: Home, instance: dg.DagsterInstance, first: str, last: str) -> None:
    """Ingest, fits with their checks, plans, for a range of studies."""
    resources = {"lawbook": Lawbook(home=str(home.root))}
    dg.materialize([ingest], instance=instance, resources=resources)
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    for assets in ([observations, fits, study_is_fitted], [plans]):
        chosen = [asset for asset in assets if not isinstance(asset, dg.AssetSpec)]
        dg.materialize(chosen, instance=instance, resources=resources, tags=tags)


def newest(instance: dg.DagsterInstance, asset: str, partition: str) -> dg.AssetMaterialization:
    """The newest materialisation of a partition."""
    wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset), asset_partitions=[partition])
    found = instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
    assert found is not None
    return found


def test_every_planning_table_is_an_asset_with_its_question_and_columns() -> None:
    specs = {spec.key.to_user_string(): spec for spec in PLANNING_TABLES}
    assert set(specs) == set(PLANS)
    for name, spec in specs.items():
        assert PLANS[name].question in (spec.description or "")
        assert [c.name for c in spec.metadata["dagster/column_schema"].columns] == list(TABLES[name].names)


def test_every_asset_has_owners_kinds_tags_and_words() -> None:
    for spec in defs.resolve_all_asset_specs():
        assert spec.owners, spec.key
        assert spec.kinds, spec.key
        assert spec.tags, spec.key
        assert spec.description, spec.key


def test_no_group_has_the_name_of_an_asset() -> None:
    specs = list(defs.resolve_all_asset_specs())
    assert not {spec.group_name for spec in specs} & {spec.key.to_user_string() for spec in specs}


def test_every_rival_of_the_law_book_is_named_by_its_family() -> None:
    specs = {spec.key.to_user_string(): spec.description or "" for spec in defs.resolve_all_asset_specs()}
    for family, rivals in families().items():
        assert all(f"`{law.name}`" in specs[f"family_{family}"] for law in rivals)


def test_a_planned_study_is_a_partition_of_the_table_with_its_optimum(worked: tuple[Home, dg.DagsterInstance]) -> None:
    metadata = newest(worked[1], "plan_compute_optimal", "first").metadata
    assert metadata["dagster/row_count"].value > 0
    assert 0 < metadata["params_low"].value <= metadata["params"].value <= metadata["params_high"].value
    assert 0 < metadata["loss"].value < 10


def test_a_table_that_a_study_cannot_fill_has_no_partition_of_it(worked: tuple[Home, dg.DagsterInstance]) -> None:
    assert not worked[1].fetch_materializations(dg.AssetKey("plan_filtering"), limit=1).records


def test_fits_of_a_study_are_reported_under_the_family_of_their_law(worked: tuple[Home, dg.DagsterInstance]) -> None:
    metadata = newest(worked[1], "family_size_and_data", "first").metadata
    assert metadata["dagster/row_count"].value > 0
    assert any(key.endswith(": rmse") for key in metadata)


def test_the_same_plan_made_again_keeps_the_version_of_its_table(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "first")
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance:
        materialise(home, instance, "first", "first")
        before = newest(instance, "plan_compute_optimal", "first").tags["dagster/data_version"]
        materialise(home, instance, "first", "first")
        assert newest(instance, "plan_compute_optimal", "first").tags["dagster/data_version"] == before


def test_a_broken_study_is_red_and_its_partition_shows_the_failure(worked: tuple[Home, dg.DagsterInstance]) -> None:
    home, instance = worked
    assert "byte" in str(newest(instance, "fits", "second").metadata["failure"].value)
    with dg.DagsterInstance.ephemeral() as other:
        other.add_dynamic_partitions("study", ["first", "second"])
        passed = {name: check_of(home, other, name) for name in ("first", "second")}
    assert passed == {"first": True, "second": False}


def test_a_study_that_is_not_valid_is_a_red_partition_with_all_its_errors(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "first")
    declare(home, "third", STUDY.replace('"chinchilla"', '"chinchila"').replace("dataset =", "datset ="))
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance:
        materialise(home, instance, "first", "third")
        assert instance.get_dynamic_partitions("study") == ["first", "third"]
        failure = str(newest(instance, "fits", "third").metadata["failure"].value)
        assert "no column 'datset'" in failure
        assert "'chinchila' is no law" in failure
        assert not check_of(home, instance, "third")
        before = newest(instance, "observations", "third").tags["dagster/data_version"]
        declare(home, "third", STUDY.replace("dataset =", "datset ="))
        materialise(home, instance, "first", "third")
        assert newest(instance, "observations", "third").tags["dagster/data_version"] != before


def check_of(home: Home, instance: dg.DagsterInstance, name: str) -> bool:
    """Whether the check of one study passes."""
    resources = {"lawbook": Lawbook(home=str(home.root))}
    done = dg.materialize([fits, study_is_fitted], instance=instance, resources=resources, partition_key=name)
    return all(found.passed for found in done.get_asset_check_evaluations())
