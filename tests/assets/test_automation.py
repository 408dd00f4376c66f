"""The condition `changed`, event by event: what makes a refit due in the daemon, and what does not."""

from dataclasses import dataclass, field

import dagster as dg
import pytest

from assets.automation import changed

study = dg.DynamicPartitionsDefinition(name="study")


@dataclass
class Small:
    """The graph's shape with assets that do nothing: observations -> fits -> plans, all by study, under the real condition."""

    instance: dg.DagsterInstance
    law: str = "1"
    cursor: object = None
    parameters: dict[str, str] = field(default_factory=dict)

    def definitions(self) -> dg.Definitions:
        observations = dg.AssetSpec("observations", partitions_def=study)

        @dg.asset(deps=[observations], partitions_def=study, automation_condition=changed, code_version=self.law)
        def fits(context: dg.AssetExecutionContext) -> None:
            version = self.parameters.get(context.partition_key, "same")
            tags = {"dagster/data_version": version, "dagster/data_version_is_user_provided": "true"}
            context.log_event(dg.AssetMaterialization("parameters", partition=context.partition_key, tags=tags))

        parameters = dg.AssetSpec("parameters", partitions_def=study, deps=[fits])

        @dg.asset(deps=[parameters], partitions_def=study, automation_condition=changed)
        def plans() -> None: ...

        return dg.Definitions(assets=[observations, fits, parameters, plans])

    def ingest(self, name: str, digest: str) -> None:
        """What the ingest asset reports of one study."""
        self.instance.add_dynamic_partitions("study", [name])
        tags = {"dagster/data_version": digest, "dagster/data_version_is_user_provided": "true"}
        self.instance.report_runless_asset_event(dg.AssetMaterialization("observations", partition=name, tags=tags))

    def tick(self) -> list[str]:
        """One look of the automation sensor; what it asks for is run. Returns asset[partition] in order."""
        definitions = self.definitions()
        found = dg.evaluate_automation_conditions(defs=definitions, instance=self.instance, cursor=self.cursor)
        self.cursor = found.cursor
        asked = [
            f"{name}[{partition}]"
            for name in ("fits", "plans")
            for partition in sorted(found.get_requested_partitions(dg.AssetKey(name)))
        ]
        for entry in asked:
            name, partition = entry.rstrip("]").split("[")
            selected = definitions.resolve_asset_graph().get(dg.AssetKey(name)).assets_def
            dg.materialize([selected], instance=self.instance, partition_key=partition)
        return asked

    def settle(self) -> list[str]:
        """Ticks until nothing is asked for."""
        asked: list[str] = []
        for _ in range(6):
            new = self.tick()
            if not new:
                return asked
            asked += new
        raise AssertionError(f"it never settles: {asked}")


@pytest.fixture
def graph() -> Small:
    return Small(dg.DagsterInstance.ephemeral())


def test_partition_present_before_the_first_tick_is_fitted_then_planned(graph: Small) -> None:
    graph.ingest("a", "1")
    assert graph.settle() == ["fits[a]", "plans[a]"]


def test_new_study_is_fitted_then_planned(graph: Small) -> None:
    graph.tick()
    graph.ingest("a", "1")
    assert graph.settle() == ["fits[a]", "plans[a]"]


def test_ingest_with_the_same_rows_asks_for_nothing(graph: Small) -> None:
    graph.ingest("a", "1")
    graph.settle()
    graph.ingest("a", "1")
    assert graph.settle() == []


def test_new_rows_of_one_study_refit_it_alone(graph: Small) -> None:
    graph.ingest("a", "1")
    graph.ingest("b", "1")
    graph.settle()
    graph.parameters["a"] = "moved"
    graph.ingest("a", "2")
    graph.ingest("b", "1")
    assert graph.settle() == ["fits[a]", "plans[a]"]


def test_refit_that_changes_no_parameter_moves_no_plan(graph: Small) -> None:
    graph.ingest("a", "1")
    graph.settle()
    graph.ingest("a", "2")
    assert graph.settle() == ["fits[a]"]


def test_changed_law_refits_and_plans_anew(graph: Small) -> None:
    graph.ingest("a", "1")
    graph.settle()
    graph.law, graph.parameters["a"] = "2", "moved"
    assert graph.settle() == ["fits[a]", "plans[a]"]


def test_nothing_is_asked_for_before_there_is_data(graph: Small) -> None:
    assert graph.settle() == []


def test_condition_is_named() -> None:
    assert changed.get_label() == "changed"
