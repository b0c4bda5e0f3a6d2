"""Predictions, metadata configs, embeddings, and where samples lie."""

from pathlib import Path

import pytest
from sqlalchemy import insert

from resources.catalog.database import catalog_transaction
from resources.catalog.platform_schema import DATASOURCES
from resources.platform.datasets import PlatformDataset
from resources.platform.embeddings import (
    add_embedding,
    embeddings_of,
    expect_embedding,
    find_embedding,
    mark_processed,
)
from resources.platform.errors import PlatformError
from resources.platform.full_paths import input_path
from resources.platform.metadata_configs import metadata_configs, store_metadata_config
from resources.platform.predictions import prediction_tasks, predictions_of, store_predictions, store_task


def test_predictions_are_replaced_by_sample_and_task(dataset: PlatformDataset, other: PlatformDataset) -> None:
    id = store_task(dataset.id, {"name": "boxes", "type": "OBJECT_DETECTION", "categories": []})
    changed = {"name": "boxes", "type": "CLASSIFICATION", "categories": [{"id": 1, "name": "\0ä"}]}
    assert store_task(dataset.id, changed) == id and prediction_tasks(dataset.id) == {"boxes": changed}
    assert prediction_tasks(other.id) == {}
    store_predictions(dataset.id, 3, {"boxes": [{"score": 0.5}], "masks": [{"a": 1}, {"a": 2}]})
    store_predictions(dataset.id, 3, {"boxes": []})
    store_predictions(dataset.id, 4, {"boxes": [{"score": 1}]})
    store_predictions(dataset.id, 4, {})
    assert predictions_of(dataset.id, 3) == {"boxes": [], "masks": [{"a": 1}, {"a": 2}]}
    assert predictions_of(dataset.id, 4) == {"boxes": [{"score": 1}]} and predictions_of(other.id, 3) == {}


def test_metadata_configs_are_replaced_by_name(dataset: PlatformDataset) -> None:
    id = store_metadata_config(dataset.id, "mine", [{"name": "a"}])
    assert store_metadata_config(dataset.id, "mine", [{"name": "b"}]) == id
    assert store_metadata_config(dataset.id, "more", []) != id
    assert metadata_configs(dataset.id) == {"mine": [{"name": "b"}], "more": []}


def test_embeddings_are_there_once_they_are_written(dataset: PlatformDataset, other: PlatformDataset) -> None:
    made = add_embedding(dataset.id, "default_1", "s3://bucket/embeddings.csv")
    expected = expect_embedding(dataset.id, "mine")
    assert embeddings_of(dataset.id) == [made] and not expected.is_there()
    assert find_embedding(dataset.id, expected.id) == expected and find_embedding(other.id, made.id) is None
    Path(expected.place).parent.mkdir()
    Path(expected.place).write_text("filenames,embedding_0,labels\n")
    assert embeddings_of(dataset.id) == [expected, made]
    mark_processed(expected.id)
    found = find_embedding(dataset.id, expected.id)
    assert found and found.processed


@pytest.mark.parametrize(
    ("configs", "path"),
    [
        ({"INPUT": "s3://bucket/in", "LIGHTLY": "s3://bucket/out/"}, "s3://bucket/in/"),
        ({"INPUT_OUTPUT": "container/in/"}, "container/in/"),
        ({"INPUT": "", "INPUT_OUTPUT": "old"}, ""),
    ],
)
def test_where_samples_lie(dataset: PlatformDataset, configs: dict[str, str], path: str) -> None:
    with pytest.raises(PlatformError) as refused:
        input_path(dataset.id)
    assert refused.value.code == "DATASET_DATASOURCE_UNKNOWN"
    with catalog_transaction() as connection:
        for number, (purpose, full) in enumerate(configs.items()):
            values = {"dataset": dataset.id, "purpose": purpose, "id": f"{number:024x}", "config": {"fullPath": full}}
            connection.execute(insert(DATASOURCES).values(**values, changed=0))
    assert input_path(dataset.id) == path
