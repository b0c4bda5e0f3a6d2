from pathlib import Path

import pytest
from dagster import AssetCheckKey, AssetKey, DagsterInstance, SkipReason, build_sensor_context

from resources.dataset_settings import store_settings, stored_settings
from selection_assets.partitions import datasets
from selection_assets.sensors import _say_late, deleted_datasets


def test_files_go_with_their_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    settings = {"selected_samples": {"seed": 7}}
    for name in ("a", "b", "c"):
        store_settings(name, settings)
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(str(datasets.name), ["b"])
        said = [deleted_datasets(build_sensor_context(instance)) for _ in range(2)]
    assert [each.skip_message for each in said if isinstance(each, SkipReason)] == [
        "removed the files of a, c",
        "every dataset has its partition",
    ]
    assert stored_settings("b") == settings
    assert not stored_settings("a") and not stored_settings("c")


def test_a_dataset_that_waits_is_said_as_a_check_of_its_partition_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with DagsterInstance.ephemeral() as instance:
        for reason in ("no answer", "failed: n_samples=0"):
            _say_late(instance, "cats", reason)
        key = AssetCheckKey(AssetKey("processed_files"), "up_to_date")
        history = instance.event_log_storage.get_asset_check_execution_history(key, limit=5)
        said = [each.evaluation for each in history if each.evaluation]
    assert [(each.partition, each.passed, each.metadata["reason"].value) for each in said] == [
        ("cats", False, "failed: n_samples=0"),
        ("cats", False, "no answer"),
    ]
