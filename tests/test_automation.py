"""What is made again when something upstream has changed, on Dagster's own evaluation of the conditions."""

from collections.abc import Mapping
from typing import Any

import pytest
from dagster import (
    AssetCheckEvaluation,
    AssetKey,
    AssetMaterialization,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    evaluate_automation_conditions,
)
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData
from dagster._core.events import StepMaterializationData
from dagster._core.utils import make_new_run_id

from selection_assets.definitions import ASSETS, defs
from selection_assets.partitions import datasets

CHECKS = defs.resolve_asset_graph().asset_check_keys
EVERY = sorted(key.path[-1] for each in ASSETS for key in each.keys)


class World:
    def __init__(self, instance: DagsterInstance) -> None:
        self.instance = instance
        self.cursor = None

    def make(self, dataset: str, version: str, *assets: str, sound: bool = True) -> None:
        """sound: what the checks say."""
        for asset in assets or EVERY:
            key, run = AssetKey(asset), make_new_run_id()
            self.instance.add_run(DagsterRun(job_name="by hand", run_id=run, asset_selection=frozenset({key})))
            made = AssetMaterialization(asset, partition=dataset, tags={"dagster/data_version": version})
            self._report(DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(made), run)
            (last,) = self.instance.fetch_materializations(key, limit=1).records
            target = AssetCheckEvaluationTargetMaterializationData(
                storage_id=last.storage_id, run_id=run, timestamp=last.timestamp
            )
            for check in (each for each in CHECKS if each.asset_key == key):
                said = AssetCheckEvaluation(
                    asset_key=key,
                    check_name=check.name,
                    passed=sound,
                    metadata={},
                    target_materialization_data=target,
                    partition=dataset,
                    blocking=True,
                )
                self._report(DagsterEventType.ASSET_CHECK_EVALUATION, said, run)

    def _report(self, kind: DagsterEventType, data: Any, run: str) -> None:
        self.instance.report_dagster_event(DagsterEvent(kind.value, job_name="by hand", event_specific_data=data), run)

    def requested(self) -> Mapping[str, set[str]]:
        """By dataset."""
        result = evaluate_automation_conditions(defs, instance=self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        found: dict[str, set[str]] = {}
        for each in result.results:
            for dataset in result.get_requested_partitions(each.key):
                found.setdefault(str(dataset), set()).add(each.key.path[-1])
        return found


@pytest.fixture
def world() -> World:
    made = World(DagsterInstance.ephemeral())
    made.instance.add_dynamic_partitions(str(datasets.name), ["cats", "dogs"])
    for dataset in ("cats", "dogs"):
        made.make(dataset, "1")
    made.requested()
    return made


def test_nothing_follows_where_nothing_changes(world: World) -> None:
    assert world.requested() == {}
    world.make("cats", "1", "embeddings")
    assert world.requested() == {}


def test_all_that_lies_downstream_of_a_change_follows_in_its_dataset_alone(world: World) -> None:
    world.make("cats", "2", "normalized_embeddings")
    assert world.requested() == {
        "cats": {
            "selected_samples",
            "exported_samples",
            "report",
            "plots",
            "datapool",
            "uploaded_pictures",
            "platform_samples",
            "processed_files",
        }
    }


def test_new_datasets_are_not_made(world: World) -> None:
    world.instance.add_dynamic_partitions(str(datasets.name), ["new"])
    assert world.requested() == {}
    world.make("new", "1", "input_samples")
    assert world.requested() == {}


def test_nothing_is_built_on_what_a_blocking_check_of_the_dataset_refuses(world: World) -> None:
    world.make("cats", "2", "embeddings", sound=False)
    world.make("dogs", "2", "embeddings")
    assert set(world.requested()) == {"dogs"}
