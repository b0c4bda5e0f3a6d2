from pathlib import Path

import pytest
from dagster import DagsterInstance, SkipReason, build_sensor_context

from resources.dataset_settings import store_settings, stored_settings
from selection_assets.partitions import datasets
from selection_assets.sensors import deleted_datasets


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
