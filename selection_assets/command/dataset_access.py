"""Whether a dataset can be listed, read and written to, and what is missing."""

from contextlib import suppress

from configs.errors import InputError
from resources.catalog.datasets import Dataset
from resources.datasource import Datasource
from resources.output_place import output_store
from resources.stores.bucket_store import PROBE, BucketStore
from resources.stores.location import bucket_location
from resources.stores.store import Store


def dataset_access(dataset: Dataset) -> dict[tuple[str, str], str]:
    """(purpose, what is tried) -> why it fails; empty where it works."""
    given = dataset.settings.get("datasource", {})
    source = Datasource(given.get("input_dir", ""), given.get("shared_dir", ""), dataset.name)
    output = dataset.settings.get("run_folder", {}).get("output_dir", "")
    found: dict[tuple[str, str], str] = {}
    for purpose, place in (("INPUT", source.input_dir), ("LIGHTLY", source.shared_dir)):
        if place:
            try:
                store = source.input_store if purpose == "INPUT" else source.shared_store
            except InputError as error:
                found[purpose, "list"] = str(error)
                continue
            tried = _reading(store, may_be_empty=purpose == "LIGHTLY")
            if purpose == "LIGHTLY" and not tried["list"]:
                tried |= _writing(store)
            found |= {(purpose, what): fault for what, fault in tried.items()}
    if bucket_location("output_dir", output) and not (source.shared_dir and output.startswith(f"{source.shared_dir}/")):
        found |= {("RESULTS", what): fault for what, fault in _results(output, dataset.name).items()}
    return found


def _reading(store: Store, *, may_be_empty: bool) -> dict[str, str]:
    first = None
    try:
        first = next((each for each in store.list() if not each.key.endswith("/")), None)
        if first is not None:
            store.head(first.key, 1)
    except (InputError, OSError) as error:
        return {"list": str(error)} if first is None else {"list": "", "read": f"{first.key}: {error}"}
    if first is None and isinstance(store, BucketStore):
        return {"list": "" if may_be_empty else f"{store.name} holds nothing yet"}
    return {"list": "", "read": ""}


def _results(place: str, dataset: str) -> dict[str, str]:
    try:
        return _writing(output_store(place, dataset))
    except InputError as error:
        return {"write": str(error)}


def _writing(store: Store) -> dict[str, str]:
    try:
        store.require_writable()
        if isinstance(store, BucketStore):
            with suppress(FileNotFoundError):
                store.remove(PROBE)
    except InputError as error:
        return {"write": str(error)}
    except OSError as error:
        return {"write": "", "remove": f"{store.name}: {error.strerror}; what no longer belongs to a datapool stays"}
    return {"write": ""}
