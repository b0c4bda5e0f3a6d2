"""The samples that a dataset has now: what a run begins with, and what a watcher looks at."""

import polars as pl

from configs.filenames.relevant_names import relevant_lines
from configs.stages.input import InputConfig
from configs.stages.run_folder import RunFolderConfig
from resources.catalog.processed_files import ProcessedFiles
from resources.datasource import Datasource
from resources.local_copies import COPIES
from resources.stores.location import absolute_place
from selection_assets.stages.samples.image_listing import list_samples
from selection_assets.stages.samples.listing_notes import ListingNotes
from selection_assets.stages.samples.new_samples import new_samples

Relevant = tuple[list[str], str]


def relevant_of(config: InputConfig, datasource: Datasource) -> Relevant | None:
    """Lines of the relevant filenames file, and its name; None where there is none."""
    if not config.relevant_filenames_file:
        return None
    file = datasource.relevant_file(config.relevant_filenames_file)
    where = COPIES.place_of(file)
    return relevant_lines(file.read_bytes(), where), where


def listed_samples(
    config: InputConfig, output: RunFolderConfig, datasource: Datasource
) -> tuple[pl.DataFrame, ListingNotes]:
    """Every picture of the input, see `list_samples`."""
    store = datasource.input_store
    outputs = store.key_of_folder(absolute_place("output_dir", output.output_dir))
    return list_samples(store, output_folder=outputs, relevant=relevant_of(config, datasource))


def only_new(samples: pl.DataFrame, processed: ProcessedFiles) -> pl.DataFrame:
    """Those that no run of the dataset has taken to its end."""
    return new_samples(samples, processed.table())
