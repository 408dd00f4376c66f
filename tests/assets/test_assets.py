"""The assets on a small home: one direction, the same work as the command line, checks that see what is wrong."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from planted import plant_worse_optimum
from small_home import run_rows, write_runs

from assets.checks import CHECKS, study_is_fitted
from assets.definitions import defs
from assets.fits import fits
from assets.forecasts import forecasts
from assets.plans import plans
from assets.publish import audit, published
from assets.resources import Lawbook
from assets.runs import ingest
from pipeline.home import Home
from pipeline.refit.refit import refit


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance in memory whose files go with the test."""
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as made:
        yield made


def run(home: Home, instance: dg.DagsterInstance, *names: str) -> dg.ExecuteInProcessResult:
    """Ingest, then the partitioned assets for the named studies, then publishing."""
    resources = {"lawbook": Lawbook(home=str(home.root))}
    done = dg.materialize([ingest], instance=instance, resources=resources)
    tags = {"dagster/asset_partition_range_start": names[0], "dagster/asset_partition_range_end": names[-1]}
    for asset in (fits, forecasts, plans):
        dg.materialize([asset], instance=instance, resources=resources, tags=tags)
    dg.materialize([published], instance=instance, resources=resources)
    return done


def version(instance: dg.DagsterInstance, asset: str, partition: str) -> str:
    """The newest data version of a partition."""
    event = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset), asset_partitions=[partition]), limit=1
    ).records[0]
    return str(event.asset_materialization.tags["dagster/data_version"])


def test_assets_publish_the_plan_that_the_command_line_publishes(home: Home, instance: dg.DagsterInstance) -> None:
    run(home, instance, "first", "second")
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        plan = connection.execute("SELECT study, flops, params, params_low FROM best_compute_optimal ORDER BY ALL").fetchall()
    assert {row[0] for row in plan} == {"first", "second"}
    assert refit(home).refitted == []


def test_ingest_reports_one_partition_a_study(home: Home, instance: dg.DagsterInstance) -> None:
    run(home, instance, "first", "second")
    assert sorted(instance.get_dynamic_partitions("study")) == ["first", "second"]


def test_new_run_changes_the_version_of_its_study_alone(home: Home, instance: dg.DagsterInstance) -> None:
    resources = {"lawbook": Lawbook(home=str(home.root))}
    dg.materialize([ingest], instance=instance, resources=resources)
    before = {name: version(instance, "observations", name) for name in ("first", "second")}
    write_runs(home.inbox / "lab" / "more", [{**run_rows("second")[0], "run_id": "second-new", "params": 2e9}])
    dg.materialize([ingest], instance=instance, resources=resources)
    after = {name: version(instance, "observations", name) for name in ("first", "second")}
    assert after["first"] == before["first"]
    assert after["second"] != before["second"]


@pytest.mark.parametrize("asset", [ingest, audit], ids=["ingest", "audit"])
def test_work_that_takes_long_says_in_dagster_what_it_is_doing(
    fresh_home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, asset: dg.AssetsDefinition
) -> None:
    monkeypatch.setattr("pipeline.progress.EVERY", 0.001)
    done = dg.materialize([asset], instance=instance, resources={"lawbook": Lawbook(home=str(fresh_home.root))})
    said = [entry.user_message for entry in instance.all_logs(done.run_id)]
    word = {"ingest": "reading ", "audit": "compacting "}[asset.key.to_user_string()]
    assert any(message.startswith(word) and "s since the start" in message for message in said)


def test_work_that_is_done_soon_says_nothing_in_dagster(fresh_home: Home, instance: dg.DagsterInstance) -> None:
    done = dg.materialize([audit], instance=instance, resources={"lawbook": Lawbook(home=str(fresh_home.root))})
    assert not [entry for entry in instance.all_logs(done.run_id) if "since the start" in (entry.user_message or "")]


def test_vanished_study_leaves_the_partitions(home: Home, instance: dg.DagsterInstance) -> None:
    run(home, instance, "first", "second")
    (home.studies / "second.toml").unlink()
    dg.materialize([ingest], instance=instance, resources={"lawbook": Lawbook(home=str(home.root))})
    assert instance.get_dynamic_partitions("study") == ["first"]


def test_graph_runs_in_one_direction() -> None:
    graph = defs.resolve_asset_graph()
    order = [key.to_user_string() for level in graph.toposorted_asset_keys_by_level for key in level]
    chain = ["ingest", "observations", "fits", "parameters", "plans", "published"]
    assert [name for name in order if name in chain] == chain


def test_row_counts_and_column_schemas_are_metadata(home: Home, instance: dg.DagsterInstance) -> None:
    done = run(home, instance, "first", "second")
    metadata = done.asset_materializations_for_node("ingest")[-1].metadata
    assert metadata["dagster/row_count"].value == 2 * len(run_rows("first"))
    assert "dagster/column_schema" in ingest.metadata_by_key[ingest.key]


WHOLE = [check for check in CHECKS if check is not study_is_fitted]  # that one asks by study: test_tables.py


@pytest.mark.parametrize("check", WHOLE, ids=lambda check: next(iter(check.check_keys)).name)
def test_checks_pass_on_a_good_home(home: Home, check: dg.AssetChecksDefinition) -> None:
    result = check(lawbook=Lawbook(home=str(home.root)))
    assert result.passed, result.metadata


def test_failed_study_is_an_error_of_its_check_and_the_message_names_it(home: Home) -> None:
    write_runs(home.inbox / "lab" / "bytes", [{**run_rows("first")[0], "run_id": "b", "data_unit": "byte"}])
    refit(home)
    grades = next(check for check in CHECKS if next(iter(check.check_keys)).name == "grades")
    result = grades(lawbook=Lawbook(home=str(home.root)))
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.ERROR
    assert "study first" in result.metadata["findings"].value


def test_audit_searches_every_study_and_compacts(home: Home) -> None:
    metadata = audit(dg.build_asset_context(), lawbook=Lawbook(home=str(home.root))).metadata
    assert metadata["studies"] == 2
    assert metadata["bytes of work.duckdb"] > 0


def test_audit_that_replaces_a_fit_moves_the_version_of_its_parameters_alone_and_its_check_warns(
    home: Home, instance: dg.DagsterInstance
) -> None:
    run(home, instance, "first", "second")
    dg.materialize([audit], instance=instance, resources={"lawbook": Lawbook(home=str(home.root))})
    before = {name: version(instance, "parameters", name) for name in ("first", "second")}
    plant_worse_optimum(home, "first", alpha=0.6)
    dg.materialize([audit], instance=instance, resources={"lawbook": Lawbook(home=str(home.root))})
    after = {name: version(instance, "parameters", name) for name in ("first", "second")}
    assert after["first"] != before["first"]
    assert after["second"] == before["second"]
    found_again = next(check for check in CHECKS if next(iter(check.check_keys)).name == "found_again")
    result = found_again(lawbook=Lawbook(home=str(home.root)))
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "audit in first" in result.metadata["findings"].value


def test_nightly_job_ingests_and_audits() -> None:
    keys = defs.resolve_job_def("nightly").asset_layer.executable_asset_keys
    assert {key.to_user_string() for key in keys} == {"ingest", "audit"}
