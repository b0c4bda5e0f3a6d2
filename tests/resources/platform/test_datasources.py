"""Configs in the catalog: which one counts, what else is written with it, and two writers at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from dagster import DagsterInstance

from configs.credentials.s3 import S3Credentials
from configs.errors import InputError
from resources.catalog.datasets import credentials_for, find_dataset, store_settings
from resources.platform.datasets import PlatformDataset, create_dataset, delete_dataset
from resources.platform.datasources import (
    DatasetGoneError,
    datasource_ids,
    find_source,
    source_for,
    sources_of,
    store_source,
)
from resources.platform.users import add_user


@pytest.fixture
def dataset(catalog: str) -> Iterator[PlatformDataset]:
    with DagsterInstance.ephemeral() as instance:
        yield create_dataset(instance, add_user("ann@example.com"), "cats", type="Images")


def keys(name: str) -> S3Credentials:
    return S3Credentials.made({"access_key": name, "secret_access_key": "secret"}, "test")


def store(dataset: PlatformDataset, purpose: str, place: str, name: str = "key", **more: Any) -> None:
    store_source(dataset, purpose, {"type": "S3", "fullPath": place, **more}, place, keys(name))


def test_the_last_one_counts_for_what_it_serves(dataset: PlatformDataset) -> None:
    assert sources_of(dataset) == [] and source_for(dataset, "INPUT") is None
    store(dataset, "INPUT", "s3://one/a")
    store(dataset, "INPUT_OUTPUT", "s3://two/b", "other")
    store(dataset, "LIGHTLY", "s3://one/c")
    found = {each.purpose: each for each in sources_of(dataset)}
    assert [each.purpose for each in sources_of(dataset)] == ["LIGHTLY", "INPUT_OUTPUT", "INPUT"]
    assert source_for(dataset, "INPUT") == found["INPUT_OUTPUT"]
    assert source_for(dataset, "LIGHTLY") == found["LIGHTLY"] == find_source(found["LIGHTLY"].id)
    assert datasource_ids(dataset) == [found[each].id for each in ("INPUT", "INPUT_OUTPUT", "LIGHTLY")]
    stored = find_dataset("cats")
    assert stored is not None and stored.places == {"INPUT": "s3://two", "LIGHTLY": "s3://one"}
    assert stored.settings == {
        "datasource": {"input_dir": "s3://two/b", "shared_dir": "s3://one/c"},
        "run_folder": {"output_dir": "s3://one/c/runs"},
    }
    known = credentials_for("cats", "INPUT", "s3://two")
    assert isinstance(known, S3Credentials) and known.access_key == "other"
    with pytest.raises(InputError, match="has no credentials for s3://one as its INPUT place"):
        credentials_for("cats", "INPUT", "s3://one")


def test_an_id_stays_with_its_place(dataset: PlatformDataset) -> None:
    store(dataset, "INPUT", "s3://one/a")
    (id,) = datasource_ids(dataset)
    store(dataset, "INPUT", "s3://one/a", "new", thumbSuffix="x")
    assert datasource_ids(dataset) == [id]
    assert sources_of(dataset)[0].config["thumbSuffix"] == "x"
    store(dataset, "INPUT", "s3://one/b")
    assert datasource_ids(dataset) != [id] and find_source(id) is None


def test_settings_that_others_have_named_stay(dataset: PlatformDataset) -> None:
    store_settings("cats", {"run_folder": {"output_dir": "/results"}, "selected_samples": {"n_samples": 3}})
    store(dataset, "LIGHTLY", "s3://one/c")
    stored = find_dataset("cats")
    assert stored is not None and stored.settings == {
        "run_folder": {"output_dir": "/results"},
        "selected_samples": {"n_samples": 3},
        "datasource": {"shared_dir": "s3://one/c"},
    }


def test_many_at_once(dataset: PlatformDataset) -> None:
    """Place and credentials belong together, whoever was last."""
    purposes = ["INPUT", "LIGHTLY", "INPUT_OUTPUT"] * 4
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda at: store(dataset, purposes[at], f"s3://bucket-{at}/x", f"key{at}"), range(12)))
    stored = find_dataset("cats")
    assert stored is not None
    for purpose, field in (("INPUT", "input_dir"), ("LIGHTLY", "shared_dir")):
        source = source_for(dataset, purpose)  # type: ignore[arg-type]
        place = stored.settings["datasource"][field]
        known = credentials_for("cats", purpose, place.removesuffix("/x"))  # type: ignore[arg-type]
        assert source is not None and source.config["fullPath"] == place
        assert isinstance(known, S3Credentials) and known.access_key == "key" + place[len("s3://bucket-") : -2]


def test_a_dataset_that_is_gone(dataset: PlatformDataset) -> None:
    store(dataset, "INPUT", "s3://one/a")
    (id,) = datasource_ids(dataset)
    with DagsterInstance.ephemeral() as instance:
        delete_dataset(instance, dataset)
    assert find_source(id) is None
    with pytest.raises(DatasetGoneError):
        store(dataset, "INPUT", "s3://one/a")
