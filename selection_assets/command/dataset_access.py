"""Whether a dataset can be listed, read and written to, and what is missing."""

import os
from collections.abc import Mapping
from pathlib import Path

from configs.errors import InputError
from resources.catalog.datasets import Dataset
from resources.datasource import Datasource
from resources.stores.bucket_store import BucketStore


def dataset_access(dataset: Dataset) -> dict[tuple[str, str], str]:
    """(purpose, what is tried) -> why it fails; empty where it works."""
    source = dataset.settings.get("datasource", {})
    found = {("INPUT", what): fault for what, fault in _of_input(dataset.name, source).items()}
    return found | {("LIGHTLY", what): fault for what, fault in _of_lightly(source).items()}


def _of_input(name: str, source: Mapping[str, str]) -> dict[str, str]:
    if not source.get("input_dir"):
        return {}
    try:
        store = Datasource(source["input_dir"], "", name).input_store
        first = next((each for each in store.list() if not each.key.endswith("/")), None)
    except (InputError, OSError) as error:
        return {"list": str(error)}
    if first is None:
        return {"list": f"{store.name} holds nothing yet"} if isinstance(store, BucketStore) else {"list": ""}
    try:
        store.head(first.key, 1)
    except (InputError, OSError) as error:
        return {"list": "", "read": f"{first.key}: {error}"}
    return {"list": "", "read": ""}


def _of_lightly(source: Mapping[str, str]) -> dict[str, str]:
    if not source.get("shared_dir"):
        return {}
    folder = Path(source["shared_dir"])
    if not folder.is_dir():
        return {"list": f"{folder} is no folder; make it, or mend it with winnow datasets edit"}
    return {
        what: "" if os.access(folder, right) else f"{folder} cannot be {told}; change its rights"
        for what, right, told in (
            ("list", os.X_OK, "entered"),
            ("read", os.R_OK, "read"),
            ("write", os.W_OK, "written to"),
        )
    }
