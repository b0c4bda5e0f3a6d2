"""Every test runs on SQLite and on PostgreSQL, with a dataset of a user."""

from collections.abc import Callable

import pytest
from dagster import DagsterInstance

from resources.platform.datasets import PlatformDataset, create_dataset, visible_dataset
from resources.platform.users import add_user, find_user
from tests.resources.catalog.conftest import catalog, postgres_url  # noqa: F401 - fixtures

Again = Callable[[], PlatformDataset]


@pytest.fixture(autouse=True)
def _with_catalog(catalog: str) -> None:  # noqa: F811
    """Before everything else."""


@pytest.fixture
def dataset(_with_catalog: None, instance: DagsterInstance) -> PlatformDataset:
    return create_dataset(instance, add_user("ann@example.com"), "cats", type="Images")


@pytest.fixture
def other(dataset: PlatformDataset, instance: DagsterInstance) -> PlatformDataset:
    return create_dataset(instance, find_user("ann@example.com"), "dogs", type="Images")


@pytest.fixture
def again(dataset: PlatformDataset) -> Again:
    """The dataset as it is now."""

    def read() -> PlatformDataset:
        found = visible_dataset(find_user("ann@example.com"), dataset.id)
        assert found
        return found

    return read
