"""Whether a dataset can be listed, read and written to, and what is missing."""

from configs.errors import InputError
from resources.catalog.datasets import Dataset
from resources.datasource import Datasource
from resources.output_place import output_store
from resources.place_access import reading, writing
from resources.stores.location import bucket_location


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
            tried = reading(store, may_be_empty=purpose == "LIGHTLY")
            if purpose == "LIGHTLY" and not tried["list"]:
                tried |= writing(store)
            found |= {(purpose, what): fault for what, fault in tried.items()}
    if bucket_location("output_dir", output) and not (source.shared_dir and output.startswith(f"{source.shared_dir}/")):
        found |= {("RESULTS", what): fault for what, fault in _results(output, dataset.name).items()}
    return found


def _results(place: str, dataset: str) -> dict[str, str]:
    try:
        return writing(output_store(place, dataset))
    except InputError as error:
        return {"write": str(error)}
